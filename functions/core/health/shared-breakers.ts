import { documentId } from '../store/document-id.ts';
import type { Documents } from '../store/documents.ts';
import {
  BREAKERS,
  type Breaker,
  CLOSED,
  cooling,
  fromBreaker,
  opening,
  RESET,
  type SharedFailure,
  STREAMS_BROKE,
  type Transition,
  toBreaker,
} from './breaker.ts';
import { type BreakerChange, type Entry, newEntry } from './breaker-entry.ts';
import {
  type Count,
  FAILURE_SHARE,
  FAILURES_IN_A_ROW,
  isOutage,
  MIN_OUTCOMES,
  weighRun,
  without,
} from './outcome-window.ts';
import type { OwnProblem } from './own-problem.ts';

/** Before a shared transition is written, this much at most is waited, by chance, and looked again. */
export const MAX_SHARE_WAIT_MS = 300;
/** A cooldown that others know of is not made longer for less than this. */
const COOLDOWN_GRAIN_MS = 1_000;

export interface BreakersOptions {
  documents: Documents;
  /** Unix milliseconds, store's clock. */
  now: () => number;
  monotonic: () => number;
  pause: (milliseconds: number) => Promise<unknown>;
  /** From 0 to below 1. */
  random: () => number;
  mintId: (prefix: string) => string;
  /** What all instances have lately seen of an endpoint. */
  outcomes: (endpointId: string) => Count;
  /** The same of all but this one. */
  elsewhere: (endpointId: string) => Count;
  onChange: (change: BreakerChange) => void;
  /** A breaker has opened or closed, whoever did it: what was seen before says nothing of what comes. */
  onGeneration: (endpointId: string, breaker: Breaker) => void;
  /** Something about the store went wrong; breakers go on by what this instance knows. */
  onTrouble: (error: unknown) => void;
}

/** The breakers as all instances agree on them, and what this one goes by until they do. */
export class SharedBreakers {
  readonly entries = new Map<string, Entry>();
  readonly #options: BreakersOptions;
  readonly #ownProblem: OwnProblem;

  constructor(options: BreakersOptions, ownProblem: OwnProblem) {
    this.#options = options;
    this.#ownProblem = ownProblem;
  }

  /** What is known of an endpoint. */
  entryOf(id: string, provider = id.split('/')[0] ?? id): Entry {
    const known = this.entries.get(id);
    if (known !== undefined) return known;
    const entry = newEntry(id, provider);
    this.entries.set(id, entry);
    return entry;
  }

  /** Takes over what the store says. */
  heed(entry: Entry, breaker: Breaker): void {
    if (breaker.generation < entry.shared.generation) return;
    const newGeneration = breaker.generation > entry.shared.generation;
    entry.shared = newGeneration && breaker.reason === RESET ? breaker : withLongerCooldown(breaker, entry.shared);
    if (!newGeneration) {
      if (this.#isDown(entry, breaker)) void this.shareOpening(entry, reasonOf(breaker.failures));
      return;
    }
    entry.local = null;
    entry.untold = [];
    entry.window.clear();
    this.#options.onGeneration(entry.id, breaker);
  }

  /** Whether the failures in a row that instances told each other of are an outage. */
  #isDown({ id }: Entry, { state, failures }: Breaker): boolean {
    if (state !== 'closed' || failures.length < FAILURES_IN_A_ROW) return false;
    const weight = weighRun(
      countByKey(failures),
      failures.every(({ alone }) => alone),
    );
    return isOutage(weight, without(this.#options.outcomes(id), failures.length));
  }

  /** One step of the shared state. Null where it does not apply: somebody else has made it, or another. */
  async change(entry: Entry, transition: Transition): Promise<Breaker | null> {
    let before = entry.shared;
    const after = await this.#options.documents.transaction(async (tx) => {
      const id = documentId(entry.id);
      const document = await tx.get(BREAKERS, id);
      // What was damaged is replaced by what this instance knows.
      before = document === null ? CLOSED : (toBreaker(document) ?? entry.shared);
      const next = transition(before);
      if (next === null) return null;
      tx.write({ kind: 'set', collection: BREAKERS, id, data: fromBreaker(entry.id, next), expect: 'any' });
      return next;
    });
    if (after === null) {
      this.heed(entry, before);
      return null;
    }
    this.heed(entry, after);
    this.#tell(entry, before, after, true);
    return after;
  }

