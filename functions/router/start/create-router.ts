import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { channelSecret, showSecret } from '../../core/channels/channels.ts';
import { type Breakers, createBreakers } from '../../core/health/breakers.ts';
import { openDoubts } from '../../core/health/doubts.ts';
import type { FigureBoard } from '../../core/health/figure-board.ts';
import { createLeases, LEASE_SECONDS, type Leases } from '../../core/leases/leases.ts';
import { ENTRY_DAYS } from '../../core/ledger/charge-life.ts';
import { createLedger } from '../../core/ledger/ledger.ts';
import { NO_FEE, type OwnKeyFee } from '../../core/money/own-key-fee.ts';
import { createRateLimiter } from '../../core/rate-limits/rate-limits.ts';
import { createAnswerLengths } from '../../core/routing/answer-lengths.ts';
import { createHashUser } from '../../core/seal/hash-user.ts';
import { createKeyRing, OWN_KEY_BYTES } from '../../core/seal/key-ring.ts';
import { createSeal } from '../../core/seal/seal.ts';
import { createSessions, type Sessions } from '../../core/sessions/sessions.ts';
import { createStoreClock } from '../../core/store/store-clock.ts';
import { type Background, createBackground } from '../../platform/background/background.ts';
import { type StoreClosed, type StoreGate, watchDocuments } from '../../platform/documents/watch-documents.ts';
import { WEBHOOKS_TOPIC } from '../../platform/events/events.ts';
import { sendAlert } from '../../platform/events/raise-alert.ts';
import { createIds } from '../../platform/ids.ts';
import type { Log } from '../../platform/log.ts';
import { metricNames } from '../../platform/telemetry/metric-names.ts';
import { createAuthorize } from '../../platform/upstream/authorize.ts';
import type { UpstreamLimits } from '../../platform/upstream/upstream.ts';
import { createAdminKeys } from '../access/admin-keys.ts';
import { type Changes, listenToChanges } from '../access/change-feed.ts';
import { createKeyCache } from '../access/key-cache.ts';
import { createTemplateCache } from '../access/template-cache.ts';
import { createReporter } from '../report/create-reporter.ts';
import { watchJobs } from '../watch/watch-jobs.ts';
import { ATTEMPT_LIMITS, type AttemptLimits } from '../way/attempt-limits.ts';
import { createHealth } from '../way/health.ts';
import { createRefusalCounts } from '../way/refusal-counts.ts';
import type { Services } from '../way/services.ts';
import { createSettler, within } from '../way/settle.ts';
import { doubtReports } from './doubted-reports.ts';
import { createRateCache, type RateCache } from './exchange-rate-cache.ts';
import { heedChanges } from './heed-changes.ts';
import { type CatalogueSource, heedCatalogue, openLivingCatalogue } from './living-catalogue.ts';
import { countByKind, observeState } from './measure-state.ts';
import { tellOpenBreakers } from './open-breakers.ts';
import { openEndUsers } from './open-end-users.ts';
import { openFigures } from './open-figures.ts';
import { createOwnCatalogues } from './own-catalogues.ts';
import { ownJobs } from './own-jobs.ts';
import type { Platform } from './platform.ts';
import { createPostings } from './postings.ts';
import { tellRefusedCredentials } from './refused-credentials.ts';

export interface RouterOptions {
  /** What could be served, below the API's layer; endpoints whose credential is missing are left out. */
  catalogue: CatalogueSource;
  /** SHA-256 of the admin key, hex. */
  adminKeyHash: string;
  /** Whether Google's application default credentials may be used. */
  googleDefault: boolean;
  /** Where this instance runs. */
  region: string;
  /** Default: `ATTEMPT_LIMITS`; where `whole` is missing it is `firstByte`. */
  limits?: UpstreamLimits & Partial<AttemptLimits>;
  /** Whether alerts may be told at private addresses. Default: no. */
  allowPrivateWebhooks?: boolean;
  /** Whether owners' own providers may be at private addresses. Default: no. */
  allowPrivateProviders?: boolean;
  /** What is charged where an owner's own key was used. Default: nothing. */
  ownKeyFee?: OwnKeyFee;
  /** From 0 to below 1, to split near-ties by; fixed in tests only. */
  random?: () => number;
  /** Whether anybody may read the metrics; else they take the admin key. */
  openMetrics: boolean;
  /** How long holds wait for others to share a commit, where the store bills by the operation. Default: not at all. */
  holdWaitMs?: number;
  /** How long a lease lasts without being renewed. Default: `LEASE_SECONDS`. */
  leaseSeconds?: number;
  /** How many days the lines of charges are kept; 0: for ever. Default: `ENTRY_DAYS`. */
  entryDays?: number;
}

