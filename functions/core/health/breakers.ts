import { documentId } from '../store/document-id.ts';
import { type Documents, MAX_QUERY_DOCUMENTS } from '../store/documents.ts';
import {
  BREAKERS,
  type Breaker,
  type BreakerState,
  CLOSED,
  cooling,
  DEFAULT_COOLDOWN_MS,
  failing,
  fromBreaker,
  isProbeDue,
  LEAST_COOLDOWN_MS,
  LONGEST_COOLDOWN_MS,
  opening,
  PROBE_LEASE_MS,
  probeDropped,
  probeFailed,
  probeRenewed,
  probeSucceeded,
  probing,
  RESET,
  resetting,
  type SharedFailure,
  STREAMS_BROKE,
  succeeding,
  type Transition,
  toBreaker,
} from './breaker.ts';
import {
  type Count,
  FAILURES_IN_A_ROW,
  isOutage,
  OutcomeWindow,
  WINDOW_MS,
  weighRun,
  without,
} from './outcome-window.ts';

/** Before a shared transition is written, this much at most is waited, by chance, and looked again. */
export const MAX_SHARE_WAIT_MS = 300;
/** How long a request waits to learn whether it is the probe. */
export const PROBE_WAIT_MS = 500;
/** An instance that was answered this recently keeps a single failure to itself, for so long. */
export const RECENT_ANSWER_MS = 500;
/** An instance that fails on so many providers within so long has a problem of its own, and tells nobody. */
export const OWN_PROBLEM_PROVIDERS = 3;
export const OWN_PROBLEM_MS = 10_000;
/** An opening that could not be shared is tried again after this. */
export const SHARE_RETRY_MS = 5_000;
/** A cooldown that others know of is not made longer for less than this. */
const COOLDOWN_GRAIN_MS = 1_000;

/** Whose outcome it is. */
export interface Subject {
  /** The endpoint's id. */
  id: string;
  provider: string;
}

/** What a breaker lets pass: everything, one probe, or nothing. */
export interface Standing {
  state: BreakerState | 'cooldown';
  admits: 'all' | 'probe' | 'none';
  reason: string | null;
  /** When a probe may pass, or the cooldown ends: Unix milliseconds, store's clock. Null where everything passes. */
  until: number | null;
}

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

/** A change of a breaker that this instance made. */
export interface BreakerChange {
  endpoint: string;
  from: BreakerState;
  to: BreakerState;
  reason: string | null;
  generation: number;
  /** False where only this instance goes by it. */
  shared: boolean;
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
  onChange: (change: BreakerChange) => void;
  /** A breaker has opened or closed, whoever did it: what was seen before says nothing of what comes. */
  onGeneration: (endpointId: string, breaker: Breaker) => void;
  /** Something about the store went wrong; breakers go on by what this instance knows. */
  onTrouble: (error: unknown) => void;
}

interface Entry {
  id: string;
  provider: string;
  /** What all instances agreed on, as last heard. */
  shared: Breaker;
  /** What only this instance goes by, until it is shared; null where it goes by the shared state. */
  local: Breaker | null;
  window: OutcomeWindow;
  /** Failures to tell others of. */
  untold: SharedFailure[];
  telling: boolean;
  sharing: boolean;
  sharedTriedAt: number;
  /** The probe that this instance runs, or is trying to get. */
  probe: string | null;
}

/**
 * The breakers of all endpoints, on one instance. What an instance sees counts in its own window; that a breaker opens or
 * closes is agreed on in its document, by transactions that compare the generation, and heard of through one listener.
 */
