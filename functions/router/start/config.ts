import { isRegion, regionNames } from '../../core/endpoints/regions.ts';
import { keyKind } from '../../core/keys.ts';
import { LEASE_SECONDS } from '../../core/leases/leases.ts';
import { ENTRY_DAYS, MAX_ENTRY_DAYS, MIN_ENTRY_DAYS } from '../../core/ledger/charge-life.ts';
import { NO_FEE, type OwnKeyFee, parseOwnKeyFee } from '../../core/money/own-key-fee.ts';
import { nearestName } from '../../formats/shared/nearest-name.ts';
import { trimSecret } from '../../platform/secrets/trim-secret.ts';
import { readTelemetryConfig, type TelemetryConfig } from '../../platform/telemetry/read-telemetry-config.ts';
import { readWebhookSettings, type WebhookSettings } from '../../webhooks/open-deliverer.ts';
import { ATTEMPT_LIMITS, type AttemptLimits } from '../way/attempt-limits.ts';
import { refuseMisspelt } from './known-variables.ts';

/** Everything the environment says, read once at the start. */
export interface Config {
  port: number;
  /** The address that is listened on; null for all of them. */
  host: string | null;
  store: { kind: 'sqlite'; path: string } | { kind: 'firestore'; emulatorHost: string | null };
  events: 'local' | 'pubsub';
  secrets: 'env' | 'secret-manager';
  /** Path of a JSON file laid over the built-in catalogue. */
  cataloguePath: string | null;
  adminKey: string | null;
  region: string;
  projectId: string | null;
  /** Values for `{name}` in the catalogue's addresses, such as the project. */
  catalogueVars: Readonly<Record<string, string>>;
  corsOrigins: string[];
  /** Addresses that proxies of our own add to `X-Forwarded-For`. */
  proxies: number;
  /** Whether to keep a demo owner with a small balance and show its keys. */
  demo: boolean;
  logLevel: 'info' | 'warn' | 'error' | 'silent';
  /** Null where it follows from who reads it. */
  logFormat: 'text' | 'json' | null;
  /** Sources of the exchange rate; null where this process does not ask any. */
  fxUrls: string[] | null;
  /** How long a lease lasts without being renewed. */
  leaseSeconds: number;
  /** How many days the lines of charges are kept; 0: for ever. */
  entryDays: number;
  /** How long one endpoint may take. Milliseconds. */
  limits: AttemptLimits;
  webhooks: WebhookSettings;
  /** Whether owners' own providers may be at private addresses. */
  privateProviders: boolean;
  /** What is charged where an owner's own key was used. */
  ownKeyFee: OwnKeyFee;
  telemetry: TelemetryConfig;
}

const DEFAULT_PORT = 8080;
/** A shorter lease would be renewed all the time; a longer one keeps a dead instance's money too long. */
const MIN_LEASE_SECONDS = 2;
const MAX_LEASE_SECONDS = 3_600;
/** A shorter limit would fail every provider; a request lasts no longer than an hour on Cloud Run. */
const MIN_LIMIT_SECONDS = 0.1;
const MAX_LIMIT_SECONDS = 3_600;
/** Nobody has more of them in a row. */
const MAX_PROXIES = 8;
const DEFAULT_STORE = 'sqlite:.mesh/mesh.db';
const LOOPBACK = '127.0.0.1';
/** Where it runs that runs in no region. */
const LOCAL = 'local';
/** So many slips away a region may be and still be meant. */
const MOST_SLIPS = 2;