  /** The same, awaited by nobody. */
  inBackground(entry: Entry, transition: Transition): void {
    this.change(entry, transition).catch(this.#options.onTrouble);
  }

  #tell(entry: Entry, before: Breaker, after: Breaker, shared: boolean): void {
    if (before.state === after.state) return;
    const { generation, reason } = after;
    this.#options.onChange({ endpoint: entry.id, from: before.state, to: after.state, reason, generation, shared });
  }

  /** One step that only this instance goes by. */
  changeLocally(entry: Entry, transition: Transition): void {
    const before = entry.local ?? entry.shared;
    const after = transition(before);
    if (after === null) return;
    this.#tell(entry, before, after, false);
    // What only this instance had opened is closed by going back to what all agree on.
    entry.local = after.state === 'closed' ? null : after;
    entry.window.clear();
  }

  /** Whether other instances use an endpoint and are answered: then one key alone on this one says little of it. */
  othersAreAnswered({ id }: Entry): boolean {
    const { all, failed } = this.#options.elsewhere(id);
    return all >= MIN_OUTCOMES && failed < all * FAILURE_SHARE;
  }

  /** Opens a breaker on this instance at once, and for all of them as soon as they agree. `byOneKey`: it was alone here. */
  openHere(entry: Entry, reason: string, byOneKey: boolean): void {
    if (entry.local !== null) return;
    entry.localByOneKey = byOneKey;
    this.changeLocally(entry, opening(entry.shared.generation, reason, this.#options.now(), this.#options.random()));
    void this.shareOpening(entry, reason);
  }

  /** Opens a breaker for all instances, unless one of them knows better: what one key alone had opened here is added up with theirs. */
  async shareOpening(entry: Entry, reason: string): Promise<void> {
    if (entry.sharing) return;
    entry.sharing = true;
    const { generation } = entry.shared;
    try {
      // Of failures that many instances add up, one may know better: a success of its own takes them back meanwhile.
      const least = entry.local === null ? 0.5 : 0;
      await this.#options.pause(MAX_SHARE_WAIT_MS * (least + (1 - least) * this.#options.random()));
      entry.sharedTriedAt = this.#options.monotonic();
      const here = entry.local !== null && !(entry.localByOneKey && this.othersAreAnswered(entry));
      const needless = entry.shared.generation !== generation || (!here && !this.#isDown(entry, entry.shared));
      if (needless || this.#ownProblem.isThere) return;
      const opens = opening(generation, reason, this.#options.now(), this.#options.random());
      await this.change(entry, (breaker) => (here || this.#isDown(entry, breaker) ? opens(breaker) : null));
    } catch (error) {
      this.#options.onTrouble(error);
    } finally {
      entry.sharing = false;
    }
  }

  /** At once on this instance; the others are told where it makes a difference to them. */
  coolDown(entry: Entry, until: number, reason: string): void {
    const known = entry.shared.cooldownUntil;
    if (until <= known) return;
    entry.shared = { ...entry.shared, cooldownUntil: until, cooldownReason: reason };
    if (until - known > COOLDOWN_GRAIN_MS) this.inBackground(entry, cooling(until, reason));
  }
}

function withLongerCooldown(breaker: Breaker, known: Breaker): Breaker {
  const { cooldownUntil, cooldownReason } = known;
  return cooldownUntil > breaker.cooldownUntil ? { ...breaker, cooldownUntil, cooldownReason } : breaker;
}

function reasonOf(failures: readonly SharedFailure[]): string {
  return failures.filter(({ broken }) => broken).length > failures.length / 2 ? STREAMS_BROKE : 'failures_in_a_row';
}

function countByKey(failures: readonly SharedFailure[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { key } of failures) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
}