export function createBreakers(options: BreakersOptions): Breakers {
  const { documents, now, monotonic, pause, random, mintId, outcomes, onChange, onGeneration, onTrouble } = options;
  const entries = new Map<string, Entry>();
  /** Of each provider: failures since its last success on this instance, and when the last one was. */
  const providers = new Map<string, { run: number; failedAt: number }>();

  const stopListening = documents.listen(
    { collection: BREAKERS, limit: MAX_QUERY_DOCUMENTS },
    (changes) => {
      for (const { kind, document } of changes) {
        const id = String(document.data.endpoint);
        if (kind === 'set') heed(entryOf(id), toBreaker(document));
      }
    },
    onTrouble,
  );

  function entryOf(id: string, provider = id.split('/')[0] ?? id): Entry {
    const known = entries.get(id);
    if (known !== undefined) return known;
    const entry: Entry = {
      id,
      provider,
      shared: CLOSED,
      local: null,
      window: new OutcomeWindow(),
      untold: [],
      telling: false,
      sharing: false,
      sharedTriedAt: Number.NEGATIVE_INFINITY,
      probe: null,
    };
    entries.set(id, entry);
    return entry;
  }

  /** Takes over what the store says. */
  function heed(entry: Entry, breaker: Breaker): void {
    if (breaker.generation < entry.shared.generation) return;
    const newGeneration = breaker.generation > entry.shared.generation;
    entry.shared = newGeneration && breaker.reason === RESET ? breaker : withLongerCooldown(breaker, entry.shared);
    if (!newGeneration) {
      if (isDown(entry, breaker)) void shareOpening(entry, reasonOf(breaker.failures));
      return;
    }
    entry.local = null;
    entry.untold = [];
    entry.window.clear();
    onGeneration(entry.id, breaker);
  }

  /** Whether the failures in a row that instances told each other of are an outage. */
  function isDown({ id }: Entry, { state, failures }: Breaker): boolean {
    if (state !== 'closed' || failures.length < FAILURES_IN_A_ROW) return false;
    const weight = weighRun(
      countByKey(failures),
      failures.every(({ alone }) => alone),
    );
    return isOutage(weight, without(outcomes(id), failures.length));
  }

  /** One step of the shared state. Null where it does not apply: somebody else has made it, or another. */
  async function change(entry: Entry, transition: Transition): Promise<Breaker | null> {
    let before = entry.shared;
    const after = await documents.transaction(async (tx) => {
      const id = documentId(entry.id);
      const document = await tx.get(BREAKERS, id);
      before = document === null ? CLOSED : toBreaker(document);
      const next = transition(before);
      if (next === null) return null;
      tx.write({ kind: 'set', collection: BREAKERS, id, data: fromBreaker(entry.id, next), expect: 'any' });
      return next;
    });
    if (after === null) {
      heed(entry, before);
      return null;
    }
    heed(entry, after);
    tell(entry, before, after, true);
    return after;
  }

  function inBackground(entry: Entry, transition: Transition): void {
    change(entry, transition).catch(onTrouble);
  }

  function tell(entry: Entry, before: Breaker, after: Breaker, shared: boolean): void {
    if (before.state === after.state) return;
    const { generation, reason } = after;
    onChange({ endpoint: entry.id, from: before.state, to: after.state, reason, generation, shared });
  }

  function changeLocally(entry: Entry, transition: Transition): void {
    const before = entry.local ?? entry.shared;
    const after = transition(before);
    if (after === null) return;
    tell(entry, before, after, false);
    // What only this instance had opened is closed by going back to what all agree on.
    entry.local = after.state === 'closed' ? null : after;
    entry.window.clear();
  }

  function openHere(entry: Entry, reason: string): void {
    if (entry.local !== null) return;
    changeLocally(entry, opening(entry.shared.generation, reason, now(), random()));
    void shareOpening(entry, reason);
  }

  async function shareOpening(entry: Entry, reason: string): Promise<void> {
    if (entry.sharing) return;
    entry.sharing = true;
    const { generation } = entry.shared;
    try {
      // Of failures that many instances add up, one may know better: a success of its own takes them back meanwhile.
      const least = entry.local === null ? 0.5 : 0;
      await pause(MAX_SHARE_WAIT_MS * (least + (1 - least) * random()));
      entry.sharedTriedAt = monotonic();
      const needless = entry.shared.generation !== generation || (entry.local === null && !isDown(entry, entry.shared));
      if (needless || hasOwnProblem()) return;
      const opens = opening(generation, reason, now(), random());
      const here = entry.local !== null;
      await change(entry, (breaker) => (here || isDown(entry, breaker) ? opens(breaker) : null));
    } catch (error) {
      onTrouble(error);
    } finally {
      entry.sharing = false;
    }
  }

  function hasOwnProblem(): boolean {
    const since = monotonic() - OWN_PROBLEM_MS;
    let failing = 0;
    for (const { run, failedAt } of providers.values()) if (run >= 2 && failedAt >= since) failing++;
    return failing >= OWN_PROBLEM_PROVIDERS;
  }

  function noteAnswer(entry: Entry, pass: LivePass): void {
    if (!counts(entry, pass)) return;
    entry.window.answered(monotonic());
    endRow(entry, false);
  }

  function noteSuccess(entry: Entry, pass: LivePass): void {
    providers.delete(entry.provider);
    if (!counts(entry, pass)) return;
    entry.window.record(pass.key, 'ok', monotonic());
    endRow(entry, true);
  }

  /** Takes back failures in a row: those that broke off, or those that had no answer. */
  function endRow(entry: Entry, broken: boolean): void {
    const { generation, failures } = entry.shared;
    entry.untold = entry.untold.filter((failure) => failure.broken !== broken);
    if (failures.some((failure) => failure.broken === broken)) tellOthers(entry, succeeding(generation, broken));
  }

  function noteFailure(entry: Entry, pass: LivePass): void {
    const at = monotonic();
    providers.set(entry.provider, { run: (providers.get(entry.provider)?.run ?? 0) + 1, failedAt: at });
    if (!counts(entry, pass)) return;
    const { window } = entry;
    window.record(pass.key, pass.isAnswered ? 'broken' : 'unanswered', at);
    const verdict = window.verdict(outcomes(entry.id));
    if (verdict !== null) {
      openHere(entry, verdict);
      return;
    }
    entry.untold.push({ key: pass.key, alone: window.isAlone(pass.key), broken: pass.isAnswered, at: now() });
    const restMs = window.answeredAt + RECENT_ANSWER_MS - at;
    if (window.run >= 2 || restMs <= 0) tellFailures(entry);
    // An answer that comes meanwhile takes it back.
    else void pause(restMs).then(() => tellFailures(entry));
  }

  function tellFailures(entry: Entry): void {
    if (entry.telling || entry.untold.length === 0 || hasOwnProblem()) return;
    const some = entry.untold;
    entry.untold = [];
    tellOthers(entry, failing(entry.shared.generation, some, now() - WINDOW_MS), () => tellFailures(entry));
  }

  /** One message at a time for each endpoint; what is missed then is told with the next. */
  function tellOthers(entry: Entry, transition: Transition, then: () => void = () => {}): void {
    if (entry.telling) return;
    entry.telling = true;
    change(entry, transition)
      .catch(onTrouble)
      .finally(() => {
        entry.telling = false;
        then();
      });
  }

  /** What began under an older generation says nothing of this one, nor does what was let pass by way of exception. */
  function counts(entry: Entry, { kind, generation }: LivePass): boolean {
    return kind === 'normal' && generation === entry.shared.generation && entry.local === null;
  }

  class LivePass implements Pass {
    readonly kind: Pass['kind'];
    readonly key: string;
    readonly generation: number;
    readonly #entry: Entry;
    readonly #probe: string | null;
    readonly #startedAt = monotonic();
    #open = true;
    #answered = false;

    constructor(entry: Entry, key: string, kind: Pass['kind'], probe: string | null = null) {
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
      noteAnswer(this.#entry, this);
    }

    succeeded(): void {
      this.answered();
      this.#succeedProbe();
      if (this.#end()) noteSuccess(this.#entry, this);
    }

    failed(): void {
      // Whoever was given half an answer did not wait in vain for its beginning.
      const afterMs = this.#answered ? 0 : monotonic() - this.#startedAt;
      if (this.#probe !== null) this.#endProbe(probeFailed(this.#probe, afterMs, now(), random()));
      if (this.#end()) noteFailure(this.#entry, this);
    }

    limited(retryAfterMs: number | null, reason: string): void {
      this.#dropProbe();
      if (!this.#end()) return;
      const wanted = Math.max(retryAfterMs ?? DEFAULT_COOLDOWN_MS, LEAST_COOLDOWN_MS);
      coolDown(this.#entry, now() + Math.min(wanted, LONGEST_COOLDOWN_MS), reason);
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
      if (this.#probe !== null) this.#endProbe(probeSucceeded(this.#probe, now()));
    }

    #dropProbe(): void {
      if (this.#probe !== null) this.#endProbe(probeDropped(this.#probe));
    }

    #endProbe(transition: Transition): void {
      const entry = this.#entry;
      if (entry.probe !== this.#probe) return;
      entry.probe = null;
      if (entry.local === null) inBackground(entry, transition);
      else changeLocally(entry, transition);
    }
  }

  /** At once on this instance; the others are told where it makes a difference to them. */
  function coolDown(entry: Entry, until: number, reason: string): void {
    const known = entry.shared.cooldownUntil;
    if (until <= known) return;
    entry.shared = { ...entry.shared, cooldownUntil: until, cooldownReason: reason };
    if (until - known > COOLDOWN_GRAIN_MS) inBackground(entry, cooling(until, reason));
  }

  function standingOf(entry: Entry): Standing {
    const time = now();
    const { cooldownUntil, cooldownReason } = entry.shared;
    const breaker = entry.local ?? entry.shared;
    if (cooldownUntil > time) {
      return { state: 'cooldown', admits: 'none', reason: cooldownReason, until: cooldownUntil };
    }
    const { state, reason } = breaker;
    if (state === 'closed') return { state, admits: 'all', reason: null, until: null };
    const due = entry.probe === null && isProbeDue(breaker, time);
    const until = state === 'open' ? breaker.probeAt : (breaker.probe?.expiresAt ?? time);
    return { state, admits: due ? 'probe' : 'none', reason, until };
  }

  /** Tries to get the probe; whoever waits is told within `PROBE_WAIT_MS`. */
  async function takeProbe(entry: Entry, key: string): Promise<Pass | null> {
    const id = mintId('prb');
    entry.probe = id;
    if (entry.local !== null) {
      changeLocally(entry, probing(id, now()));
      return new LivePass(entry, key, 'probe', id);
    }
    const taken = change(entry, probing(id, now())).then(
      (breaker) => breaker?.probe?.id === id,
      (error: unknown) => {
        onTrouble(error);
        return false;
      },
    );
    const inTime = await Promise.race([taken, pause(PROBE_WAIT_MS).then(() => null)]);
    if (inTime === true) return new LivePass(entry, key, 'probe', id);
    void taken.then((late) => {
      if (entry.probe === id) entry.probe = null;
      // Nobody waits for it any more.
      if (late) inBackground(entry, probeDropped(id));
    });
    return null;
  }

  return {
    standing(endpointId) {
      const entry = entries.get(endpointId);
      return entry === undefined ? { state: 'closed', admits: 'all', reason: null, until: null } : standingOf(entry);
    },
    enter({ id, provider }, key, forced = false) {
      const entry = entryOf(id, provider);
      entry.provider = provider;
      const { admits } = standingOf(entry);
      if (admits === 'all') return new LivePass(entry, key, 'normal');
      if (admits === 'none') return forced ? new LivePass(entry, key, 'forced') : null;
      return takeProbe(entry, key).then((pass) => pass ?? (forced ? new LivePass(entry, key, 'forced') : null));
    },
    list() {
      return [...entries.values()]
        .filter(({ local, shared }) => local !== null || shared.generation > 0 || shared.cooldownUntil > 0)
        .map((entry) => ({
          endpoint: entry.id,
          breaker: entry.local ?? entry.shared,
          standing: standingOf(entry),
          shared: entry.local === null,
        }));
    },
    async reset(endpointId) {
      const entry = entryOf(endpointId);
      await change(entry, resetting(now()));
    },
    tick() {
      for (const entry of entries.values()) {
        const { probe } = entry.shared;
        if (probe !== null && probe.id === entry.probe && probe.expiresAt - now() < PROBE_LEASE_MS / 2) {
          inBackground(entry, probeRenewed(probe.id, now()));
        }
        if (entry.local !== null && monotonic() - entry.sharedTriedAt > SHARE_RETRY_MS) {
          void shareOpening(entry, entry.local.reason ?? 'failures_in_a_row');
        }
      }
    },
    close: stopListening,
  };
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
