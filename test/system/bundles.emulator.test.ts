import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { onFramework, programOf } from '../../emulators/functions.ts';
import { PROJECT } from '../../emulators/start-suite.ts';
import { KEY_BYTES, makeKey } from '../../functions/core/keys.ts';
import { metricNames } from '../../functions/platform/telemetry/metric-names.ts';
import { describeEmulated } from '../support/describe-emulated.ts';
import { freePort } from '../support/free-port.ts';
import { type OtlpReceiver, startOtlpReceiver } from '../support/otlp-receiver.ts';
import { testWholeWay } from '../support/whole-way.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
/** From the start of a process to its first answer, at most, on a machine that is busy with other tests. */
const COLD_START_LIMIT_MS = 10_000;
/** How long spans may take to arrive: they are pushed every five seconds. */
const TRACED_MS = 30_000;

/** A push of Pub/Sub that holds nothing to count. */
const emptyPush = JSON.stringify({
  message: { data: Buffer.from('{"charges":[]}').toString('base64'), messageId: '1', attributes: { id: 'none' } },
  subscription: `projects/${PROJECT}/subscriptions/test`,
});

describeEmulated('the built bundles, with the settings of production', () => {
  let receiver: OtlpReceiver;

  beforeAll(async () => {
    await promisify(execFile)('npm', ['run', 'build'], { cwd: root });
    receiver = await startOtlpReceiver();
  }, 60_000);
  afterAll(() => receiver?.close());

  testWholeWay('bundles', () => ({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, MESH_TRACE_RATIO: '1' }));

  test('a trace goes through the router and Pub/Sub to usage and fx, and is pushed by all three', async () => {
    const deadline = performance.now() + TRACED_MS;
    for (;;) {
      const spans = receiver.spans();
      const traced = spans
        .filter(({ service, name }) => service === 'router' && name === 'POST /v1/chat/completions')
        .find(({ traceId, spanId }) =>
          ['usage', 'fx'].every((consumer) =>
            spans.some(
              (span) =>
                span.service === consumer &&
                span.name === `process ${consumer}` &&
                span.traceId === traceId &&
                span.parentSpanId === spanId,
            ),
          ),
        );
      if (traced !== undefined) return;
      if (performance.now() > deadline) {
        const seen = spans.map(({ service, name, traceId }) => `${service} ${name} ${traceId}`);
        throw new Error(`No whole trace came:\n${seen.join('\n')}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }, 40_000);

  /** What is asked of each, which it can do only with all of its code there. */
  const firstRequests = {
    router: { path: '/readyz', method: 'GET' },
    usage: { path: `/projects/${PROJECT}/topics/usage`, method: 'POST', body: emptyPush },
    fx: { path: `/projects/${PROJECT}/topics/usage`, method: 'POST', body: emptyPush },
    sweep: { path: '/', method: 'POST', body: '{}' },
  } as const;

  test.each(Object.entries(firstRequests))(
    '%s starts and answers',
    async (name, { path, ...request }) => {
      const port = await freePort();
      const program = programOf(name, 'bundles');
      const signature = name === 'sweep' ? 'http' : 'cloudevent';
      const env = {
        ...process.env,
        // What other tests left behind would take a sweep longer than its start.
        GOOGLE_CLOUD_PROJECT: name === 'sweep' ? `${PROJECT}-empty` : PROJECT,
        PORT: String(port),
        MESH_STORE: 'firestore',
        MESH_EVENTS: 'pubsub',
        MESH_LOG: 'error',
        MESH_ADMIN_KEY: makeKey('mak', randomBytes(KEY_BYTES)),
        OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      };
      const args = name === 'router' ? [program] : onFramework(program, name, signature, port);
      const startedAt = performance.now();
      const child = spawn(process.execPath, args, { cwd: root, env, stdio: ['ignore', 'ignore', 'inherit'] });
      const gone = once(child, 'exit');
      try {
        const url = `http://127.0.0.1:${port}${path}`;
        const listening = await untilConnected(url, startedAt + COLD_START_LIMIT_MS);
        const reply = await fetch(url, { ...request, headers: { 'content-type': 'application/json' } });
        const tookMs = performance.now() - startedAt;
        expect(reply.ok).toBe(true);
        expect(tookMs).toBeLessThan(COLD_START_LIMIT_MS);
        // They are files beside the bundle, which a build may forget.
        for (const file of name === 'router' ? ['/docs/money', '/docs/search.js', '/docs/rapidoc.js'] : []) {
          expect([file, (await fetch(new URL(file, url))).status]).toEqual([file, 200]);
        }
        // What runs only while it is called has pushed what it measured before it answers.
        if (name === 'sweep') expect(receiver.metrics()).toContain(metricNames.scheduleSuccess);
        const figures = `listens after ${Math.round(listening - startedAt)} ms, has answered after ${Math.round(tookMs)} ms`;
        process.stdout.write(`cold start of ${program}: ${figures}\n`);
      } finally {
        child.kill('SIGTERM');
        await gone;
      }
    },
    30_000,
  );
});

/** When a server could be reached, of the monotonic clock. */
async function untilConnected(url: string, deadline: number): Promise<number> {
  for (;;) {
    // Anything that is no path is answered, or refused, without being handled.
    const reached = await fetch(url, { method: 'OPTIONS' }).then(
      (reply) => reply.body?.cancel().then(() => true) ?? true,
      () => false,
    );
    if (reached) return performance.now();
    if (performance.now() > deadline) throw new Error(`Nothing answers on ${url}.`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
