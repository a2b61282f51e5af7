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

/** What a window says of an endpoint that should not be used now. */
export type Verdict = 'failures_in_a_row' | 'failure_share';

interface Outcome {
  key: string;
  ok: boolean;
  at: number;
}

interface Count {
  all: number;
  failed: number;
}

/**
 * The newest outcomes of one endpoint as one instance saw them. One key weighs at most half as much as all others together,
 * unless it is alone: requests of one caller that always fail say something of that caller first.
 */
export class OutcomeWindow {
  #outcomes: Outcome[] = [];
  readonly #all: Count = { all: 0, failed: 0 };
  readonly #byKey = new Map<string, Count>();
  /** The failures since the last success, by key. */
  readonly #run = new Map<string, number>();
  #lastOkAt = Number.NEGATIVE_INFINITY;

  /** Failures since the last success. */
  get run(): number {
    return sum(this.#run.values());
  }

  /** When the last success was; `-Infinity` for never. */
  get lastOkAt(): number {
    return this.#lastOkAt;
  }

  get size(): number {
    return this.#all.all;
  }

  /** `at`: monotonic milliseconds, never falling. */
  record(key: string, ok: boolean, at: number): void {
    this.#forget(at - WINDOW_MS);
    this.#outcomes.push({ key, ok, at });
    this.#count({ key, ok, at }, 1);
    if (ok) {
      this.#run.clear();
      this.#lastOkAt = at;
    } else {
      this.#run.set(key, (this.#run.get(key) ?? 0) + 1);
    }
  }

  /** Whether no other key has been seen. */
  isAlone(key: string): boolean {
    return this.#byKey.size === 0 || (this.#byKey.size === 1 && this.#byKey.has(key));
  }

  verdict(): Verdict | null {
    if (this.#runIsOutage()) return 'failures_in_a_row';
    if (this.#all.all >= MIN_OUTCOMES && this.#failureShare() >= FAILURE_SHARE) return 'failure_share';
    return null;
  }

  clear(): void {
    this.#outcomes = [];
    this.#all.all = 0;
    this.#all.failed = 0;
    this.#byKey.clear();
    this.#run.clear();
  }

  #runIsOutage(): boolean {
    const weight = weighRun(this.#run, this.#byKey.size <= 1);
    if (weight < FAILURES_IN_A_ROW) return false;
    const before = this.#all.all - this.run;
    if (before < MIN_OUTCOMES) return true;
    const share = (this.#all.failed - this.run + 0.5) / (before + 1);
    return share ** weight <= CHANCE;
  }

  #failureShare(): number {
    const { all, failed } = this.#all;
    const heaviest = heaviestOf(this.#byKey);
    const others = { all: all - heaviest.all, failed: failed - heaviest.failed };
    const most = others.all / 2;
    if (others.all === 0 || heaviest.all <= most) return failed / all;
    const scale = most / heaviest.all;
    return (others.failed + heaviest.failed * scale) / (others.all + most);
  }

  #forget(before: number): void {
    let old = Math.max(0, this.#outcomes.length - MAX_OUTCOMES + 1);
    while (old < this.#outcomes.length && (this.#outcomes[old]?.at ?? 0) < before) old++;
    for (const outcome of this.#outcomes.splice(0, old)) this.#count(outcome, -1);
  }

  #count({ key, ok }: Outcome, by: 1 | -1): void {
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

/** What a run of failures weighs: its length, but of the key with the most no more than half of what the others have. */
export function weighRun(failuresByKey: ReadonlyMap<string, number>, isAlone: boolean): number {
  const all = sum(failuresByKey.values());
  if (isAlone) return all;
  const most = Math.max(0, ...failuresByKey.values());
  const others = all - most;
  return others + Math.min(most, others / 2);
}

function heaviestOf(byKey: ReadonlyMap<string, Count>): Count {
  let heaviest: Count = { all: 0, failed: 0 };
  for (const count of byKey.values()) if (count.all > heaviest.all) heaviest = count;
  return heaviest;
}

function sum(numbers: Iterable<number>): number {
  let total = 0;
  for (const number of numbers) total += number;
  return total;
}
