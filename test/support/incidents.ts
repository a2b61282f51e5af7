import { setTimeout as pause } from 'node:timers/promises';
import { BEYOND_LIMIT_TOKENS } from '../../functions/core/routing/believed-usage.ts';
import { refreshRate } from '../../functions/fx/refresh-rate.ts';
import { createBackground } from '../../functions/platform/background/background.ts';
import { systemClock } from '../../functions/platform/clock.ts';
import { openSqliteDocuments } from '../../functions/platform/documents/sqlite-documents.ts';
import { raiseAlert } from '../../functions/platform/events/raise-alert.ts';
import { createLog } from '../../functions/platform/json-log.ts';
import { readTelemetryConfig } from '../../functions/platform/telemetry/read-telemetry-config.ts';
import { startFunctionTelemetry } from '../../functions/platform/telemetry/start-function-telemetry.ts';
import { startTelemetry } from '../../functions/platform/telemetry/start-telemetry.ts';
import { measureSweep } from '../../functions/sweep/measure-sweep.ts';
import { sweep, UNSENT_ALERT_MS } from '../../functions/sweep/sweep.ts';
import { reportDeadLetter } from '../../functions/usage/report-dead-letter.ts';
import type { PushedMetrics } from '../../infra/check/ingested.ts';
import type { LogEntry } from '../../infra/check/log-filter.ts';
import { answerIn, countsIn } from './five-formats.ts';
import { type LogLine, type MemoryLog, memoryLog } from './memory-log.ts';
import { startOtlpReceiver } from './otlp-receiver.ts';
import { json, type RecordedRequest, type Step, startScriptedUpstream } from './scripted-upstream.ts';
import { type Account, type CallOptions, type CallReply, type Mesh, startMesh } from './start-mesh.ts';
import { uncountedCharges } from './uncounted-charges.ts';

/** A region of production. */
const REGION = 'asia-south1';
/** Enough in a row for a breaker. */
const FAILURES = 6;

type Line = Readonly<Record<string, unknown>>;

export interface Incidents {
  /** The router that it all happened to; it still runs. */
  mesh: Mesh;
  /** Whose requests they were. */
  account: Account;
  /** What functions wrote to standard output, as JSON. */
  lines: Line[];
  /** The same as Cloud Logging has it. */
  entries: LogEntry[];
  /** What they pushed of their metrics. */
  pushed: PushedMetrics[];
  close(): Promise<void>;
}

/**
 * Causes, once each, everything that an operator is told of: on a real router and real functions, with the variables that tell
 * them of a collector (`variables`: their names), which is a receiver here. Takes some seconds.
 */
