import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { PROVIDER_KEY_SECRETS } from '../../core/provider-keys/provider-key.ts';
import type { Documents } from '../../core/store/documents.ts';
import { checkConversions } from '../../fx/check-conversions.ts';
import { systemClock } from '../../platform/clock.ts';
import { ALERTS_TOPIC, type Event, type Events, WEBHOOKS_TOPIC } from '../../platform/events/events.ts';
import { createLocalEvents } from '../../platform/events/local-events.ts';
import type { Log } from '../../platform/log.ts';
import { cacheSecrets } from '../../platform/secrets/cached-secrets.ts';
import { createEnvSecrets } from '../../platform/secrets/env-secrets.ts';
import { routeSecrets } from '../../platform/secrets/route-secrets.ts';
import type { SecretVault } from '../../platform/secrets/secret-vault.ts';
import type { Secrets } from '../../platform/secrets/secrets.ts';
import { followEvent } from '../../platform/telemetry/follow-event.ts';
import { startTelemetry } from '../../platform/telemetry/start-telemetry.ts';
import type { Telemetry } from '../../platform/telemetry/telemetry.ts';
import { createEchoUpstream } from '../../platform/upstream/echo-upstream.ts';
import { createHttpUpstream } from '../../platform/upstream/http-upstream.ts';
import { routeUpstream } from '../../platform/upstream/route-upstream.ts';
import { countNamed } from '../../usage/count-usage.ts';
import { GATHER_MS, gatherUsage } from '../../usage/gather-usage.ts';
import { measureLag } from '../../usage/measure-lag.ts';
import { reportDeadLetter } from '../../usage/report-dead-letter.ts';
import { type DelivererOptions, openDeliverer } from '../../webhooks/open-deliverer.ts';
import { handleWebhooks } from '../../webhooks/webhooks.ts';
import type { Config } from './config.ts';
import { openVault } from './open-vault.ts';
import { openOwnKeys } from './own-keys.ts';
import type { Platform } from './platform.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** What stands behind each port, as the configuration says. `env`: where upstream credentials are on a laptop. */
export async function openPlatform(
  config: Config,
  documents: Documents,
  log: Log,
  env: Environment,
): Promise<Platform> {
  const telemetry = await startTelemetry(config.telemetry, {
    service: 'router',
    instanceId: randomUUID(),
    region: config.region,
    projectId: config.projectId,
    isPublic: true,
    clock: systemClock,
    log,
  });
  const http = createHttpUpstream();
  const outside = config.privateProviders ? http : createHttpUpstream({ publicOnly: true });
  const { secrets, vault } = await openSecrets(config, documents, env);
  const cached = cacheSecrets(secrets, systemClock, log);
  const ownKeys = await openOwnKeys(config, secrets);
  const channels = {
    settings: config.webhooks,
    ownKey: ownKeys.user,
    secret: async (name: string) => (await cached.get(name))?.value ?? null,
  };
  return {
    documents,
    events: await openEvents(config, documents, log, telemetry, channels),
    secrets: cached,
    vault,
    ownKeys,
    upstream: routeUpstream({ 'http:': http, 'https:': http, 'echo:': createEchoUpstream() }, outside),
    clock: systemClock,
    log,
    telemetry,
  };
}

/**
 * The clients of Google's services are loaded only where they are used: each costs a start tenths of a second. `mustExist`: a file
 * that is missing is not made. Throws an `Error` that names the file.
 */
export async function openDocuments(
  { store, projectId }: Pick<Config, 'store' | 'projectId'>,
  { mustExist = false }: { mustExist?: boolean } = {},
): Promise<Documents> {
  if (store.kind === 'sqlite') {
    const { path } = store;
    if (mustExist && !existsSync(path)) throw new Error(`${path}: there is no such file (MESH_STORE).`);
    const { openSqliteDocuments } = await import('../../platform/documents/sqlite-documents.ts');
    return openSqliteDocuments(path).catch((error: Error) => {
      throw error.message.includes(path) ? error : new Error(`${path}: ${error.message}`, { cause: error });
    });
  }
  const { openFirestore } = await import('../../platform/documents/firestore-documents.ts');
  return openFirestore({ projectId: projectId ?? '', emulatorHost: store.emulatorHost });
}

type Channels = Pick<DelivererOptions, 'settings' | 'ownKey' | 'secret'>;

async function openEvents(
  config: Config,
  documents: Documents,
  log: Log,
  telemetry: Telemetry,
  channels: Channels,
): Promise<Events> {
  if (config.events === 'local') return openLocalEvents(documents, log, telemetry, channels);
  const { connectPubSubEvents } = await import('../../platform/events/pubsub-events.ts');
  return connectPubSubEvents({ projectId: config.projectId ?? '' });
}

/** Usage, fx and webhooks in this process, as their functions are elsewhere. */
function openLocalEvents(documents: Documents, log: Log, { metrics, tracing }: Telemetry, channels: Channels): Events {
  const onCounted = measureLag(metrics, systemClock);
  const consumers: Record<string, (data: unknown) => Promise<unknown>> = {
    usage: gatherUsage({
      // Nobody else counts: one shard is enough.
      count: (names) => countNamed(documents, names, () => 0, onCounted),
      pause: wait,
      monotonic: systemClock.monotonic,
      gatherMs: GATHER_MS,
    }),
    fx: (data) => checkConversions(documents, data, log),
  };
  const usage = Object.entries(consumers).map(
    ([name, consume]) =>
      async (event: Event) =>
        void (await followEvent(tracing, name, event, () => consume(event.data))),
  );
  const tell = async (event: Event) => void (await handleWebhooks(deliverer, event));
  const events: Events = createLocalEvents({
    subscribers: { usage, [ALERTS_TOPIC]: [tell], [WEBHOOKS_TOPIC]: [tell] },
    log,
    onGivenUp: (_topic, event) => reportDeadLetter({ documents, events, log }, event, event.id),
  });
  const deliverer = openDeliverer({ ...channels, documents, events, log, now: () => systemClock.now() });
  return events;
}

/** Ours, and those of owners: in Secret Manager both, by their names. */
async function openSecrets(
  { secrets, store, projectId }: Config,
  documents: Documents,
  env: Environment,
): Promise<{ secrets: Secrets; vault: SecretVault }> {
  if (secrets === 'env') {
    const vault = await openVault(store, documents);
    return { secrets: routeSecrets(PROVIDER_KEY_SECRETS, vault, createEnvSecrets(env)), vault };
  }
  const { connectSecretManager } = await import('../../platform/secrets/secret-manager-secrets.ts');
  const vault = connectSecretManager({ projectId: projectId ?? '' });
  return { secrets: vault, vault };
}