export interface RunningRouter {
  services: Services;
  /** Where work goes that nobody awaits; its jobs end with the router. */
  background: Background;
  /** Waits at most `timeoutMs` for charges to be confirmed and leases to be given back, then lets go of everything. */
  close(timeoutMs: number): Promise<void>;
}

/** What all parts of a router have in common: who it is, what time it is, and where unawaited work goes. */
interface Instance {
  platform: Platform;
  background: Background;
  /** Unix milliseconds, store's clock. */
  now: () => number;
  monotonic: () => number;
  random: () => number;
  instanceId: string;
  mintId: (prefix: string) => string;
  gate: StoreGate;
}

/** Wires a router onto its ports and starts what it does again and again. */
export async function createRouter(given: Platform, options: RouterOptions): Promise<RunningRouter> {
  const { events, secrets, upstream, clock, log, telemetry } = given;
  const { metrics } = telemetry;
  const { region } = options;
  const monotonic = () => clock.monotonic();
  const background = createBackground({ log, metrics, monotonic });
  const { mint: mintId } = createIds(clock);
  const instanceId = mintId('ins');
  const { documents, gate } = watchDocuments(given.documents, {
    instanceId,
    monotonic,
    pause: (milliseconds) => pause(milliseconds, undefined, { ref: false }),
    onChange: (closed) => tellGate(log, closed),
  });
  const platform: Platform = { ...given, documents };
  const storeClock = createStoreClock(documents, clock);
  await background.run('store_clock', () => storeClock.sync());
  const now = () => storeClock.now();
  const random = options.random ?? Math.random;
  const instance: Instance = { platform, background, now, monotonic, random, instanceId, mintId, gate };

  const changes = listenToChanges({ ...instance, documents, log });
  const keys = createKeyCache(documents, clock, changes);
  const exchangeRate = createRateCache(documents);
  const leases = openLeases(instance, options, exchangeRate, changes);
  heedChanges(changes, leases, background);
  const unmetered = new Set<string>();
  const postings = createPostings({ log, metrics, events, background, unmetered });
  const settler = createSettler(leases, log, postings);
  const endUsers = openEndUsers(instance);
  const board = openFigures(instance, region);
  const breakers = openBreakers(instance, board);
  observeState(metrics, breakers, () => now() - Date.parse(exchangeRate.current().asOf));
  const doubts = openDoubts(documents, () => log.warn('doubts cannot be heard'));
  const refusals = createRefusalCounts({ ...instance, documents });
  const answers = createAnswerLengths();
  const rates = createRateLimiter({ ...instance, documents });
  const { catalogue: source, googleDefault } = options;
  const catalogue = await openLivingCatalogue({ source, googleDefault, documents, secrets, now, log });
  heedCatalogue(changes, () => void background.run('catalogue', catalogue.refresh));
  await background.run('exchange_rate', () => exchangeRate.refresh());
  const ring = createKeyRing(await platform.ownKeys.seal());
  const sealKeys = { refresh: async () => ring.renew(await platform.ownKeys.seal()) };
  const parts = {
    gate,
    leases,
    endUsers,
    rateLimits: rates,
    breakers,
    figures: board,
    storeClock,
    catalogue,
    exchangeRate,
    refusals,
    sealKeys,
  };
  const watch = { ...platform, catalogue: catalogue.current, now };
  for (const job of [...ownJobs(parts), ...watchJobs(watch)]) background.every(job);

  return {
    background,
    services: {
      documents,
      gate,
      keys,
      templates: createTemplateCache(documents, clock, changes),
      admins: createAdminKeys(documents, clock, changes, options.adminKeyHash),
      channels: {
        secret: (id, number) => showSecret(channelSecret(platform.ownKeys.user, id, number)),
        tryNow: (id) => platform.events.publish(WEBHOOKS_TOPIC, { id, data: { delivery_id: id } }),
        allowPrivate: options.allowPrivateWebhooks ?? false,
      },
      vault: {
        put: platform.vault.put,
        destroy: platform.vault.destroy,
        allowPrivate: options.allowPrivateProviders ?? false,
      },
      ledger: createLedger({ documents, now }),
      entryDays: options.entryDays ?? ENTRY_DAYS,
      leases,
      settler,
      endUsers,
      answers,
      rates,
      unmetered,
      doubts,
      doubtReports: doubtReports(platform, doubts, background, now),
      now,
      catalogue: catalogue.current,
      catalogueOf: createOwnCatalogues(catalogue, options.ownKeyFee ?? NO_FEE),
      living: catalogue,
      rate: exchangeRate.current,
      upstream,
      limits: toLimits(options.limits),
      health: createHealth({ breakers, board, region, now, random }),
      sessions: openSessions(instance),
      credentialRefused: tellRefusedCredentials(platform, background, now),
      region,
      authorize: createAuthorize({ secrets, clock }),
      secrets,
      seal: createSeal(ring),
      hashUser: createHashUser(platform.ownKeys.user),
      refusals,
      reporter: createReporter(platform),
      clock,
      log,
      telemetry,
      openMetrics: options.openMetrics,
      random: (bytes) => randomBytes(bytes),
      mintId,
    },
    async close(timeoutMs) {
      const deadline = monotonic() + timeoutMs;
      const leftMs = () => Math.max(0, deadline - monotonic());
      await settler.drain(timeoutMs);
      postings.flush();
      await within(leftMs(), leases.close());
      background.close();
      changes.close();
      breakers.close();
      doubts.close();
      await within(leftMs(), Promise.allSettled([board.share(), refusals.flush()]));
    },
  };
}

