import {
  DEFAULT_COOLDOWN_MS,
  LEAST_COOLDOWN_MS,
  LONGEST_COOLDOWN_MS,
  probeDropped,
  probeFailed,
  probeSucceeded,
  STREAMS_BROKE,
  type Transition,
} from './breaker.ts';
import type { Entry } from './breaker-entry.ts';
import type { CountedPass, FailureRows } from './failure-rows.ts';
import type { BreakersOptions, SharedBreakers } from './shared-breakers.ts';

/** Leave to use an endpoint once. It ends in exactly one of the last four; further calls do nothing. */
export interface Pass {
  /** `forced`: the breaker was open, but so were all others. */
  readonly kind: 'normal' | 'probe' | 'forced';
  /** The first token has come: a probe has succeeded, except where answers broke off after it; all others go on. */
  answered(): void;
  succeeded(): void;
  /** The endpoint failed: no connection, our own timeout, 5xx, a broken stream, garbage. */
  failed(): void;
  /** It has no time for us, for so many milliseconds where it says so. */
  limited(retryAfterMs: number | null, reason: string): void;
  /** It says nothing of the endpoint: the caller left, or the mistake was the caller's. */
  dropped(): void;
}

/** Whom a pass tells what became of it. */
export interface PassPorts {
  options: BreakersOptions;
  shared: SharedBreakers;
  rows: FailureRows;
}

/** A pass of this instance. */
export class LivePass implements Pass, CountedPass {
  readonly kind: Pass['kind'];
  readonly key: string;
  readonly generation: number;
  readonly #entry: Entry;
  readonly #probe: string | null;
  readonly #startedAt: number;
  readonly #ports: PassPorts;
  #open = true;
  #answered = false;

  constructor(ports: PassPorts, entry: Entry, key: string, kind: Pass['kind'], probe: string | null = null) {
    this.#ports = ports;
    this.#startedAt = ports.options.monotonic();
    this.#entry = entry;
    this.key = key;
    this.kind = kind;
    this.generation = entry.shared.generation;
    this.#probe = probe;
  }

  get isAnswered(): boolean {
    return this.#answered;
  }

  answered(): void {
    if (this.#answered) return;
    this.#answered = true;
    const { reason } = this.#entry.local ?? this.#entry.shared;
    if (reason !== STREAMS_BROKE) this.#succeedProbe();
    this.#ports.rows.noteAnswer(this.#entry, this);
  }

  succeeded(): void {
    this.answered();
    this.#succeedProbe();
    if (this.#end()) this.#ports.rows.noteSuccess(this.#entry, this);
  }

  failed(): void {
    // Whoever was given half an answer did not wait in vain for its beginning.
    const afterMs = this.#answered ? 0 : this.#ports.options.monotonic() - this.#startedAt;
    if (this.#probe !== null)
      this.#endProbe(probeFailed(this.#probe, afterMs, this.#ports.options.now(), this.#ports.options.random()));
    if (this.#end()) this.#ports.rows.noteFailure(this.#entry, this);
  }

  limited(retryAfterMs: number | null, reason: string): void {
    this.#dropProbe();
    if (!this.#end()) return;
    const wanted = Math.max(retryAfterMs ?? DEFAULT_COOLDOWN_MS, LEAST_COOLDOWN_MS);
    this.#ports.shared.coolDown(this.#entry, this.#ports.options.now() + Math.min(wanted, LONGEST_COOLDOWN_MS), reason);
  }

  dropped(): void {
    this.#dropProbe();
    this.#end();
  }

  #end(): boolean {
    const first = this.#open;
    this.#open = false;
    return first;
  }

  #succeedProbe(): void {
    if (this.#probe !== null) this.#endProbe(probeSucceeded(this.#probe, this.#ports.options.now()));
  }

  #dropProbe(): void {
    if (this.#probe !== null) this.#endProbe(probeDropped(this.#probe));
  }

  #endProbe(transition: Transition): void {
    const entry = this.#entry;
    if (entry.probe !== this.#probe) return;
    entry.probe = null;
    if (entry.local === null) this.#ports.shared.inBackground(entry, transition);
    else this.#ports.shared.changeLocally(entry, transition);
  }
}
