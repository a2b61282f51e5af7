import type { Endpoint } from '../endpoints/endpoint.ts';
import { roundTripMs } from '../endpoints/regions.ts';
import { DEFAULT_COOLDOWN_MS, LEAST_COOLDOWN_MS, LONGEST_COOLDOWN_MS } from './breaker.ts';
import type { Standing } from './breaker-entry.ts';
import type { Pass } from './breaker-pass.ts';
import { type Figures, fromFailure, fromSample, type Measured, merged, type Sample, toFigures } from './figures.ts';

/** Endpoints with owners' credentials that are remembered; those that were asked longest ago are forgotten first. */
export const MAX_OWN_ENDPOINTS = 10_000;
/** So many failures in a row keep an endpoint back, for so long. */
export const OWN_FAILURES_IN_A_ROW = 3;
export const OWN_REST_MS = 10_000;

interface Known {
  measured: Measured | null;
  /** Failures since the last answer. */
  run: number;
  /** Until when it is kept back: Unix milliseconds, store's clock. */
  until: number;
  reason: string | null;
}

type Named = Pick<Endpoint, 'id' | 'region' | 'expected'>;

/** How endpoints do with owners' own credentials. */
export interface OwnHealth {
  figures(endpoint: Named): Figures;
  standing(endpointId: string): Standing;
  /** Leave to ask an endpoint; null where it is kept back. `forced` is never refused. */
  enter(endpointId: string, forced: boolean): Pass | null;
  succeeded(endpoint: Named, sample: Sample): void;
  failed(endpointId: string): void;
}

/**
 * What an owner's credential meets says something of that credential: of its quota, its account, an address of the owner's. So it is
 * known on this instance alone, by ids that have the credential's, and shared with nobody: no breaker opens, no figure changes and
 * nothing is written for others, whatever one owner's provider answers.
 */
export function createOwnHealth({ region, now }: { region: string; now: () => number }): OwnHealth {
  const all = new Map<string, Known>();

  function knownOf(id: string): Known {
    const known = all.get(id) ?? { measured: null, run: 0, until: 0, reason: null };
    all.delete(id);
    all.set(id, known);
    if (all.size > MAX_OWN_ENDPOINTS) all.delete(all.keys().next().value ?? '');
    return known;
  }

  function measure(id: string, sample: Measured): void {
    const known = knownOf(id);
    known.measured = known.measured === null ? sample : merged(known.measured, sample);
  }

  function figures({ id, region: there, expected }: Named): Figures {
    const firstTokenMs = expected.firstTokenMs + roundTripMs(region, there);
    return toFigures(all.get(id)?.measured ?? null, { ...expected, firstTokenMs }, now());
  }

  function rest(known: Known, milliseconds: number, reason: string): void {
    known.until = Math.max(known.until, now() + milliseconds);
    known.reason = reason;
  }

  function passOf(id: string, kind: Pass['kind']): Pass {
    let open = true;
    const once = (tell: (known: Known) => void) => {
      if (open) tell(knownOf(id));
      open = false;
    };
    return {
      kind,
      answered() {},
      succeeded: () =>
        once((known) => {
          known.run = 0;
        }),
      failed: () =>
        once((known) => {
          known.run += 1;
          if (known.run >= OWN_FAILURES_IN_A_ROW) rest(known, OWN_REST_MS, 'failures_in_a_row');
        }),
      limited: (retryAfterMs, reason) =>
        once((known) => {
          const wanted = Math.max(retryAfterMs ?? DEFAULT_COOLDOWN_MS, LEAST_COOLDOWN_MS);
          rest(known, Math.min(wanted, LONGEST_COOLDOWN_MS), reason);
        }),
      dropped: () => once(() => {}),
    };
  }

  function standing(endpointId: string): Standing {
    const known = all.get(endpointId);
    if (known === undefined || known.until <= now()) {
      return { state: 'closed', admits: 'all', reason: null, until: null };
    }
    return { state: 'cooldown', admits: 'none', reason: known.reason, until: known.until };
  }

  return {
    figures,
    standing,
    enter(endpointId, forced) {
      const isFree = standing(endpointId).admits === 'all';
      return isFree || forced ? passOf(endpointId, isFree ? 'normal' : 'forced') : null;
    },
    succeeded: (endpoint, sample) => measure(endpoint.id, fromSample(sample, figures(endpoint), now())),
    failed: (endpointId) => measure(endpointId, fromFailure(now())),
  };
}