function openLeases(
  instance: Instance,
  { leaseSeconds = LEASE_SECONDS, entryDays = ENTRY_DAYS, holdWaitMs = 0 }: RouterOptions,
  exchangeRate: RateCache,
  changes: Changes,
): Leases {
  const { platform, background } = instance;
  return createLeases({
    ...instance,
    documents: platform.documents,
    pause,
    lengthMs: leaseSeconds * 1_000,
    entryDays,
    holdWaitMs,
    rate: exchangeRate.current,
    recall: changes.recall,
    mayClose: () => !instance.gate.isJustBack(),
    onTransaction: countByKind(platform.telemetry.metrics),
    aside: (name, ownerId, work) => void background.run(name, work, { owner_id: ownerId }),
    onAlerts(alerts) {
      for (const alert of alerts) {
        void background.run('send_alert', () => sendAlert(platform, alert), { kind: alert.kind });
      }
    },
  });
}

function tellGate(log: Log, closed: StoreClosed | null): void {
  if (closed === null) log.warn('the store can be written to again', { code: 'store_open' });
  else log.error('the store cannot be written to', { code: 'store_closed', ...closed });
}

function openBreakers({ platform, ...instance }: Instance, board: FigureBoard): Breakers {
  const { documents, log, telemetry } = platform;
  const tellOpening = tellOpenBreakers(platform, instance.background, instance.now);
  return createBreakers({
    ...instance,
    documents,
    pause: (milliseconds) => pause(milliseconds, undefined, { ref: false }),
    onChange(change) {
      log.warn('breaker', { ...change });
      const { from, to, reason } = change;
      const attributes = { 'mesh.from': from, 'mesh.to': to, 'mesh.reason': reason ?? 'none' };
      telemetry.metrics.add(metricNames.breakerTransitions, 1, attributes);
      tellOpening(change);
    },
    outcomes: board.outcomes,
    elsewhere: board.elsewhere,
    onGeneration: (endpointId, { changedAt }) => board.restart(endpointId, changedAt),
    onTrouble: () => log.warn('breakers could not be shared'),
  });
}

/** Guesses are keyed by a secret that dies with the process. */
function openSessions({ platform: { documents }, background, now }: Instance): Sessions {
  return createSessions({
    documents,
    now,
    pause: (milliseconds) => pause(milliseconds, undefined, { ref: false }),
    aside: (name, ownerId, work) => background.run(name, work, { owner_id: ownerId }),
    secret: randomBytes(OWN_KEY_BYTES).toString('base64url'),
  });
}

function toLimits(limits: RouterOptions['limits']): AttemptLimits {
  return limits === undefined ? ATTEMPT_LIMITS : { ...limits, whole: limits.whole ?? limits.firstByte };
}
