import type { ExpectedFigures } from '../endpoints/endpoint.ts';

/** What was seen this long ago weighs half. */
export const HALF_LIFE_MS = 60_000;
/** Successes that are taken for granted: a rate means something with numbers; to see an outage is the breaker's work. */
export const TRUSTED_SUCCESSES = 20;
/** Answers with fewer tokens say nothing of throughput. */
export const MIN_TIMED_TOKENS = 8;
/** Tokens of an answer of ordinary length. */
export const ORDINARY_TOKENS = 512;
/** All that is known weighs no more than so many new samples: enough to smooth chance, few enough to forget. */
export const MOST_WEIGHT = 50;
/** What was known before a restart weighs no more than so many new samples. */
export const RESTART_WEIGHT = 3;
/**
 * Times that were measured so long before others weigh as much as so many of those, since an endpoint that is seldom asked may
 * have changed. That it is faster is believed sooner: where that was chance, the requests that follow soon tell, and where it
 * is wrongly held to be slow, none follow.
 */
export const STALE_AFTER_MS = 10_000;
export const STALE_WEIGHT = { faster: 1, slower: 3 } as const;
/** All tokens at once would be without end a second. */
const LEAST_MS_PER_TOKEN = 0.01;

/** A mean whose samples weigh less with time. Without new ones it stays, since the last known is still the best guess. */
interface Mean {
  value: number;
  weight: number;
}

/** What was measured of one endpoint, decayed to the time `at`. */
export interface Measured {
  /** Unix milliseconds, store's clock. */
  at: number;
  /** When it was last asked. */
  sampledAt: number;
  firstTokenMs: Mean;
  msPerToken: Mean;
  /** Since when attempts are counted: what went before an outage and in it says nothing after it. */
  since: number;
  /** Attempts and those that failed, decayed. */
  attempts: number;
  failures: number;
}

/** One answer, as its client saw it. */
export interface Sample {
  /** Null where the answer came whole, so that only all of it was timed. */
  firstTokenMs: number | null;
  totalMs: number;
  outputTokens: number;
}

/** What an endpoint is taken to do next. */
export interface Figures {
  firstTokenMs: number;
  tokensPerSecond: number;
  /** 0 to 1 */
  errorRate: number;
  /** Decayed number of samples that the times stand on; 0 where they are expected and not measured. */
  samples: number;
  /** Measured times over expected ones, of an answer of ordinary length; 1 where nothing was measured. */
  ratio: number;
  /** When the endpoint was last asked, Unix milliseconds; null for never. */
  sampledAt: number | null;
}

export const nothingMeasured = (at: number): Measured => ({
  at,
  sampledAt: 0,
  since: 0,
  firstTokenMs: { value: 0, weight: 0 },
  msPerToken: { value: 0, weight: 0 },
  attempts: 0,
  failures: 0,
});

/** The same, later. */
export function decayed(measured: Measured, at: number): Measured {
  if (at <= measured.at) return measured;
  const left = 2 ** (-(at - measured.at) / HALF_LIFE_MS);
  return {
    at,
    sampledAt: measured.sampledAt,
    since: measured.since,
    firstTokenMs: { value: measured.firstTokenMs.value, weight: measured.firstTokenMs.weight * left },
    msPerToken: { value: measured.msPerToken.value, weight: measured.msPerToken.weight * left },
    attempts: measured.attempts * left,
    failures: measured.failures * left,
  };
}

/** Both together, at the later of their times. */
export function merged(a: Measured, b: Measured): Measured {
  const at = Math.max(a.at, b.at);
  const since = Math.max(a.since, b.since);
  const known = (one: Measured, other: Measured) => {
    const counted = countedSince(decayed(one, at), since);
    if (other.sampledAt - one.sampledAt <= STALE_AFTER_MS) return counted;
    const { firstTokenMs, msPerToken } = counted;
    return {
      ...counted,
      firstTokenMs: stale(firstTokenMs, other.firstTokenMs),
      msPerToken: stale(msPerToken, other.msPerToken),
    };
  };
  const [x, y] = [known(a, b), known(b, a)];
  return {
    at,
    sampledAt: Math.max(x.sampledAt, y.sampledAt),
    since,
    firstTokenMs: mergedMean(x.firstTokenMs, y.firstTokenMs),
    msPerToken: mergedMean(x.msPerToken, y.msPerToken),
    attempts: x.attempts + y.attempts,
    failures: x.failures + y.failures,
  };
}

