import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { type Catalogue, withAvailableSecrets } from '../../catalogue/catalogue.ts';
import type { Alert } from '../../core/alerts/alerts.ts';
import { RECALL } from '../../core/changes.ts';
import type { Endpoint } from '../../core/endpoints/endpoint.ts';
import { createBreakers } from '../../core/health/breakers.ts';
import { createFigureBoard } from '../../core/health/figure-board.ts';
import { createLeases, LEASE_SECONDS } from '../../core/leases/leases.ts';
import { createLedger } from '../../core/ledger/ledger.ts';
import { createRateLimiter } from '../../core/rate-limits/rate-limits.ts';
import type { Documents } from '../../core/store/documents.ts';
import { CLOCK_SYNC_MS, createStoreClock } from '../../core/store/store-clock.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Events } from '../../platform/events/events.ts';
import { raiseAlert, sendAlert } from '../../platform/events/raise-alert.ts';
import { createIds } from '../../platform/ids.ts';
import type { Log } from '../../platform/log.ts';
import type { CachedSecrets } from '../../platform/secrets/cached-secrets.ts';
import { metricNames } from '../../platform/telemetry/metric-names.ts';
import type { Telemetry } from '../../platform/telemetry/telemetry.ts';
import { createAuthorize } from '../../platform/upstream/authorize.ts';
import type { Upstream, UpstreamLimits } from '../../platform/upstream/upstream.ts';
import { listenToChanges } from '../access/change-feed.ts';
import { createKeyCache } from '../access/key-cache.ts';
import { createReporter } from '../report/create-reporter.ts';
import { ATTEMPT_LIMITS, type AttemptLimits } from '../way/attempt-limits.ts';
import { createHealth } from '../way/health.ts';
import type { Services } from '../way/services.ts';
import { createSettler, within } from '../way/settle.ts';
import { createRateCache } from './exchange-rate-cache.ts';
import { countByKind, measurePosting, observeState } from './measure-state.ts';
import { createChargePublisher } from './publish-charges.ts';

/** How often leases are looked after. */
export const TICK_MS = 1_000;

/**
 * How often it is looked for upstream credentials that were added, changed or taken away. With `REFRESH_AGE_MS` less than a
 * minute, so that after one nobody uses an old one, however seldom it is asked for.
 */
export const SECRETS_CHECK_MS = 20_000;

/** The ports that a router runs on. */
export interface Platform {
  documents: Documents;
  events: Events;
  secrets: CachedSecrets;
  upstream: Upstream;
  clock: Clock;
  log: Log;
  telemetry: Telemetry;
}

export interface RouterOptions {
  /** Everything that could be served; endpoints whose credential is missing are left out. */
  catalogue: Catalogue;
  /** SHA-256 of the admin key, hex. */
  adminKeyHash: string;
  /** Whether Google's application default credentials may be used. */
  googleDefault: boolean;
  /** Where this instance runs. */
  region: string;
  /** Default: `ATTEMPT_LIMITS`; where `whole` is missing it is `firstByte`. */
  limits?: UpstreamLimits & Partial<AttemptLimits>;
  /** From 0 to below 1, to split near-ties by; fixed in tests only. */
  random?: () => number;
  /** Whether anybody may read the metrics; else they take the admin key. */
  openMetrics: boolean;
  /** How long a lease lasts without being renewed. Default: `LEASE_SECONDS`. */
  leaseSeconds?: number;
}

export interface RunningRouter {
  services: Services;
  /** Waits at most `timeoutMs` for charges to be confirmed and leases to be given back, then lets go of everything. */
  close(timeoutMs: number): Promise<void>;
}

