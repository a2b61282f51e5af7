import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import OpenAI from 'openai';
import { parseCatalogueFile } from '../../functions/catalogue/catalogue-file.ts';
import { hashKey, KEY_BYTES, makeKey } from '../../functions/core/keys.ts';
import { checkLedger } from '../../functions/core/leases/check-ledger.ts';
import { HOLD_WAIT_MS } from '../../functions/core/leases/leases.ts';
import type { OwnKeyFee } from '../../functions/core/money/own-key-fee.ts';
import { PROVIDER_KEY_SECRETS } from '../../functions/core/provider-keys/provider-key.ts';
import { WRAPPING_KEY_BYTES } from '../../functions/core/seal/envelope.ts';
import { OWN_KEY_BYTES } from '../../functions/core/seal/key-ring.ts';
import type { Documents } from '../../functions/core/store/documents.ts';
import { checkConversions } from '../../functions/fx/check-conversions.ts';
import { systemClock } from '../../functions/platform/clock.ts';
import { openSqliteDocuments } from '../../functions/platform/documents/sqlite-documents.ts';
import { ALERTS_TOPIC, type Event, type Events, WEBHOOKS_TOPIC } from '../../functions/platform/events/events.ts';
import { createLocalEvents } from '../../functions/platform/events/local-events.ts';
import { type CachedSecrets, cacheSecrets } from '../../functions/platform/secrets/cached-secrets.ts';
import { createEnvSecrets } from '../../functions/platform/secrets/env-secrets.ts';
import { routeSecrets } from '../../functions/platform/secrets/route-secrets.ts';
import { createSealedSecrets } from '../../functions/platform/secrets/sealed-secrets.ts';
import type { SecretVault } from '../../functions/platform/secrets/secret-vault.ts';
import { followEvent } from '../../functions/platform/telemetry/follow-event.ts';
import { silentTelemetry, type Telemetry } from '../../functions/platform/telemetry/telemetry.ts';
import { createEchoUpstream } from '../../functions/platform/upstream/echo-upstream.ts';
import { createHttpUpstream } from '../../functions/platform/upstream/http-upstream.ts';
import { routeUpstream } from '../../functions/platform/upstream/route-upstream.ts';
import type { UpstreamLimits } from '../../functions/platform/upstream/upstream.ts';
import { HOST_LIMITS, serve } from '../../functions/router/http/serve.ts';
import { createPublicApi } from '../../functions/router/public-api.ts';
import { createRouter } from '../../functions/router/start/create-router.ts';
import type { Services } from '../../functions/router/way/services.ts';
import { countNamed } from '../../functions/usage/count-usage.ts';
import { GATHER_MS, gatherUsage } from '../../functions/usage/gather-usage.ts';
import { measureLag } from '../../functions/usage/measure-lag.ts';
import { openDeliverer, type WebhookSettings } from '../../functions/webhooks/open-deliverer.ts';
import { handleWebhooks } from '../../functions/webhooks/webhooks.ts';
import { indexedDocuments } from './indexed-documents.ts';
import { type MemoryLog, memoryLog } from './memory-log.ts';
import { undocumentedRefusals } from './undocumented-refusals.ts';

export interface Mesh {
  /** `http://127.0.0.1:port` */
  url: string;
  adminKey: string;
  documents: Documents;
  events: Events;
  log: MemoryLog;
  /** What its handlers work with. */
  services: Services;
  /** Calls the API and reads the whole reply. */
  call(method: string, path: string, options?: CallOptions): Promise<CallReply>;
  /** An owner with money and an inference key. */
  makeOwner(options?: { currency?: 'USD' | 'INR'; amount?: string; key?: Record<string, unknown> }): Promise<Account>;
  openUpstreamSockets(): number;
  /** Ends every running call, as at SIGTERM. */
  endAll(): void;
  close(): Promise<void>;
}