/** The same, with the attempts forgotten that were counted before, and the times that were measured before as no more than a hint. */
export function countedSince(measured: Measured, since: number): Measured {
  if (measured.since >= since) return measured;
  return { ...withWeightUpTo(measured, RESTART_WEIGHT), since, attempts: 0, failures: 0 };
}

/** The same, with times that weigh no more than so many samples. */
export function withWeightUpTo(measured: Measured, most: number): Measured {
  const bound = ({ value, weight }: Mean): Mean => ({ value, weight: Math.min(weight, most) });
  return { ...measured, firstTokenMs: bound(measured.firstTokenMs), msPerToken: bound(measured.msPerToken) };
}

/** What was known, as far as it counts beside what was measured long after it. */
function stale(old: Mean, fresh: Mean): Mean {
  if (fresh.weight === 0 || !isKnown(old)) return old;
  const { faster, slower } = STALE_WEIGHT;
  return { value: old.value, weight: fresh.value < old.value ? Math.min(old.weight, faster) : slower };
}

function mergedMean(a: Mean, b: Mean): Mean {
  const weight = a.weight + b.weight;
  if (weight === 0) return b.value === 0 ? a : b;
  return { value: (a.value * a.weight + b.value * b.weight) / weight, weight };
}

/** What one answer says. A whole answer says how much slower it was than `known`, which both its parts are taken to be. */
export function fromSample({ firstTokenMs, totalMs, outputTokens }: Sample, known: Figures, at: number): Measured {
  const timed = outputTokens >= MIN_TIMED_TOKENS;
  const knownPerToken = 1_000 / known.tokensPerSecond;
  if (firstTokenMs !== null) {
    const perToken = Math.max(0, totalMs - firstTokenMs) / Math.max(1, outputTokens - 1);
    return success(at, firstTokenMs, timed ? perToken : null);
  }
  const ratio = totalMs / (known.firstTokenMs + outputTokens * knownPerToken);
  return success(at, known.firstTokenMs * ratio, timed ? knownPerToken * ratio : null);
}

function success(at: number, firstTokenMs: number, msPerToken: number | null): Measured {
  return {
    ...nothingMeasured(at),
    sampledAt: at,
    firstTokenMs: { value: firstTokenMs, weight: 1 },
    msPerToken: msPerToken === null ? { value: 0, weight: 0 } : { value: msPerToken, weight: 1 },
    attempts: 1,
  };
}

export function fromFailure(at: number): Measured {
  return { ...nothingMeasured(at), sampledAt: at, attempts: 1, failures: 1 };
}

/** The figures to choose by: what was measured, and where nothing was, what is expected. */
export function toFigures(measured: Measured | null, expected: ExpectedFigures, at: number): Figures {
  if (measured === null) return { ...expected, errorRate: 0, samples: 0, ratio: 1, sampledAt: null };
  const { firstTokenMs, msPerToken, attempts, failures, sampledAt } = decayed(measured, at);
  const known = {
    firstTokenMs: isKnown(firstTokenMs) ? firstTokenMs.value : expected.firstTokenMs,
    tokensPerSecond: isKnown(msPerToken)
      ? 1_000 / Math.max(msPerToken.value, LEAST_MS_PER_TOKEN)
      : expected.tokensPerSecond,
  };
  return {
    ...known,
    errorRate: failures / (attempts + TRUSTED_SUCCESSES),
    samples: firstTokenMs.weight,
    ratio: expectedMs(known, ORDINARY_TOKENS) / expectedMs(expected, ORDINARY_TOKENS),
    sampledAt: sampledAt === 0 ? null : sampledAt,
  };
}

/** The time to the last of so many tokens. */
export function expectedMs({ firstTokenMs, tokensPerSecond }: ExpectedFigures, tokens: number): number {
  return firstTokenMs + (tokens / tokensPerSecond) * 1_000;
}

/** A weight fades, but what was once measured stays known. */
function isKnown({ value, weight }: Mean): boolean {
  return weight > 0 || value > 0;
}
