/** How long an outcome counts, and how many of the newest count at most. */
export const WINDOW_MS = 60_000;
export const MAX_OUTCOMES = 200;
/** A share of failures means something from so many outcomes on. */
export const MIN_OUTCOMES = 20;
export const FAILURE_SHARE = 0.5;
/** Failures in a row that mean an outage. */
export const FAILURES_IN_A_ROW = 5;
/**
 * An endpoint that fails now and then has runs of failures by chance. A run is an outage when chance would make one this
 * rarely, going by the share of failures before it: after none, five are enough; at 20 % failures it takes eleven.
 */
export const CHANCE = 1e-7;

/** How an attempt ended. `unanswered`: it failed before its first token; `broken`: after it. */
export type Outcome = 'ok' | 'unanswered' | 'broken';

/** What a window says of an endpoint that should not be used now. */
export type Verdict = 'failures_in_a_row' | 'streams_broke' | 'failure_share';

interface Seen {
  key: string;
  ok: boolean;
  at: number;
}

/** Outcomes, and those of them that were failures. */
export interface Count {
  all: number;
  failed: number;
}

/**
 * The newest outcomes of one endpoint as one instance saw them. Requests of one caller that always fail say something of that
 * caller first: in a share of failures one key weighs at most half as much as all others together, in a row of failures at
 * most as much as they, unless it is alone. A key is made lighter only where that makes the share of failures less: a busy key
 * that is answered is not, and what is left of a caller that fails is no longer counted among the outcomes that are enough.
 */
export class OutcomeWindow {
  #outcomes: Seen[] = [];
  readonly #all: Count = { all: 0, failed: 0 };
  readonly #byKey = new Map<string, Count>();
  /** The failures in a row, by key. */
  readonly #run = { unanswered: new Map<string, number>(), broken: new Map<string, number>() };
  #answeredAt = Number.NEGATIVE_INFINITY;

  /** Failures in a row. */
  get run(): number {
    return sum(this.#run.unanswered.values()) + sum(this.#run.broken.values());
  }

  /** When the last first token came; `-Infinity` for never. */
  get answeredAt(): number {
    return this.#answeredAt;
  }

  get size(): number {
    return this.#all.all;
  }

  /**
   * A first token has come, which ends a row of attempts that had none. The end of a stream does not: it says that the endpoint
   * answered when that stream began, which may be a minute ago.
   */
  answered(at: number): void {
    this.#run.unanswered.clear();
    this.#answeredAt = at;
  }

  /** An attempt has ended. `at`: monotonic milliseconds, never falling. */
  record(key: string, outcome: Outcome, at: number): void {
    this.#forget(at - WINDOW_MS);
    const seen = { key, ok: outcome === 'ok', at };
    this.#outcomes.push(seen);
    this.#count(seen, 1);
    if (outcome === 'ok') this.#run.broken.clear();
    else this.#run[outcome].set(key, (this.#run[outcome].get(key) ?? 0) + 1);
  }

  /** Whether no other key has been seen. */
  isAlone(key: string): boolean {
    return this.#byKey.size === 0 || (this.#byKey.size === 1 && this.#byKey.has(key));
  }

  /** `known`: what all instances have lately seen of the endpoint, for where this one has seen too little itself. */
  verdict(known: Count): Verdict | null {
    const { unanswered, broken } = this.#run;
    if (this.#runIsOutage(known)) {
      return sum(broken.values()) > sum(unanswered.values()) ? 'streams_broke' : 'failures_in_a_row';
    }
    const weighed = this.#weighed();
    return weighed.all >= MIN_OUTCOMES && shareOf(weighed) >= FAILURE_SHARE ? 'failure_share' : null;
  }

  clear(): void {
    this.#outcomes = [];
    this.#all.all = 0;
    this.#all.failed = 0;
    this.#byKey.clear();
    for (const run of Object.values(this.#run)) run.clear();
  }

  #runIsOutage(known: Count): boolean {
    const byKey = new Map(this.#run.unanswered);
    for (const [key, count] of this.#run.broken) byKey.set(key, (byKey.get(key) ?? 0) + count);
    const weight = weighRun(byKey, this.#byKey.size <= 1);
    const own = without(this.#all, this.run);
    return isOutage(weight, own.all < MIN_OUTCOMES ? without(known, this.run) : own);
  }

  /** The outcomes with the least share of failures, and the fewest of these, with one key at half of all others at most. */
  #weighed(): Count {
    let least = this.#all;
    for (const one of this.#byKey.values()) {
      const limited = limiting(this.#all, one);
      const difference = shareOf(limited) - shareOf(least) || limited.all - least.all;
      if (difference < 0) least = limited;
    }
    return least;
  }

  #forget(before: number): void {
    let old = Math.max(0, this.#outcomes.length - MAX_OUTCOMES + 1);
    while (old < this.#outcomes.length && (this.#outcomes[old]?.at ?? 0) < before) old++;
    for (const outcome of this.#outcomes.splice(0, old)) this.#count(outcome, -1);
  }

  #count({ key, ok }: Seen, by: 1 | -1): void {
    const count = this.#byKey.get(key) ?? { all: 0, failed: 0 };
    const failed = ok ? 0 : by;
    count.all += by;
    count.failed += failed;
    this.#all.all += by;
    this.#all.failed += failed;
    if (count.all > 0) this.#byKey.set(key, count);
    else this.#byKey.delete(key);
  }
}

/** Whether a run that weighs so much is an outage, after what was seen `before` it. */
export function isOutage(weight: number, before: Count): boolean {
  if (weight < FAILURES_IN_A_ROW || before.all < MIN_OUTCOMES) return weight >= FAILURES_IN_A_ROW;
  const share = (before.failed + 0.5) / (before.all + 1);
  return share ** weight <= CHANCE;
}

/** What was seen before a run of so many failures. */
export function without({ all, failed }: Count, run: number): Count {
  return { all: Math.max(0, all - run), failed: Math.max(0, failed - run) };
}

/** What a run of failures weighs: its length, but of the key with the most no more than what all others have. */
export function weighRun(failuresByKey: ReadonlyMap<string, number>, isAlone: boolean): number {
  const all = sum(failuresByKey.values());
  if (isAlone) return all;
  const most = Math.max(0, ...failuresByKey.values());
  const others = all - most;
  return others + Math.min(most, others);
}

/** Outcomes where one key weighs at most half as much as all others together; of a key that is alone its own. */
function limiting(all: Count, one: Count): Count {
  const others = { all: all.all - one.all, failed: all.failed - one.failed };
  const most = others.all / 2;
  if (others.all === 0 || one.all <= most) return all;
  return { all: others.all + most, failed: others.failed + one.failed * (most / one.all) };
}

function shareOf({ all, failed }: Count): number {
  return all === 0 ? 0 : failed / all;
}

function sum(numbers: Iterable<number>): number {
  let total = 0;
  for (const number of numbers) total += number;
  return total;
}