/** Reads the configuration; throws an `Error` that names the variable and what it may be. */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  refuseMisspelt(env);
  const store = readStore(env.MESH_STORE ?? DEFAULT_STORE, env.FIRESTORE_EMULATOR_HOST || null);
  const config: Config = {
    port: readPort(env.PORT),
    // What a laptop runs is nobody else's to reach.
    host: env.MESH_HOST || (store.kind === 'sqlite' ? LOOPBACK : null),
    store,
    events: oneOf('MESH_EVENTS', env.MESH_EVENTS ?? 'local', ['local', 'pubsub']),
    secrets: oneOf('MESH_SECRETS', env.MESH_SECRETS ?? 'env', ['env', 'secret-manager']),
    cataloguePath: env.MESH_CATALOGUE || null,
    adminKey: readAdminKey(env.MESH_ADMIN_KEY),
    region: readRegion(env.MESH_REGION || LOCAL),
    projectId: env.GOOGLE_CLOUD_PROJECT || null,
    catalogueVars: readCatalogueVars(env),
    corsOrigins: (env.MESH_CORS_ORIGINS ?? '')
      .split(',')
      .map((origin) => origin.trim())
      .filter(Boolean),
    proxies: readProxies(env.MESH_PROXIES),
    demo: oneOf('MESH_DEMO', env.MESH_DEMO ?? (store.kind === 'sqlite' ? 'on' : 'off'), ['on', 'off']) === 'on',
    logLevel: oneOf('MESH_LOG', env.MESH_LOG ?? 'info', ['info', 'warn', 'error', 'silent']),
    logFormat: readLogFormat(env.MESH_LOG_FORMAT),
    fxUrls: readFxUrls(env.MESH_FX_URLS || env.MESH_FX_URL),
    webhooks: readWebhookSettings(env.MESH_MAIL_URL, env.MESH_MAIL_FROM, env.MESH_PRIVATE_WEBHOOKS),
    privateProviders: oneOf('MESH_PRIVATE_PROVIDERS', env.MESH_PRIVATE_PROVIDERS ?? 'off', ['on', 'off']) === 'on',
    ownKeyFee: readOwnKeyFee(env.MESH_OWN_KEY_FEE),
    leaseSeconds: readLeaseSeconds(env.MESH_LEASE_SECONDS),
    entryDays: readEntryDays(env.MESH_ENTRY_DAYS),
    telemetry: readTelemetryConfig(env, { local: store.kind === 'sqlite' }),
    limits: {
      connect: readLimit('MESH_CONNECT_SECONDS', env.MESH_CONNECT_SECONDS, ATTEMPT_LIMITS.connect),
      firstByte: readLimit('MESH_FIRST_TOKEN_SECONDS', env.MESH_FIRST_TOKEN_SECONDS, ATTEMPT_LIMITS.firstByte),
      whole: readLimit('MESH_WHOLE_SECONDS', env.MESH_WHOLE_SECONDS, ATTEMPT_LIMITS.whole),
      idle: readLimit('MESH_IDLE_SECONDS', env.MESH_IDLE_SECONDS, ATTEMPT_LIMITS.idle),
    },
  };
  if (config.adminKey === null && !config.demo) throw new Error('MESH_ADMIN_KEY must be set to a mak_ key.');
  const usesCloud = store.kind === 'firestore' || config.events === 'pubsub' || config.secrets === 'secret-manager';
  if (usesCloud && config.projectId === null) throw new Error('GOOGLE_CLOUD_PROJECT must be set.');
  return config;
}

/** `demo-` projects exist in emulators only: they have no account, and no schedule. */
export function isEmulated({ projectId }: Pick<Config, 'projectId'>): boolean {
  return projectId?.startsWith('demo-') ?? false;
}

/** What the built-in providers want beside their credentials. Throws an `Error` for a name that is no label of a host. */
export function readCatalogueVars(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const project = env.GOOGLE_CLOUD_PROJECT;
  const azure_resource = env.AZURE_RESOURCE_NAME;
  if (azure_resource && !/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/i.test(azure_resource)) {
    throw new Error('AZURE_RESOURCE_NAME must be the name alone: `acme` of `https://acme.openai.azure.com`.');
  }
  return { ...(project ? { project } : {}), ...(azure_resource ? { azure_resource } : {}) };
}