export interface Account {
  ownerId: string;
  keyId: string;
  key: string;
  openai: OpenAI;
  balance(): Promise<{
    balance_usd: string;
    available_usd: string;
    reserved_usd: string;
    balance_inr: string;
    currency: string;
  }>;
}

export interface CallOptions {
  key?: string;
  body?: unknown;
  headers?: Record<string, string>;
}

export interface CallReply {
  status: number;
  headers: Headers;
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look at replies of any shape.
  body: any;
}

export interface MeshOptions {
  /** An overlay file, as operators write it. */
  catalogue?: unknown;
  /** The file of an operator that is laid over that, and looked at while the router runs. */
  cataloguePath?: string | null;
  env?: Record<string, string>;
  documents?: Documents;
  limits?: UpstreamLimits;
  /** How long a client may take nothing of its answer. Milliseconds; default: as in production. */
  unreadMs?: number;
  /** Default: those of `env`, by this machine's clock. */
  secrets?: CachedSecrets;
  /** Where it runs; default: nowhere in particular. */
  region?: string;
  /** Default: 0, so that of equally good endpoints the first is chosen. */
  random?: () => number;
  telemetry?: Telemetry;
  /** Default: true. */
  openMetrics?: boolean;
  /** Default: none. */
  proxies?: number;
  /** Default: private addresses, no mail. */
  webhooks?: WebhookSettings;
  /** Whether holds and messages wait for company, as where the store bills by the operation. Default: no. */
  gathers?: boolean;
  /** Default: sealed in its documents. */
  vault?: SecretVault;
  /** Default: true. */
  privateProviders?: boolean;
  /** Default: none. */
  ownKeyFee?: OwnKeyFee;
}

/** The same for all routers of a test. */
const ownKey = randomBytes(OWN_KEY_BYTES);
const wrappingKey = randomBytes(WRAPPING_KEY_BYTES);

