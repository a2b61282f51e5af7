import type { Endpoint, ExpectedFigures } from '../endpoints/endpoint.ts';
import { roundTripMs } from '../endpoints/regions.ts';
import { documentId } from '../store/document-id.ts';
import { type Documents, ExpectationFailed, type Fields, type Value, type Version } from '../store/documents.ts';
import {
  countedSince,
  decayed,
  type Figures,
  fromFailure,
  fromSample,
  type Measured,
  MOST_WEIGHT,
  merged,
  nothingMeasured,
  type Sample,
  toFigures,
  withWeightUpTo,
} from './figures.ts';
import type { Count } from './outcome-window.ts';

/** `figures/{region}`: what all instances of a region have measured of all endpoints. */
export const FIGURES = 'figures';
/** How often an instance that has measured something shares it. */
export const SHARE_EVERY_MS = 5_000;
/** What nobody has asked for so long is left out of the document. */
export const FORGET_MS = 24 * 3_600_000;
/** Endpoints in one document, which may have 1 MiB; those asked longest ago are left out. */
export const MAX_SHARED_ENDPOINTS = 2_000;

type Known = Pick<Endpoint, 'id' | 'region' | 'expected'>;

/** What this instance's region knows of how fast and how reliable endpoints are. */
export interface FigureBoard {
  of(endpoint: Known): Figures;
  /** Attempts on an endpoint and those of them that failed, decayed; none where it was never asked. */
  outcomes(endpointId: string): Count;
  /** The same without what this instance has seen itself: what the others of its region told, seconds ago. */
  elsewhere(endpointId: string): Count;
  succeeded(endpoint: Known, sample: Sample): void;
  failed(endpoint: Known): void;
  /** Forgets the failures of an endpoint whose breaker opened or closed then: Unix milliseconds, store's clock. */
  restart(endpointId: string, since: number): void;
  /** Shares what was measured since the last time, and takes over what others have; to be called about every second. */
  tick(): void;
  /** The same now. Resolves when it is done. */
  share(): Promise<void>;
}

export interface FigureBoardOptions {
  documents: Documents;
  /** Where this instance runs: figures are of one region's view. */
  region: string;
  /** Unix milliseconds, store's clock. */
  now: () => number;
  random: () => number;
  onTrouble: (error: unknown) => void;
}

/**
 * Figures in memory, shared through one document for each region: every few seconds an instance that has measured something
 * reads it, adds its own, and writes it back at the version it read. Where another was faster, its own wait for the next time,
 * so any number of instances make one write at a time and none is lost.
 */