function readStore(text: string, emulatorHost: string | null): Config['store'] {
  if (text === 'firestore') return { kind: 'firestore', emulatorHost };
  const path = /^sqlite:(.+)$/.exec(text)?.[1];
  if (path === undefined) throw new Error('MESH_STORE must be `firestore` or `sqlite:<path>`.');
  return { kind: 'sqlite', path };
}

function readPort(text: string | undefined): number {
  const port = Number(text ?? DEFAULT_PORT);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error('PORT must be a number from 0 to 65535.');
  return port;
}

function readProxies(text: string | undefined): number {
  const proxies = Number(text || 0);
  if (!Number.isInteger(proxies) || proxies < 0 || proxies > MAX_PROXIES) {
    throw new Error(`MESH_PROXIES must be a number from 0 to ${MAX_PROXIES}.`);
  }
  return proxies;
}

/** A name of the operator's own is taken, unless it looks like one of the clouds' that was mistyped. */
function readRegion(text: string): string {
  const meant = isRegion(text) ? null : nearestName(text, [...regionNames, LOCAL], MOST_SLIPS);
  if (meant !== null) throw new Error(`MESH_REGION: there is no region ${text}; did you mean ${meant}?`);
  return text;
}

function readFxUrls(text: string | undefined): string[] | null {
  if (!text) return null;
  const urls = text.split(',').map((url) => url.trim());
  if (!urls.every((url) => URL.canParse(url))) throw new Error('MESH_FX_URLS must be URLs separated by commas.');
  return urls;
}

function readOwnKeyFee(text: string | undefined): OwnKeyFee {
  const fee = text ? parseOwnKeyFee(text) : NO_FEE;
  if (fee === null) throw new Error('MESH_OWN_KEY_FEE must be US dollars a request, `0.0005`, or per cent, `5%`.');
  return fee;
}

function readLeaseSeconds(text: string | undefined): number {
  const seconds = Number(text ?? LEASE_SECONDS);
  if (!Number.isInteger(seconds) || seconds < MIN_LEASE_SECONDS || seconds > MAX_LEASE_SECONDS) {
    throw new Error(`MESH_LEASE_SECONDS must be a number from ${MIN_LEASE_SECONDS} to ${MAX_LEASE_SECONDS}.`);
  }
  return seconds;
}

function readLogFormat(text: string | undefined): Config['logFormat'] {
  return text ? oneOf<'text' | 'json'>('MESH_LOG_FORMAT', text, ['text', 'json']) : null;
}

function readEntryDays(text: string | undefined): number {
  const days = Number(text || ENTRY_DAYS);
  if (days === 0 || (Number.isInteger(days) && days >= MIN_ENTRY_DAYS && days <= MAX_ENTRY_DAYS)) return days;
  throw new Error(`MESH_ENTRY_DAYS must be a number from ${MIN_ENTRY_DAYS} to ${MAX_ENTRY_DAYS}, or 0 for ever.`);
}

/** Seconds, decimals allowed, as milliseconds. */
function readLimit(name: string, text: string | undefined, defaultMs: number): number {
  if (!text) return defaultMs;
  const seconds = Number(text);
  if (!(seconds >= MIN_LIMIT_SECONDS && seconds <= MAX_LIMIT_SECONDS)) {
    throw new Error(`${name} must be a number from ${MIN_LIMIT_SECONDS} to ${MAX_LIMIT_SECONDS}.`);
  }
  return Math.round(seconds * 1_000);
}

function readAdminKey(given: string | undefined): string | null {
  const text = trimSecret(given ?? '');
  if (!text) return null;
  if (keyKind(text) !== 'mak') throw new Error('MESH_ADMIN_KEY is not a well-formed mak_ key.');
  return text;
}

function oneOf<T extends string>(name: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((each) => each === value);
  if (found === undefined) throw new Error(`${name} must be one of ${allowed.join(', ')}.`);
  return found;
}
