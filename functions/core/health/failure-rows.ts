import { failing, succeeding, type Transition } from './breaker.ts';
import type { Entry } from './breaker-entry.ts';
import { WINDOW_MS } from './outcome-window.ts';
import type { OwnProblem } from './own-problem.ts';
import type { BreakersOptions, SharedBreakers } from './shared-breakers.ts';

/** An instance that was answered this recently keeps a single failure to itself, for so long. */
export const RECENT_ANSWER_MS = 500;

/** A pass, as far as its outcome counts. */
export interface CountedPass {
  readonly kind: 'normal' | 'probe' | 'forced';
  readonly key: string;
  /** Of the breaker, when it was let through. */
  readonly generation: number;
  /** Whether its first token has come. */
  readonly isAnswered: boolean;
}

/** Counts what becomes of requests, and tells the other instances of failures in a row and of what ends them. */
export class FailureRows {
  readonly #options: BreakersOptions;
  readonly #shared: SharedBreakers;
  readonly #ownProblem: OwnProblem;

  constructor(options: BreakersOptions, shared: SharedBreakers, ownProblem: OwnProblem) {
    this.#options = options;
    this.#shared = shared;
    this.#ownProblem = ownProblem;
  }

  /** A first token has come. */
  noteAnswer(entry: Entry, pass: CountedPass): void {
    if (!this.#counts(entry, pass)) return;
    entry.window.answered(this.#options.monotonic());
    this.#endRow(entry, false);
  }

  /** An answer came to its end. */
  noteSuccess(entry: Entry, pass: CountedPass): void {
    this.#ownProblem.succeeded(entry.provider);
    if (!this.#counts(entry, pass)) return;
    entry.window.record(pass.key, 'ok', this.#options.monotonic());
    this.#endRow(entry, true);
  }

  /** An endpoint failed: it opens here, or the others are told. */
  noteFailure(entry: Entry, pass: CountedPass): void {
    const at = this.#options.monotonic();
    this.#ownProblem.failed(entry.provider);
    if (!this.#counts(entry, pass)) return;
    const { window } = entry;
    window.record(pass.key, pass.isAnswered ? 'broken' : 'unanswered', at);
    const isAlone = window.isAlone(pass.key);
    const verdict = window.verdict(this.#options.outcomes(entry.id));
    if (verdict !== null) {
      this.#shared.openHere(entry, verdict, isAlone);
      return;
    }
    const alone = isAlone && !this.#shared.othersAreAnswered(entry);
    entry.untold.push({ key: pass.key, alone, broken: pass.isAnswered, at: this.#options.now() });
    const restMs = window.answeredAt + RECENT_ANSWER_MS - at;
    if (window.run >= 2 || restMs <= 0) this.#tellFailures(entry);
    // An answer that comes meanwhile takes it back.
    else void this.#options.pause(restMs).then(() => this.#tellFailures(entry));
  }

  /** Takes back failures in a row: those that broke off, or those that had no answer. */
  #endRow(entry: Entry, broken: boolean): void {
    const { generation, failures } = entry.shared;
    entry.untold = entry.untold.filter((failure) => failure.broken !== broken);
    if (failures.some((failure) => failure.broken === broken)) this.#tellOthers(entry, succeeding(generation, broken));
  }

  #tellFailures(entry: Entry): void {
    if (entry.telling || entry.untold.length === 0 || this.#ownProblem.isThere) return;
    const some = entry.untold;
    entry.untold = [];
    this.#tellOthers(entry, failing(entry.shared.generation, some, this.#options.now() - WINDOW_MS), () =>
      this.#tellFailures(entry),
    );
  }

  /** One message at a time for each endpoint; what is missed then is told with the next. */
  #tellOthers(entry: Entry, transition: Transition, then: () => void = () => {}): void {
    if (entry.telling) return;
    entry.telling = true;
    this.#shared
      .change(entry, transition)
      .catch(this.#options.onTrouble)
      .finally(() => {
        entry.telling = false;
        then();
      });
  }

  /** What began under an older generation says nothing of this one, nor does what was let pass by way of exception. */
  #counts(entry: Entry, { kind, generation }: CountedPass): boolean {
    return kind === 'normal' && generation === entry.shared.generation && entry.local === null;
  }
}