/** A whole router in this process: real HTTP on both sides, SQLite in memory, events in process. */
export async function startMesh({
  catalogue = {},
  cataloguePath = null,
  env = {},
  documents: given,
  limits,
  unreadMs = HOST_LIMITS.unread,
  secrets,
  region = 'test',
  random = () => 0,
  telemetry = silentTelemetry,
  openMetrics = true,
  proxies = 0,
  webhooks = { mail: null, allowPrivate: true },
  gathers = false,
  vault: givenVault,
  privateProviders = true,
  ownKeyFee,
}: MeshOptions = {}): Promise<Mesh> {
  const log = memoryLog();
  const documents = indexedDocuments(given ?? (await openSqliteDocuments(':memory:')));
  const http = createHttpUpstream();
  const vault = givenVault ?? createSealedSecrets(documents, wrappingKey);
  const onCounted = measureLag(telemetry.metrics, systemClock);
  const consumers: Record<string, (data: unknown) => Promise<unknown>> = {
    usage: gatherUsage({
      count: (names) => countNamed(documents, names, () => 0, onCounted),
      pause: wait,
      monotonic: systemClock.monotonic,
      gatherMs: gathers ? GATHER_MS : 0,
    }),
    fx: (data: unknown) => checkConversions(documents, data, log, 1),
  };
  const usage = Object.entries(consumers).map(
    ([name, handle]) =>
      async (event: Event) =>
        void (await followEvent(telemetry.tracing, name, event, () => handle(event.data))),
  );
  const tell = async (event: Event) => void (await handleWebhooks(deliverer, event));
  const events = createLocalEvents({
    subscribers: { usage, [ALERTS_TOPIC]: [tell], [WEBHOOKS_TOPIC]: [tell] },
    log,
  });
  const deliverer = openDeliverer({
    documents,
    events,
    log,
    settings: webhooks,
    ownKey,
    secret: async (name) => env[name.toUpperCase().replaceAll('-', '_')] ?? null,
    now: () => systemClock.now(),
  });
  const adminKey = makeKey('mak', randomBytes(KEY_BYTES));
  const echo = { providers: { mesh: echoProvider }, models: { 'mesh/echo': echoModel } };
  const { services, close } = await createRouter(
    {
      documents,
      events,
      secrets:
        secrets ?? cacheSecrets(routeSecrets(PROVIDER_KEY_SECRETS, vault, createEnvSecrets(env)), systemClock, log),
      vault,
      ownKeys: { seal: async () => [ownKey], user: ownKey },
      upstream: routeUpstream(
        { 'http:': http, 'echo:': createEchoUpstream({ pause: async () => {} }) },
        privateProviders ? http : createHttpUpstream({ publicOnly: true }),
      ),
      clock: systemClock,
      log,
      telemetry,
    },
    {
      catalogue: { builtin: [echo, catalogue].map(parseCatalogueFile), path: cataloguePath, vars: {} },
      adminKeyHash: hashKey(adminKey),
      googleDefault: false,
      openMetrics,
      holdWaitMs: gathers ? HOLD_WAIT_MS : 0,
      allowPrivateWebhooks: webhooks.allowPrivate,
      allowPrivateProviders: privateProviders,
      ...(ownKeyFee === undefined ? {} : { ownKeyFee }),
      region,
      random,
      ...(limits === undefined ? {} : { limits }),
    },
  );
  const api = createPublicApi(services, { corsOrigins: ['https://app.example'], proxies });
  const host = await serve(api.handle, 0, '127.0.0.1', { ...HOST_LIMITS, unread: unreadMs });
  const url = `http://127.0.0.1:${host.port}`;

  async function call(method: string, path: string, { key, body, headers = {} }: CallOptions = {}): Promise<CallReply> {
    const reply = await fetch(url + path, {
      method,
      headers: { ...(key === undefined ? {} : { authorization: `Bearer ${key}` }), ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await reply.text();
    const isJson = reply.headers.get('content-type')?.startsWith('application/json');
    return {
      status: reply.status,
      headers: reply.headers,
      text,
      body: isJson && text !== '' ? JSON.parse(text) : null,
    };
  }

  async function makeOwner({
    currency = 'USD',
    amount = '10',
    key = {},
  }: Parameters<Mesh['makeOwner']>[0] = {}): Promise<Account> {
    const admin = (path: string, body: unknown) => call('POST', path, { key: adminKey, body });
    const { id: ownerId } = (await admin('/v1/owners', { name: 'Test', currency })).body;
    await admin(`/v1/owners/${ownerId}/topups`, { amount, currency, reference: 'first' });
    const made = (await admin('/v1/keys', { owner_id: ownerId, ...key })).body;
    return {
      ownerId,
      keyId: made.id,
      key: made.key,
      openai: new OpenAI({ apiKey: made.key, baseURL: `${url}/v1`, maxRetries: 0 }),
      balance: async () => (await call('GET', '/v1/balance', { key: made.key })).body,
    };
  }

  return {
    url,
    adminKey,
    documents,
    events,
    log,
    services,
    call,
    makeOwner,
    openUpstreamSockets: () => http.openSockets(),
    endAll: api.endAll,
    async close() {
      await host.close(1_000);
      await close(2_000);
      await events.close();
      await http.close();
      const { faults } = await checkLedger(documents);
      await documents.close();
      // Whatever a test did, the books add up at its end.
      if (faults.length > 0) throw new Error(`The ledger is wrong: ${JSON.stringify(faults)}`);
      // And whatever was refused, /openapi.json says that it may be.
      const unknown = undocumentedRefusals(log);
      if (unknown.length > 0) throw new Error(`Not in the document: ${unknown.join(', ')}`);
    },
  };
}

const echoProvider = { format: 'chat', base_url: 'echo://local', auth: { type: 'none' } };
const echoModel = {
  context_length: 128_000,
  max_output_tokens: 4_096,
  quality: 0,
  endpoints: [{ provider: 'mesh', model: 'echo', price: { input: '0.1', output: '0.4' } }],
};
