import { randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';
import { builtinFiles } from '../catalogue/builtin.ts';
import { hashKey } from '../core/keys.ts';
import { HOLD_WAIT_MS } from '../core/leases/leases.ts';
import { createLog } from '../platform/json-log.ts';
import { metricNames } from '../platform/telemetry/metric-names.ts';
import type { Metrics } from '../platform/telemetry/telemetry.ts';
import { type Host, serve } from './http/serve.ts';
import { createPublicApi } from './public-api.ts';
import { checkCatalogueFile } from './start/check-catalogue-file.ts';
import { type Config, isEmulated, readConfig } from './start/config.ts';
import { createRouter } from './start/create-router.ts';
import { type DemoKeys, loadDemoKeys, seedDemo } from './start/demo.ts';
import { describeStart } from './start/describe-start.ts';
import { localJobs } from './start/local-jobs.ts';
import { missingCredentials } from './start/missing-credentials.ts';
import { openDocuments, openPlatform } from './start/open-platform.ts';
import { createStop, describeStop, stopOnSignals, stopOnUncaught } from './start/stop.ts';

/** What a router is started with, and where it speaks to whoever started it. */
export interface RunOptions {
  env: Readonly<Record<string, string | undefined>>;
  /** Whether a person reads what is printed. */
  isTerminal: boolean;
  print(text: string): void;
}

/**
 * Runs a router until a signal ends the process. Resolves when it listens, with where. Throws an `Error` that says what is wrong
 * with the configuration, the store, the catalogue or the port.
 */
export async function runRouter({ env, isTerminal, print }: RunOptions): Promise<{ url: string }> {
  const config = readConfig(env);
  const { catalogueVars: vars } = config;
  const own = config.cataloguePath === null ? null : await checkCatalogueFile(config.cataloguePath, vars);
  const documents = await openDocuments(config);
  let metrics: Metrics | null = null;
  const log = createLog({
    level: config.logLevel,
    service: 'router',
    format: config.logFormat ?? (isTerminal ? 'text' : 'json'),
    onDropped: (lines) => metrics?.add(metricNames.logLinesDropped, lines),
  });
  const platform = await openPlatform(config, documents, log, env);
  metrics = platform.telemetry.metrics;
  const demo = await openDemo(config);
  const router = await createRouter(platform, {
    catalogue: { builtin: builtinFiles, path: config.cataloguePath, vars },
    adminKeyHash: hashKey(config.adminKey ?? demo?.admin ?? ''),
    googleDefault: config.projectId !== null && !isEmulated(config),
    region: config.region,
    openMetrics: config.store.kind === 'sqlite',
    leaseSeconds: config.leaseSeconds,
    entryDays: config.entryDays,
    holdWaitMs: config.store.kind === 'firestore' ? HOLD_WAIT_MS : 0,
    limits: config.limits,
    allowPrivateWebhooks: config.webhooks.allowPrivate,
    allowPrivateProviders: config.privateProviders,
    ownKeyFee: config.ownKeyFee,
  });
  const { services, background } = router;
  if (demo !== null) await seedDemo(documents, services.ledger, demo.inference, services.now());
  for (const job of localJobs(platform, config)) background.every(job);
  const api = createPublicApi(services, config);
  const host = await listen(api.handle, config);
  const models = [...services.catalogue().models.keys()];
  log.info('listening', { port: host.port, models: models.length, region: config.region });
  for (const line of own === null ? [] : missingCredentials(own, services.catalogue(), config.secrets)) log.warn(line);
  if (demo !== null) {
    const { port } = host;
    const admin = config.adminKey === null ? demo.admin : null;
    print(describeStart({ port, host: config.host, inference: demo.inference, admin, models }));
  }

  const stop = createStop({ platform, api, host, router, exit: (code) => process.exit(code) });
  const tellStop = () => {
    if (isTerminal) print(describeStop(api.running()));
  };
  stopOnSignals((signal, listener) => process.on(signal, listener), stop, tellStop);
  stopOnUncaught(platform, (event, listener) => process.on(event, listener), stop);
  return { url: `http://localhost:${host.port}` };
}

async function openDemo({ store, demo }: Config): Promise<DemoKeys | null> {
  if (!demo) return null;
  const folder = store.kind === 'sqlite' ? dirname(store.path) : '.mesh';
  return loadDemoKeys(join(folder, 'demo-keys.json'), (bytes) => randomBytes(bytes));
}

async function listen(handle: Parameters<typeof serve>[0], { port, host }: Config): Promise<Host> {
  try {
    return await serve(handle, port, host ?? undefined);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE') throw new Error(`Port ${port} is in use: name another one with PORT.`, { cause: error });
    if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
      throw new Error(`MESH_HOST: ${host} is no address of this machine.`, { cause: error });
    }
    throw error;
  }
}
