import { randomBytes, randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { builtinFiles } from '../catalogue/builtin.ts';
import type { Catalogue } from '../catalogue/catalogue.ts';
import { parseCatalogueFile } from '../catalogue/catalogue-file.ts';
import { buildCatalogue } from '../catalogue/load-catalogue.ts';
import { hashKey } from '../core/keys.ts';
import { checkLedger } from '../core/leases/check-ledger.ts';
import type { Documents } from '../core/store/documents.ts';
import { convertCharges } from '../fx/convert-charge.ts';
import { fetchText, refreshRate } from '../fx/refresh-rate.ts';
import { systemClock } from '../platform/clock.ts';
import type { Event, Events } from '../platform/events/events.ts';
import { createLocalEvents } from '../platform/events/local-events.ts';
import type { Log } from '../platform/log.ts';
import { createLog } from '../platform/pino-log.ts';
import { cacheSecrets } from '../platform/secrets/cached-secrets.ts';
import { createEnvSecrets } from '../platform/secrets/env-secrets.ts';
import type { Secrets } from '../platform/secrets/secrets.ts';
import { followEvent } from '../platform/telemetry/follow-event.ts';
import { metricNames } from '../platform/telemetry/metric-names.ts';
import { startTelemetry } from '../platform/telemetry/start-telemetry.ts';
import type { Telemetry } from '../platform/telemetry/telemetry.ts';
import { createEchoUpstream } from '../platform/upstream/echo-upstream.ts';
import { createHttpUpstream } from '../platform/upstream/http-upstream.ts';
import { routeUpstream } from '../platform/upstream/route-upstream.ts';
import { measureSweep } from '../sweep/measure-sweep.ts';
import { sweep } from '../sweep/sweep.ts';
import { countUsage } from '../usage/count-usage.ts';
import { measureLag } from '../usage/measure-lag.ts';
import { reportDeadLetter } from '../usage/report-dead-letter.ts';
import { serve } from './http/serve.ts';
import { createPublicApi } from './public-api.ts';
import { type Config, readConfig } from './start/config.ts';
import { createRouter, type Platform } from './start/create-router.ts';
import { type DemoKeys, loadDemoKeys, seedDemo } from './start/demo.ts';

/**
 * How long running answers may go on after SIGTERM, how long they then have to end with an error, and how long their charges
 * may take after that. Cloud Run kills at 10 s.
 */
const ANSWER_GRACE_MS = 5_000;
const LAST_FRAME_MS = 1_000;
/** How often, within that time, those are ended that came meanwhile on connections which were open. */
const END_EVERY_MS = 100;
const SETTLE_GRACE_MS = 1_500;
/** How long the last metrics and spans may take to be sent, while events are. */
const TELEMETRY_GRACE_MS = 500;

/** How often expired holds and lost events are looked for. */
const SWEEP_MS = 60_000;
/** How often the source of the exchange rate is asked; most change once a day. */
const RATE_SOURCE_MS = 6 * 3_600_000;

/** The clients of Google's services are loaded only where they are used: each costs a start tenths of a second. */
async function openDocuments({ store, projectId }: Config): Promise<Documents> {
  if (store.kind === 'sqlite') {
    const { openSqliteDocuments } = await import('../platform/documents/sqlite-documents.ts');
    return openSqliteDocuments(store.path);
  }
  const { connectFirestore } = await import('../platform/documents/firestore-documents.ts');
  return connectFirestore({ projectId: projectId ?? '' });
}

async function openEvents(
  { events, projectId }: Config,
  documents: Documents,
  log: Log,
  telemetry: Telemetry,
): Promise<Events> {
  if (events === 'local') {
    const { metrics, tracing } = telemetry;
    const onCounted = measureLag(metrics, systemClock);
    const usage = [
      (event: Event) =>
        followEvent(tracing, 'usage', event, async () => {
          await countUsage(documents, event.data, Math.random, onCounted);
        }),
      (event: Event) =>
        followEvent(tracing, 'fx', event, async () => {
          await convertCharges(documents, event.data);
        }),
    ];
    const events: Events = createLocalEvents({
      subscribers: { usage },
      log,
      onGivenUp: (_topic, event) => reportDeadLetter({ documents, events, log }, event, event.id),
    });
    return events;
  }
  const { connectPubSubEvents } = await import('../platform/events/pubsub-events.ts');
  return connectPubSubEvents({ projectId: projectId ?? '' });
}

async function openSecrets({ secrets, projectId }: Config): Promise<Secrets> {
  if (secrets === 'env') return createEnvSecrets(process.env);
  const { connectSecretManager } = await import('../platform/secrets/secret-manager-secrets.ts');
  return connectSecretManager({ projectId: projectId ?? '' });
}

async function loadCatalogue({ cataloguePath, projectId }: Config): Promise<Catalogue> {
  const overlay = cataloguePath === null ? [] : [parseCatalogueFile(JSON.parse(await readFile(cataloguePath, 'utf8')))];
  return buildCatalogue([...builtinFiles, ...overlay], { vars: projectId === null ? {} : { project: projectId } });
}

async function openDemo({ store, demo }: Config): Promise<DemoKeys | null> {
  if (!demo) return null;
  const folder = store.kind === 'sqlite' ? dirname(store.path) : '.mesh';
  return loadDemoKeys(join(folder, 'demo-keys.json'), (bytes) => randomBytes(bytes));
}

async function main(): Promise<void> {
  const config = readConfig(process.env);
  const log = createLog({ level: config.logLevel, service: 'router' });
  const documents = await openDocuments(config);
  if (process.argv[2] === 'check-ledger') {
    await reportLedger(documents);
    return;
  }
  const telemetry = await startTelemetry(config.telemetry, {
    service: 'router',
    instanceId: randomUUID(),
    region: config.region,
    projectId: config.projectId,
    isPublic: true,
    clock: systemClock,
    log,
  });
  const platform: Platform = {
    documents,
    events: await openEvents(config, documents, log, telemetry),
    secrets: cacheSecrets(await openSecrets(config), systemClock, log),
    upstream: routeUpstream(upstreamsByScheme()),
    clock: systemClock,
    log,
    telemetry,
  };
  const demo = await openDemo(config);
  const { services, close } = await createRouter(platform, {
    catalogue: await loadCatalogue(config),
    adminKeyHash: hashKey(config.adminKey ?? demo?.admin ?? ''),
    googleDefault: config.projectId !== null && !isEmulated(config),
    region: config.region,
    openMetrics: config.store.kind === 'sqlite',
    leaseSeconds: config.leaseSeconds,
    limits: config.limits,
  });
  if (demo !== null) await seedDemo(documents, services.ledger, demo.inference, services.now());
  if (config.fxUrls !== null) keepRateFresh(platform, config.fxUrls);
  if (config.store.kind === 'sqlite' || isEmulated(config)) keepSwept(platform);
  const api = createPublicApi(services, { corsOrigins: config.corsOrigins });
  const host = await serve(api.handle, config.port);
  log.info('listening', { port: host.port, models: services.catalogue().models.size, region: config.region });
  if (demo !== null) showDemo(host.port, demo, config.adminKey ?? demo.admin, [...services.catalogue().models.keys()]);

  const stop = async () => {
    setTimeout(() => setInterval(api.endAll, END_EVERY_MS), ANSWER_GRACE_MS - END_EVERY_MS);
    await host.close(ANSWER_GRACE_MS + LAST_FRAME_MS);
    await close(SETTLE_GRACE_MS);
    await Promise.all([
      platform.upstream.close(),
      platform.events.close(),
      platform.secrets.close(),
      telemetry.close(TELEMETRY_GRACE_MS),
    ]);
    await documents.close();
    process.exit(0);
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
}

/** In production a schedule calls the function `fx-refresh`; a router that was given a source looks by itself. */
function keepRateFresh({ documents, events, log, telemetry }: Platform, urls: readonly string[]): void {
  const refresh = async () => {
    const outcome = await refreshRate({ documents, events, log, urls, fetchText });
    const isFresh = outcome === 'stored' || outcome === 'unchanged';
    if (isFresh) telemetry.metrics.add(metricNames.scheduleSuccess, 1, { 'mesh.job': 'fx' });
  };
  const failed = () => log.warn('the exchange rate could not be stored');
  setInterval(() => refresh().catch(failed), RATE_SOURCE_MS).unref();
  refresh().catch(failed);
}

/** `demo-` projects exist in emulators only: they have no account, and no schedule. */
function isEmulated({ projectId }: Config): boolean {
  return projectId?.startsWith('demo-') ?? false;
}

/** In production a schedule calls the function `sweep`; on a laptop nobody else would. */
function keepSwept(platform: Platform): void {
  const failed = () => platform.log.warn('the sweep failed');
  const run = async () => measureSweep(platform.telemetry.metrics, await sweep(platform));
  setInterval(() => run().catch(failed), SWEEP_MS).unref();
  run().catch(failed);
}

function upstreamsByScheme() {
  const http = createHttpUpstream();
  return { 'http:': http, 'https:': http, 'echo:': createEchoUpstream() };
}

/** Prints what is wrong with anybody's books; the exit code says whether anything is. */
async function reportLedger(documents: Documents): Promise<void> {
  const { owners, faults } = await checkLedger(documents);
  for (const { ownerId, message } of faults) console.log(`${ownerId}: ${message}`);
  console.log(`${owners} owners checked, ${faults.length} wrong`);
  await documents.close();
  process.exitCode = faults.length === 0 ? 0 : 1;
}

function showDemo(port: number, { inference }: DemoKeys, admin: string, models: string[]): void {
  const url = `http://localhost:${port}/v1`;
  const model = 'mesh/echo';
  const body = { model, stream: true, messages: [{ role: 'user', content: 'Hello from Mesh' }] };
  const onlyEcho = models.length === 1 && models[0] === model;
  console.log(`
Mesh Router on ${url}
${onlyEcho ? 'Serving mesh/echo; set OPENAI_API_KEY, ANTHROPIC_API_KEY, … for real models.' : `Serving ${models.length} models.`}

  Demo owner's key   ${inference}
  Admin key          ${admin}

  curl -N ${url}/chat/completions -H 'Authorization: Bearer ${inference}' -H 'Content-Type: application/json' -d '${JSON.stringify(body)}'

  curl ${url}/balance -H 'Authorization: Bearer ${inference}'
`);
}

main().catch((error) => {
  console.error(`Mesh Router cannot start: ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
});