export async function causeIncidents(variables: readonly string[]): Promise<Incidents> {
  const receiver = await startOtlpReceiver();
  const values = new Map([
    ['OTEL_EXPORTER_OTLP_ENDPOINT', receiver.url],
    ['MESH_TRACE_RATIO', '0'],
  ]);
  const env = { ...Object.fromEntries(variables.map((name) => [name, values.get(name)])), MESH_REGION: REGION };
  const logs = new Map<string, MemoryLog>(['router', 'sweep', 'fx', 'usage'].map((name) => [name, memoryLog()]));
  const logOf = (name: string) => logs.get(name) as MemoryLog;
  const ofRouter = await startTelemetry(readTelemetryConfig(env, { local: false }), {
    service: 'router',
    instanceId: 'ins_1',
    region: REGION,
    projectId: null,
    isPublic: true,
    clock: systemClock,
    log: logOf('router'),
  });
  const ofSweep = await startFunctionTelemetry('sweep', env, logOf('sweep'));

  let aheadMs = 0;
  let letGo = () => {};
  const held = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const upstream = await startScriptedUpstream((request) => answerOf(request, held));
  const provider = (name: string) => ({
    format: 'chat',
    base_url: `${upstream.url}/${name}/v1`,
    auth: name === 'refusing' ? { type: 'bearer', secret: 'acme-api-key' } : { type: 'none' },
  });
  const names = ['down', 'limited', 'refusing', 'boasting', 'dear', 'slow', 'streaming'];
  const model = (name: string) => ({
    context_length: 8_000,
    max_output_tokens: 4_000,
    endpoints: [{ provider: name, model: 'm', price: { input: '1', output: '1000' } }],
  });
  const mesh = await startMesh({
    documents: await openSqliteDocuments(':memory:', { now: () => Date.now() + aheadMs }),
    telemetry: ofRouter,
    region: REGION,
    env: { ACME_API_KEY: 'sk-of-a-test' },
    catalogue: {
      providers: Object.fromEntries(names.map((name) => [name, provider(name)])),
      models: Object.fromEntries(names.map((name) => [`acme/${name}`, model(name)])),
    },
  });
  const account = await mesh.makeOwner({ amount: '100' });
  const ask = (name: string, more: CallOptions = {}): Promise<CallReply> =>
    mesh.call('POST', '/v1/chat/completions', {
      key: account.key,
      body: {
        model: `acme/${name}`,
        max_tokens: 10,
        stream: name === 'streaming',
        messages: [{ role: 'user', content: 'Hi.' }],
      },
      ...more,
    });

  for (let n = 0; n < FAILURES; n++) await ask('down');
  for (const name of ['limited', 'refusing', 'boasting', 'dear', 'streaming']) await ask(name);
  const limited = await mesh.makeOwner({ key: { rpm_limit: 1 } });
  for (let n = 0; n < 2; n++) await ask('dear', { key: limited.key });
  await createBackground({ log: logOf('router'), metrics: ofRouter.metrics, monotonic: Date.now }).run(
    'some_work',
    () => {
      throw new Error('of a test');
    },
  );

  // An instance that is frozen until its lease is over: the sweep voids what it holds, and then it goes on.
  const { documents } = mesh;
  const away = { publish: () => Promise.reject(new Error('of a test')), close: async () => {} };
  const quiet = { publish: async () => {}, close: async () => {} };
  const unsent = { kind: 'dead_letter', subject: 'unsent', at: new Date(), facts: {} } as const;
  await raiseAlert({ documents, events: away, log: memoryLog() }, unsent).catch(() => {});
  const frozen = ask('slow');
  await upstream.until(({ requests }) => requests.some(({ path }) => path.startsWith('/slow/')));
  aheadMs = UNSENT_ALERT_MS + 60_000;
  for (const events of [away, quiet]) {
    measureSweep(ofSweep.metrics, await sweep({ documents, events, log: logOf('sweep') }));
  }
  letGo();
  await frozen;

  await reportDeadLetter({ documents, events: quiet, log: logOf('usage') }, null, '4711');
  const rates = { documents, events: quiet, log: logOf('fx'), urls: ['https://rates.example/a'] };
  const days = [-1, 0].map((day) => new Date(Date.now() + day * 86_400_000).toISOString().slice(0, 10));
  for (const [at, inr] of ['88', '95'].entries()) {
    const fetchText = async () => JSON.stringify({ base: 'USD', date: days[at], rates: { INR: inr } });
    await refreshRate({ ...rates, fetchText });
  }
  await refreshRate({ ...rates, fetchText: () => Promise.reject(new Error('of a test')) });
  while (!logOf('sweep').lines.length || !mesh.log.lines.some(({ message }) => message === 'breaker')) await pause(20);

  // Charges are counted up to a second after.
  while ((await uncountedCharges(documents)).length > 0) await pause(20);

  await Promise.all([ofRouter.flush(), ofSweep.flush()]);
  const lines = [...logs].flatMap(([service, log]) =>
    [...log.lines, ...(service === 'router' ? mesh.log.lines : [])].map((line) => written(service, line)),
  );
  return {
    mesh,
    account,
    lines,
    entries: lines.map((jsonPayload) => ({
      severity: jsonPayload.severity,
      resource: { type: 'cloud_run_revision', labels: { service_name: jsonPayload.service } },
      jsonPayload,
    })),
    pushed: receiver.pushed(),
    async close() {
      await mesh.close();
      await Promise.all([ofRouter.close(1_000), ofSweep.close(1_000)]);
      await upstream.close();
      await receiver.close();
    },
  };
}

/** What a provider does, by its name, which stands in its path. */
function answerOf({ path, body }: RecordedRequest, held: Promise<void>): Iterable<Step> {
  const { stream = false } = JSON.parse(body);
  const answer = (input: number, output: number) =>
    answerIn('chat', stream, { usage: countsIn('chat', input, output) });
  switch (path.split('/')[1]) {
    case 'down':
      return json({ error: { message: 'down' } }, 500);
    case 'limited':
      return json({ error: { message: 'slow down' } }, 429);
    case 'refusing':
      return json({ error: { message: 'who are you?' } }, 401);
    case 'boasting':
      return answer(9, 1e9);
    case 'streaming':
      return answer(9, 3);
    case 'slow':
      return [{ do: 'until', promise: held }, ...answer(9, 3)];
    default:
      return answer(9, 10 + BEYOND_LIMIT_TOKENS.chat);
  }
}

/** A line as it is written to standard output. */
function written(service: string, { level, message, fields }: LogLine): Line {
  const texts: string[] = [];
  const stream = { write: (text: string) => void texts.push(text) };
  createLog({ level: 'info', service, stream })[level](message, fields);
  return JSON.parse(texts.join(''));
}