export async function createRouter(platform: Platform, options: RouterOptions): Promise<RunningRouter> {
  const { documents, events, secrets, upstream, clock, log, telemetry } = platform;
  const { metrics } = telemetry;
  const ids = createIds(clock);
  const time = createStoreClock(documents, clock);
  const syncClock = () => time.sync().catch(() => log.warn("the store's clock could not be read"));
  await syncClock();
  const now = () => time.now();
  const monotonic = () => clock.monotonic();
  const instanceId = ids.mint('ins');
  const changes = listenToChanges({ documents, log, now, instanceId, mintId: ids.mint });
  const ledger = createLedger({ documents, now });
  const keys = createKeyCache(documents, clock, changes);
  const rates = createRateCache(documents, log);
  const leases = createLeases({
    documents,
    instanceId,
    monotonic,
    now,
    pause,
    mintId: ids.mint,
    lengthMs: (options.leaseSeconds ?? LEASE_SECONDS) * 1_000,
    rate: rates.current,
    recall: changes.recall,
    onTransaction: countByKind(metrics),
    onAlerts: (alerts) => {
      for (const alert of alerts) {
        sendAlert({ documents, events, log }, alert).catch(() =>
          log.warn('an alert could not be sent', { kind: alert.kind }),
        );
      }
    },
  });
  heedChanges();
  const unmetered = new Set<string>();
  const charges = createChargePublisher(events, log);
  const settler = createSettler(leases, log, (hold, charge, posted) => {
    measurePosting(metrics, hold, posted);
    const facts = { request_id: hold.requestId, endpoint: String(charge.facts.endpoint) };
    if (posted.lost) {
      log.error('an answer was not charged: its lease had ended', facts);
      return;
    }
    if (posted.overage + posted.writtenOff > 0n) {
      log.error('a cost went beyond its hold', { ...facts, written_off: String(posted.writtenOff) });
      unmetered.add(facts.endpoint);
    }
    charges.publish(hold, charge, posted);
  });
  const random = options.random ?? Math.random;
  const board = createFigureBoard({
    documents,
    region: options.region,
    now,
    random,
    onTrouble: () => log.warn('figures could not be shared'),
  });
  const breakers = createBreakers({
    documents,
    now,
    monotonic,
    random,
    pause: (milliseconds) => pause(milliseconds, undefined, { ref: false }),
    mintId: ids.mint,
    onChange: (change) => {
      log.warn('breaker', { ...change });
      const { from, to, reason } = change;
      const attributes = { 'mesh.from': from, 'mesh.to': to, 'mesh.reason': reason ?? 'none' };
      metrics.add(metricNames.breakerTransitions, 1, attributes);
    },
    outcomes: board.outcomes,
    onGeneration: (endpointId, { changedAt }) => board.restart(endpointId, changedAt),
    onTrouble: () => log.warn('breakers could not be shared'),
  });
  const health = createHealth({ breakers, board, region: options.region, now, random });
  observeState(metrics, breakers, () => now() - Date.parse(rates.current().asOf));
  const limiter = createRateLimiter({ documents, now, monotonic, instanceId });
  const tick = setInterval(() => {
    leases.tick();
    limiter.tick();
    breakers.tick();
    board.tick();
  }, TICK_MS).unref();
  const sync = setInterval(syncClock, CLOCK_SYNC_MS).unref();

  let served = await findServed();
  const check = setInterval(() => {
    findServed().then(
      (found) => {
        if (found.version !== served.version) served = found;
      },
      () => log.warn('credentials could not be looked for'),
    );
  }, SECRETS_CHECK_MS).unref();
  await rates.refresh();

  /** What other instances and operators did that leases have to heed. */
  function heedChanges(): void {
    const giveBack = (ownerId: string) =>
      leases.giveBack(ownerId).catch((error) => {
        log.warn('money could not be given back', { owner_id: ownerId, error: (error as Error).name });
      });
    changes.subscribe(
      ({ act, owner_id, key_id }) => {
        if (act === RECALL) void giveBack(String(owner_id));
        else if (act === 'owner.update') leases.drop({ ownerId: String(owner_id) });
        else if (act === 'key.update' || act === 'key.suspend') leases.drop({ keyId: String(key_id) });
      },
      () => {},
    );
  }

  /** Once an hour at most for each secret; the log has every time. */
  function credentialRefused(secret: string, endpoint: Endpoint, status: number): void {
    log.error('an upstream refused our credential', { provider: endpoint.provider, secret, status });
    const at = new Date(now());
    const alert: Alert = {
      kind: 'credential_refused',
      subject: `${secret}|${at.toISOString().slice(0, 13)}`,
      at,
      facts: { secret, endpoint: endpoint.id, status: BigInt(status) },
    };
    raiseAlert({ documents, events, log }, alert).catch(() =>
      log.warn('an alert could not be raised', { kind: alert.kind }),
    );
  }

  async function findServed(): Promise<Catalogue> {
    const names = options.catalogue.secretNames();
    const found = await Promise.all(names.map(async (name) => ((await secrets.get(name)) === null ? [] : [name])));
    return withAvailableSecrets(options.catalogue, new Set(found.flat()), { googleDefault: options.googleDefault });
  }

  return {
    services: {
      documents,
      keys,
      adminKeyHash: options.adminKeyHash,
      ledger,
      leases,
      settler,
      rates: limiter,
      unmetered,
      now,
      catalogue: () => served,
      rate: rates.current,
      upstream,
      limits: toLimits(options.limits),
      health,
      credentialRefused,
      region: options.region,
      authorize: createAuthorize({ secrets, clock }),
      secrets,
      reporter: createReporter(platform),
      clock,
      log,
      telemetry,
      openMetrics: options.openMetrics,
      random: (bytes) => randomBytes(bytes),
      mintId: ids.mint,
    },
    async close(timeoutMs) {
      const deadline = clock.monotonic() + timeoutMs;
      await settler.drain(timeoutMs);
      charges.flush();
      await within(Math.max(0, deadline - clock.monotonic()), leases.close());
      for (const timer of [check, tick, sync]) clearInterval(timer);
      rates.close();
      changes.close();
      breakers.close();
      await within(Math.max(0, deadline - clock.monotonic()), board.share());
    },
  };
}

function toLimits(limits: RouterOptions['limits']): AttemptLimits {
  return limits === undefined ? ATTEMPT_LIMITS : { ...limits, whole: limits.whole ?? limits.firstByte };
}
