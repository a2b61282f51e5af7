import { randomBytes } from 'node:crypto';
import { type Catalogue, withAvailableSecrets } from '../catalogue/catalogue.ts';
import type { Documents } from '../core/documents.ts';
import { createLedger } from '../core/ledger.ts';
import { toUsageEvent } from '../core/usage-event.ts';
import type { Clock } from '../platform/clock.ts';
import type { Events } from '../platform/events/events.ts';
import { createIds } from '../platform/ids.ts';
import type { Log } from '../platform/log.ts';
import type { CachedSecrets } from '../platform/secrets/cached-secrets.ts';
import { createAuthorize } from '../platform/upstream/authorize.ts';
import type { Upstream, UpstreamLimits } from '../platform/upstream/upstream.ts';
import { ATTEMPT_LIMITS } from './attempt.ts';
import { createKeyCache } from './key-cache.ts';
import { createRateCache } from './rate-cache.ts';
import type { Router } from './router.ts';
import { createSettler } from './settle.ts';

/** How often it is looked for upstream credentials that were added or taken away. */
export const SECRETS_CHECK_MS = 60_000;

/** The ports that a router runs on. */
export interface Platform {
  documents: Documents;
  events: Events;
  secrets: CachedSecrets;
  upstream: Upstream;
  clock: Clock;
  log: Log;
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
  /** Default: `ATTEMPT_LIMITS`. */
  limits?: UpstreamLimits;
}

export interface RunningRouter {
  router: Router;
  /** Waits at most `timeoutMs` for charges that are not confirmed yet, then lets go of everything but the platform. */
  close(timeoutMs: number): Promise<void>;
}

export async function createRouter(platform: Platform, options: RouterOptions): Promise<RunningRouter> {
  const { documents, events, secrets, upstream, clock, log } = platform;
  const ids = createIds(clock);
  const ledger = createLedger({ documents, now: () => clock.now() });
  const keys = createKeyCache(documents, clock, log);
  const rates = createRateCache(documents, log);
  const settler = createSettler(ledger, log, (hold, charge, posting) => {
    if (posting.writtenOff > 0n) log.error('a cost was written off', { request_id: hold.requestId });
    // The outbox document was written with the charge: a message that is lost here is published again from there.
    events.publish('usage', { id: hold.requestId, data: toUsageEvent(hold, charge, posting) }).catch((error) => {
      log.warn('an event could not be published', { request_id: hold.requestId, error: (error as Error).name });
    });
  });

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

  async function findServed(): Promise<Catalogue> {
    const names = options.catalogue.secretNames();
    const found = await Promise.all(names.map(async (name) => ((await secrets.get(name)) === null ? [] : [name])));
    return withAvailableSecrets(options.catalogue, new Set(found.flat()), { googleDefault: options.googleDefault });
  }

  return {
    router: {
      documents,
      keys,
      adminKeyHash: options.adminKeyHash,
      ledger,
      settler,
      catalogue: () => served,
      rate: rates.current,
      upstream,
      limits: options.limits ?? ATTEMPT_LIMITS,
      region: options.region,
      authorize: createAuthorize({ secrets, clock }),
      secrets,
      clock,
      log,
      random: (bytes) => randomBytes(bytes),
      mintId: ids.mint,
    },
    async close(timeoutMs) {
      await settler.drain(timeoutMs);
      clearInterval(check);
      rates.close();
      keys.close();
    },
  };
}
