import { randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';
import { builtinFiles } from '../catalogue/builtin.ts';
import { hashKey } from '../core/keys.ts';
import { createLog } from '../platform/pino-log.ts';
import { metricNames } from '../platform/telemetry/metric-names.ts';
import type { Metrics } from '../platform/telemetry/telemetry.ts';
import { serve } from './http/serve.ts';
import { createPublicApi } from './public-api.ts';
import { type Config, isEmulated, readConfig } from './start/config.ts';
import { createRouter } from './start/create-router.ts';
import { type DemoKeys, loadDemoKeys, seedDemo } from './start/demo.ts';
import { localJobs } from './start/local-jobs.ts';
import { openDocuments, openPlatform } from './start/open-platform.ts';
import { reportLedger } from './start/report-ledger.ts';
import { describeDemo } from './start/show-demo.ts';
import { createStop, stopOnSignals, stopOnUncaught } from './start/stop.ts';

async function main(): Promise<void> {
  const config = readConfig(process.env);
  const documents = await openDocuments(config);
  if (process.argv[2] === 'check-ledger') {
    const isRight = await reportLedger(documents, console.log);
    await documents.close();
    process.exitCode = isRight ? 0 : 1;
    return;
  }
  let metrics: Metrics | null = null;
  const onDropped = (lines: number) => metrics?.add(metricNames.logLinesDropped, lines);
  const log = createLog({ level: config.logLevel, service: 'router', onDropped });
  const platform = await openPlatform(config, documents, log, process.env);
  metrics = platform.telemetry.metrics;
  const demo = await openDemo(config);
  const router = await createRouter(platform, {
    catalogue: {
      builtin: builtinFiles,
      path: config.cataloguePath,
      vars: config.projectId === null ? {} : { project: config.projectId },
    },
    adminKeyHash: hashKey(config.adminKey ?? demo?.admin ?? ''),
    googleDefault: config.projectId !== null && !isEmulated(config),
    region: config.region,
    openMetrics: config.store.kind === 'sqlite',
    leaseSeconds: config.leaseSeconds,
    entryDays: config.entryDays,
    limits: config.limits,
    allowPrivateWebhooks: config.webhooks.allowPrivate,
    allowPrivateProviders: config.privateProviders,
    ownKeyFee: config.ownKeyFee,
  });
  const { services, background } = router;
  if (demo !== null) await seedDemo(documents, services.ledger, demo.inference, services.now());
  for (const job of localJobs(platform, config)) background.every(job);
  const api = createPublicApi(services, config);
  const host = await serve(api.handle, config.port);
  const models = [...services.catalogue().models.keys()];
  log.info('listening', { port: host.port, models: models.length, region: config.region });
  if (demo !== null) console.log(describeDemo(host.port, demo, config.adminKey === null ? demo.admin : null, models));

  const stop = createStop({ platform, api, host, router, exit: (code) => process.exit(code) });
  stopOnSignals((signal, listener) => process.on(signal, listener), stop);
  stopOnUncaught(platform, (event, listener) => process.on(event, listener), stop);
}

async function openDemo({ store, demo }: Config): Promise<DemoKeys | null> {
  if (!demo) return null;
  const folder = store.kind === 'sqlite' ? dirname(store.path) : '.mesh';
  return loadDemoKeys(join(folder, 'demo-keys.json'), (bytes) => randomBytes(bytes));
}

main().catch((error) => {
  console.error(`Mesh Router cannot start: ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
});
