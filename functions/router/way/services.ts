import type { Catalogue } from '../../catalogue/catalogue.ts';
import type { LivingCatalogue } from '../../catalogue/layers.ts';
import type { EndUserBook } from '../../core/end-users/end-user-book.ts';
import type { Endpoint } from '../../core/endpoints/endpoint.ts';
import type { Doubts } from '../../core/health/doubts.ts';
import type { Leases } from '../../core/leases/leases.ts';
import type { Ledger } from '../../core/ledger/ledger.ts';
import type { FxRate } from '../../core/money/fx.ts';
import type { Usage } from '../../core/money/usage.ts';
import type { RateLimiter } from '../../core/rate-limits/rate-limits.ts';
import type { AnswerLengths } from '../../core/routing/answer-lengths.ts';
import type { HashUser } from '../../core/seal/hash-user.ts';
import type { Seal } from '../../core/seal/seal.ts';
import type { Sessions } from '../../core/sessions/sessions.ts';
import type { Documents } from '../../core/store/documents.ts';
import type { Clock } from '../../platform/clock.ts';
import type { StoreGate } from '../../platform/documents/watch-documents.ts';
import type { Log } from '../../platform/log.ts';
import type { CachedSecrets } from '../../platform/secrets/cached-secrets.ts';
import type { SecretVault } from '../../platform/secrets/secret-vault.ts';
import type { Telemetry } from '../../platform/telemetry/telemetry.ts';
import type { Upstream, UpstreamRequest } from '../../platform/upstream/upstream.ts';
import type { AdminKeys } from '../access/admin-keys.ts';
import type { Key, KeyCache } from '../access/key-cache.ts';
import type { TemplateCache } from '../access/template-cache.ts';
import type { AttemptLimits } from './attempt-limits.ts';
import type { Health } from './health.ts';
import type { RefusalCounts } from './refusal-counts.ts';
import type { Reporter } from './reporter.ts';
import type { Settler } from './settle.ts';

/** What the handlers of the public API work with. Wired once, in `index.ts`. */
export interface Services {
  documents: Documents;
  /** Whether the store can be written to. */
  gate: StoreGate;
  keys: KeyCache;
  /** What owners have written for their requests to begin with. */
  templates: TemplateCache;
  admins: AdminKeys;
  /** Where alerts are told. */
  channels: {
    /** What a channel's webhooks are signed with, as it is shown once. */
    secret(channelId: string, secretNumber: number): string;
    /** Has a delivery tried that is due. */
    tryNow(deliveryId: string): Promise<void>;
    /** Whether one may be at a private address. */
    allowPrivate: boolean;
  };
  /** Owners' own keys for providers, and whether those may be at private addresses. */
  vault: Pick<SecretVault, 'put' | 'destroy'> & { allowPrivate: boolean };
  ledger: Ledger;
  /** How many days the lines of charges are kept; 0: for ever. */
  entryDays: number;
  /** What this instance may spend. */
  leases: Leases;
  settler: Settler;
  /** What end users of keys that cap them may spend. */
  endUsers: EndUserBook;
  /** How long answers are, for their rates. */
  answers: AnswerLengths;
  /** Requests and tokens a minute and a day. */
  rates: RateLimiter;
  /** Endpoints that once billed more than was metered: all of a stream is held there until the next start. */
  unmetered: Set<string>;
  /** Endpoints that reported more than can be true. */
  doubts: Doubts;
  /** Doubts an endpoint's reports from now on, and lets an operator know. */
  doubtReports(endpoint: Endpoint, requestId: string, report: Usage): void;
  /** Unix milliseconds by the store's clock: the time that money goes by. */
  now(): number;
  /** What is served now: the endpoints whose credentials are there, at the prices of this moment. */
  catalogue(): Catalogue;
  /** The same as a key's owner has it, who may have keys for providers. */
  catalogueOf(key: Pick<Key, 'providerKeys'>): Catalogue;
  /** What the catalogue is made of, and how it changes. */
  living: LivingCatalogue;
  /** Rupees per dollar, from memory. */
  rate(): FxRate;
  upstream: Upstream;
  /** How long one endpoint may take. */
  limits: AttemptLimits;
  /** How endpoints are doing. */
  health: Health;
  /** Which endpoints conversations are at. */
  sessions: Sessions;
  /** Where this instance runs. */
  region: string;
  /** Adds our credential to a request; synchronous where the secret is in memory. */
  authorize(endpoint: Endpoint, request: UpstreamRequest): UpstreamRequest | Promise<UpstreamRequest>;
  secrets: Pick<CachedSecrets, 'peek' | 'renewed'>;
  /** What clients keep for us. */
  seal: Seal;
  /** What is kept of the users that callers name. */
  hashUser: HashUser;
  /** Lets an operator know that an upstream refuses our credential and the store has no other. */
  credentialRefused(secret: string, endpoint: Endpoint, status: number): void;
  /** Counts requests that were refused, for their owners. */
  refusals: RefusalCounts;
  /** Hears what became of each request. */
  reporter: Reporter;
  clock: Clock;
  log: Log;
  telemetry: Telemetry;
  /** Whether anybody may read the metrics, without the admin key. */
  openMetrics: boolean;
  /** Random bytes for new keys. */
  random(bytes: number): Uint8Array;
  mintId(prefix: string): string;
}
