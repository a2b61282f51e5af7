import { MAX_QUERY_DOCUMENTS } from '../store/documents.ts';
import {
  BREAKERS,
  type Breaker,
  PROBE_LEASE_MS,
  probeDropped,
  probeRenewed,
  probing,
  resetting,
  toBreaker,
} from './breaker.ts';
import { type Entry, type Standing, standingOf } from './breaker-entry.ts';
import { LivePass, type Pass, type PassPorts } from './breaker-pass.ts';
import { FailureRows } from './failure-rows.ts';
import { OwnProblem } from './own-problem.ts';
import { type BreakersOptions, SharedBreakers } from './shared-breakers.ts';

/** How long a request waits to learn whether it is the probe. */
export const PROBE_WAIT_MS = 500;
/** An opening that could not be shared is tried again after this. */
export const SHARE_RETRY_MS = 5_000;

/** Whose outcome it is. */
export interface Subject {
  /** The endpoint's id. */
  id: string;
  provider: string;
}

export interface Breakers {
  standing(endpointId: string): Standing;
  /**
   * Leave to send a request of `key` to an endpoint; null where its breaker keeps it back. At once in the ordinary case; where
   * a probe is due it takes a transaction to get it, and at most `PROBE_WAIT_MS`. `forced` is never refused.
   */
  enter(subject: Subject, key: string, forced?: boolean): Pass | null | Promise<Pass | null>;
  /** All that are not simply closed, and whether their state is this instance's own. */
  list(): { endpoint: string; breaker: Breaker; standing: Standing; shared: boolean }[];
  /** Closes a breaker for all instances. */
  reset(endpointId: string): Promise<void>;
  /** Renews probes and shares what could not be shared; to be called about every second. */
  tick(): void;
  close(): void;
}

/**
 * The breakers of all endpoints, on one instance. What an instance sees counts in its own window; that a breaker opens or
 * closes is agreed on in its document, by transactions that compare the generation, and heard of through one listener.
 */
export function createBreakers(options: BreakersOptions): Breakers {
  const { documents, now, monotonic, onTrouble } = options;
  const ownProblem = new OwnProblem(monotonic);
  const shared = new SharedBreakers(options, ownProblem);
  const ports: PassPorts = { options, shared, rows: new FailureRows(options, shared, ownProblem) };
  const stopListening = documents.listen(
    { collection: BREAKERS, limit: MAX_QUERY_DOCUMENTS },
    (changes) => {
      for (const { kind, document } of changes) {
        const id = String(document.data.endpoint);
        const breaker = kind === 'set' ? toBreaker(document) : null;
        if (breaker !== null) shared.heed(shared.entryOf(id), breaker);
      }
    },
    onTrouble,
  );

  return {
    standing(endpointId) {
      const entry = shared.entries.get(endpointId);
      return entry === undefined
        ? { state: 'closed', admits: 'all', reason: null, until: null }
        : standingOf(entry, now());
    },
    enter({ id, provider }, key, forced = false) {
      const entry = shared.entryOf(id, provider);
      entry.provider = provider;
      const { admits } = standingOf(entry, now());
      if (admits === 'all') return new LivePass(ports, entry, key, 'normal');
      if (admits === 'none') return forced ? new LivePass(ports, entry, key, 'forced') : null;
      return takeProbe(ports, entry, key).then(
        (pass) => pass ?? (forced ? new LivePass(ports, entry, key, 'forced') : null),
      );
    },
    list() {
      return [...shared.entries.values()]
        .filter(({ local, shared: agreed }) => local !== null || agreed.generation > 0 || agreed.cooldownUntil > 0)
        .map((entry) => ({
          endpoint: entry.id,
          breaker: entry.local ?? entry.shared,
          standing: standingOf(entry, now()),
          shared: entry.local === null,
        }));
    },
    async reset(endpointId) {
      const entry = shared.entryOf(endpointId);
      await shared.change(entry, resetting(now()));
    },
    tick() {
      for (const entry of shared.entries.values()) {
        const { probe } = entry.shared;
        if (probe !== null && probe.id === entry.probe && probe.expiresAt - now() < PROBE_LEASE_MS / 2) {
          shared.inBackground(entry, probeRenewed(probe.id, now()));
        }
        if (entry.local !== null && monotonic() - entry.sharedTriedAt > SHARE_RETRY_MS) {
          void shared.shareOpening(entry, entry.local.reason ?? 'failures_in_a_row');
        }
      }
    },
    close: stopListening,
  };
}

/** Tries to get the probe; whoever waits is told within `PROBE_WAIT_MS`. */
async function takeProbe(ports: PassPorts, entry: Entry, key: string): Promise<Pass | null> {
  const { shared, options } = ports;
  const { now, pause, mintId, onTrouble } = options;
  const id = mintId('prb');
  entry.probe = id;
  if (entry.local !== null) {
    shared.changeLocally(entry, probing(id, now()));
    return new LivePass(ports, entry, key, 'probe', id);
  }
  const taken = shared.change(entry, probing(id, now())).then(
    (breaker) => breaker?.probe?.id === id,
    (error: unknown) => {
      onTrouble(error);
      return false;
    },
  );
  const inTime = await Promise.race([taken, pause(PROBE_WAIT_MS).then(() => null)]);
  if (inTime === true) return new LivePass(ports, entry, key, 'probe', id);
  void taken.then((late) => {
    if (entry.probe === id) entry.probe = null;
    // Nobody waits for it any more.
    if (late) shared.inBackground(entry, probeDropped(id));
  });
  return null;
}