export function createFigureBoard({ documents, region, now, random, onTrouble }: FigureBoardOptions): FigureBoard {
  const id = documentId(region);
  /** With what this instance has measured itself. */
  const known = new Map<string, Measured>();
  /** What this instance has measured itself; of that, what it has not shared yet. */
  const own = new Map<string, Measured>();
  const unshared = new Map<string, Measured>();
  /** Endpoints are there as long as their catalogue is, and asked about for every request. */
  const expected = new WeakMap<Known, ExpectedFigures>();
  let nextShareAt = 0;
  let sharing: Promise<void> | null = null;

  function add(endpointId: string, sample: Measured): void {
    const measured = { ...sample, since: known.get(endpointId)?.since ?? 0 };
    for (const board of [known, own, unshared]) {
      const before = board.get(endpointId);
      board.set(endpointId, before === undefined ? measured : merged(before, measured));
    }
  }

  function expectedOf(endpoint: Known): ExpectedFigures {
    const before = expected.get(endpoint);
    if (before !== undefined) return before;
    const { firstTokenMs, tokensPerSecond } = endpoint.expected;
    const figures = { firstTokenMs: firstTokenMs + roundTripMs(region, endpoint.region), tokensPerSecond };
    expected.set(endpoint, figures);
    return figures;
  }

  function figuresOf(endpoint: Known): Figures {
    return toFigures(known.get(endpoint.id) ?? null, expectedOf(endpoint), now());
  }

  async function exchange(): Promise<void> {
    const document = await documents.get(FIGURES, id);
    const told = new Map(unshared);
    const together = document === null ? new Map<string, Measured>() : fromDocument(document.data.endpoints);
    for (const [endpointId, measured] of told) {
      const theirs = together.get(endpointId);
      const all = theirs === undefined ? measured : merged(theirs, measured);
      together.set(endpointId, withWeightUpTo(all, MOST_WEIGHT));
    }
    if (told.size > 0) {
      await write(document?.version ?? null, together);
      // What was measured meanwhile is still to be shared.
      for (const [endpointId, measured] of told) {
        if (unshared.get(endpointId) === measured) unshared.delete(endpointId);
        else unshared.set(endpointId, without(unshared.get(endpointId) ?? measured, measured));
      }
    }
    for (const [endpointId, measured] of together) {
      const more = unshared.get(endpointId);
      known.set(endpointId, more === undefined ? measured : merged(measured, more));
    }
  }

  async function write(version: Version | null, measured: ReadonlyMap<string, Measured>): Promise<void> {
    const data = { region, at: new Date(now()), endpoints: toDocument(measured, now()) };
    const expect = version === null ? ('absent' as const) : { version };
    await documents.commit([{ kind: 'set', collection: FIGURES, id, data, expect }]);
  }

  function share(): Promise<void> {
    sharing ??= exchange()
      .catch((error: unknown) => {
        // Another instance has written; ours goes with the next round.
        if (!(error instanceof ExpectationFailed)) onTrouble(error);
      })
      .finally(() => {
        sharing = null;
      });
    return sharing;
  }

  return {
    of: figuresOf,
    outcomes(endpointId) {
      return toCount(decayed(known.get(endpointId) ?? nothingMeasured(now()), now()));
    },
    elsewhere(endpointId) {
      const all = decayed(known.get(endpointId) ?? nothingMeasured(now()), now());
      return toCount(without(all, own.get(endpointId) ?? nothingMeasured(now())));
    },
    succeeded: (endpoint, sample) => add(endpoint.id, fromSample(sample, figuresOf(endpoint), now())),
    failed: (endpoint) => add(endpoint.id, fromFailure(now())),
    restart(endpointId, since) {
      for (const board of [known, own, unshared]) {
        board.set(endpointId, countedSince(board.get(endpointId) ?? nothingMeasured(now()), since));
      }
    },
    tick() {
      const due = now() >= nextShareAt && (unshared.size > 0 || nextShareAt === 0);
      if (!due) return;
      nextShareAt = now() + SHARE_EVERY_MS * (0.75 + 0.5 * random());
      void share();
    },
    share,
  };
}

function toCount({ attempts, failures }: Measured): Count {
  return { all: attempts, failed: failures };
}

/** What of `all` is not of `part`, which is in it. */
function without(all: Measured, part: Measured): Measured {
  const before = countedSince(decayed(part, all.at), all.since);
  const mean = (whole: Measured['msPerToken'], old: Measured['msPerToken']) => {
    const weight = whole.weight - old.weight;
    if (weight <= 0) return { value: 0, weight: 0 };
    return { value: (whole.value * whole.weight - old.value * old.weight) / weight, weight };
  };
  return {
    at: all.at,
    sampledAt: all.sampledAt,
    since: all.since,
    firstTokenMs: mean(all.firstTokenMs, before.firstTokenMs),
    msPerToken: mean(all.msPerToken, before.msPerToken),
    attempts: Math.max(0, all.attempts - before.attempts),
    failures: Math.max(0, all.failures - before.failures),
  };
}

function toDocument(measured: ReadonlyMap<string, Measured>, now: number): Value[] {
  return [...measured]
    .filter(([, { sampledAt }]) => sampledAt > now - FORGET_MS)
    .sort(([, a], [, b]) => b.sampledAt - a.sampledAt)
    .slice(0, MAX_SHARED_ENDPOINTS)
    .map(([endpoint, each]) => ({
      endpoint,
      at: new Date(each.at),
      sampled_at: new Date(each.sampledAt),
      since: new Date(each.since),
      first_token_ms: each.firstTokenMs.value,
      first_token_weight: each.firstTokenMs.weight,
      ms_per_token: each.msPerToken.value,
      token_weight: each.msPerToken.weight,
      attempts: each.attempts,
      failures: each.failures,
    }));
}

function fromDocument(endpoints: Value | undefined): Map<string, Measured> {
  const measured = new Map<string, Measured>();
  if (!Array.isArray(endpoints)) return measured;
  for (const each of endpoints as Fields[]) {
    const { at, sampled_at, since } = each as { at: Date; sampled_at: Date; since: Date };
    measured.set(String(each.endpoint), {
      ...nothingMeasured(at.getTime()),
      sampledAt: sampled_at.getTime(),
      since: since.getTime(),
      firstTokenMs: { value: Number(each.first_token_ms), weight: Number(each.first_token_weight) },
      msPerToken: { value: Number(each.ms_per_token), weight: Number(each.token_weight) },
      attempts: Number(each.attempts),
      failures: Number(each.failures),
    });
  }
  return measured;
}
