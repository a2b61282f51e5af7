import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { memoryLog } from '../../../test/support/memory-log.ts';
import { systemClock } from '../clock.ts';
import { metricNames } from './metric-names.ts';
import { readTelemetryConfig } from './read-telemetry-config.ts';
import { startTelemetry } from './start-telemetry.ts';

/** A receiver of OTLP over HTTP, which keeps what it gets. */
async function startReceiver(status = 200) {
  const got: { path: string | undefined; headers: IncomingMessage['headers']; body: string }[] = [];
  const server = createServer(async (req, res) => {
    const chunks: Buffer[] = [];
    for await (const chunk of req) chunks.push(chunk as Buffer);
    got.push({ path: req.url, headers: req.headers, body: Buffer.concat(chunks).toString('utf8') });
    res.writeHead(status, { 'content-type': 'application/json' }).end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, got };
}

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

const identity = { service: 'usage', instanceId: 'one', region: 'asia-south1', projectId: 'mesh', isPublic: false };
const start = (env: Record<string, string>, log = memoryLog(), clock = systemClock) =>
  startTelemetry(readTelemetryConfig(env, { local: false }), { ...identity, clock, log });

describe('what is pushed', () => {
  test('metrics and spans arrive over HTTP, with the headers that were configured and who sends them', async () => {
    const receiver = await startReceiver();
    const env = {
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_EXPORTER_OTLP_HEADERS: 'x-key=secret',
      MESH_TRACE_RATIO: '1',
    };
    const { metrics, tracing, flush, close } = await start(env);
    metrics.add(metricNames.scheduleSuccess, 1, { 'mesh.job': 'fx' });
    metrics.record(metricNames.eventsLag, 0.5);
    metrics.observe(metricNames.fxAge, () => 86_400);
    tracing.begin('process usage', null)?.end();
    await flush();
    const of = (path: string) => receiver.got.find((each) => each.path === path);
    for (const name of [
      metricNames.scheduleSuccess,
      metricNames.eventsLag,
      metricNames.fxAge,
      '"asia-south1"',
      '"usage"',
    ]) {
      expect(of('/v1/metrics')?.body).toContain(name);
    }
    expect(of('/v1/metrics')?.headers['x-key']).toBe('secret');
    expect(of('/v1/traces')?.body).toContain('process usage');
    await close(1_000);
  });

  test('a function that is called often does not push each time', async () => {
    const receiver = await startReceiver();
    let nowMs = 0;
    const clock = { ...systemClock, monotonic: () => nowMs };
    const { metrics, flush, close } = await start({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url }, memoryLog(), clock);
    const pushes = async () => {
      metrics.add(metricNames.scheduleSuccess, 1);
      await flush();
      return receiver.got.length;
    };
    expect([await pushes(), await pushes()]).toEqual([1, 1]);
    nowMs += 10_000;
    expect(await pushes()).toBe(2);
    await close(1_000);
  });

  test('a receiver that refuses fails nothing, and is told of without what it said', async () => {
    const receiver = await startReceiver(400);
    const log = memoryLog();
    const { metrics, flush, close } = await start({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url }, log);
    metrics.add(metricNames.scheduleSuccess, 1);
    await flush();
    await close(1_000);
    expect(log.lines).toContainEqual({ level: 'warn', message: 'metrics or traces could not be sent', fields: {} });
  });
});

test('where nothing is configured nothing is measured, and log lines still name the trace that a request came with', async () => {
  const { prometheus, tracing } = await start({});
  const trace = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), sampled: true };
  expect(prometheus).toBeNull();
  expect(tracing.begin('a', trace)).toBeNull();
  expect(tracing.logFields(trace)).toMatchObject({
    'logging.googleapis.com/trace': `projects/mesh/traces/${trace.traceId}`,
  });
});
