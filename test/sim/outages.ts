import { weighRun } from '../../functions/core/health/outcome-window.ts';
import { MAX_SHARE_WAIT_MS } from '../../functions/core/health/shared-breakers.ts';
import type { AttemptRecord } from '../../functions/router/way/try-in-order.ts';
import type { SimulatedRouter } from './simulated-router.ts';
import type { SyntheticEndpoint } from './synthetic-endpoint.ts';
import type { Timeline } from './timeline.ts';

/**
 * The failures in a row that an outage may have before it has to be noticed, as the design counts them. One caller's weigh no
 * more than all others' together, since failures of one alone may be that one's fault. Probes don't count. A first token ends a
 * row, and so does an answer that comes whole, though either may be owed to a request from before the outage: also in the time in
 * which breakers wait to look again before they open, `MAX_SHARE_WAIT_MS`, and then it takes another row.
 */
export const FAILURES_TO_NOTICE = 5;
/** How exactly it is timed when an outage is noticed. */
const LOOK_EVERY_MS = 10;
/** An outage that ends so soon after its fifth failure need not be noticed. */
const NOTICE_WITHIN_MS = 2_000;
/** An endpoint's share of traffic is measured over so long before its outage. */
const BEFORE_MS = 300_000;
/** It is back when it gets most of that share again, in so many requests one after the other. */
const BACK_REQUESTS = 20;
const BACK_SHARE = 0.8;
/** An endpoint that had less of the traffic cannot be seen to have it back. */
const LEAST_SHARE = 0.3;
/** So long after an outage its endpoint should be back. A time that ends before says nothing. */
const BACK_WITHIN_MS = 60_000;

export type PassKind = AttemptRecord['pass']['kind'];
/** Failures before the first token, and after it. */
export type FailureKind = 'unanswered' | 'broken';
type ByKey = Map<string, number>;

/** A time in which an endpoint is down. */
interface Outage {
  synthetic: SyntheticEndpoint;
  from: number;
  to: number;
  /** Until it is as it always is: after an outage it may be slow for a while, when nobody should want it back. */
  wholeAt: number;
  /** Failures in it, by key. */
  failures: ByKey;
  /** Those in a row. */
  row: Record<FailureKind, ByKey>;
  /** When those were enough to notice it, and these; null before that. */
  fifthAt: number | null;
  fifthInRowAt: number | null;
  /** Whether its breaker was open already: the outage before this one was a moment ago. */
  known: boolean;
  /** Whether nobody was up when it began: an instance that everybody fails has to take it for a fault of its own. */
  ofAll: boolean;
}

export interface OutageFigures {
  outages: number;
  /** Of outages that are not of all endpoints: from the fifth failure (`FAILURES_TO_NOTICE`) until the breakers of all instances held the endpoint back; those never noticed are infinite. */
  noticedMs: number[];
  /** The same of all outages, from the fifth failure whatever was answered between them. */
  sinceAnyMs: number[];
  /** From when an endpoint is again as it always is until its traffic was back; infinite where it was not. */
  backMs: number[];
}

/** Measures outages: when all instances notice them, and when an endpoint that returns has its traffic back. */
export interface OutageWatch {
  failed(synthetic: SyntheticEndpoint, key: string, pass: PassKind, kind: FailureKind): void;
  /** There are no failures of this kind in a row any more: a first token or a whole answer has come, or an answer has ended well. */
  succeeded(synthetic: SyntheticEndpoint, pass: PassKind, kind: FailureKind): void;
  /** A request that arrived now goes to this endpoint first, whose breaker lets everything pass or not. */
  chose(first: SyntheticEndpoint, isNormal: boolean): void;
  /** At the end. */
  figures(): OutageFigures;
}

export function watchOutages(
  timeline: Timeline,
  endpoints: readonly SyntheticEndpoint[],
  routers: readonly SimulatedRouter[],
  warmUpMs: number,
): OutageWatch {
  const noticedMs: number[] = [];
  const sinceAnyMs: number[] = [];
  const choices: { at: number; first: SyntheticEndpoint; isNormal: boolean }[] = [];
  const outages: Outage[] = endpoints.flatMap((synthetic) =>
    (synthetic.spec.phases ?? [])
      .filter(({ change }) => typeof change === 'object' && change.errorRate === 1)
      .map(({ from, to }) => ({
        synthetic,
        from,
        to,
        wholeAt: synthetic.spec.phases?.find((next) => next.from === to)?.to ?? to,
        failures: new Map(),
        row: { unanswered: new Map(), broken: new Map() },
        fifthAt: null,
        fifthInRowAt: null,
        known: false,
        barredKey: null,
        ofAll: false,
      })),
  );
  for (const outage of outages) {
    timeline.at(outage.from, () => {
      outage.known = !letsPass(outage.synthetic);
      outage.ofAll = endpoints.every((each) => !each.isUp(timeline.now()));
    });
  }

  function isDuring({ synthetic, from, to }: Outage, other: SyntheticEndpoint): boolean {
    return synthetic === other && timeline.now() >= from && timeline.now() < to;
  }

  function letsPass({ endpoint }: SyntheticEndpoint): boolean {
    return routers.some(({ health }) => health.standing(endpoint).state === 'closed');
  }

  /** Looks until nobody sends requests there any more, or a row of failures was none. */
  function awaitNotice(outage: Outage, which: 'fifthAt' | 'fifthInRowAt', into: number[]): void {
    const since = timeline.now();
    const look = () => {
      const now = timeline.now();
      if (outage[which] !== since) return;
      if (!letsPass(outage.synthetic)) into.push(now - since);
      else if (now <= outage.to) timeline.at(now + LOOK_EVERY_MS, look);
      else if (outage.to - since > NOTICE_WITHIN_MS) into.push(Number.POSITIVE_INFINITY);
    };
    look();
  }

  function backAfter({ synthetic, from, wholeAt: to }: Outage): number | null {
    const before = choices.filter(({ at }) => at >= Math.max(warmUpMs, from - BEFORE_MS) && at < from);
    const share = before.filter(({ first }) => first === synthetic).length / before.length;
    const next = outages.find((other) => other.synthetic === synthetic && other.from >= to)?.from ?? timeline.now();
    if (before.length < BACK_REQUESTS || share < LEAST_SHARE || next < to + BACK_WITHIN_MS) return null;
    const after = choices.filter(({ at }) => at >= to && at < next);
    for (let n = 0; n + BACK_REQUESTS <= after.length; n++) {
      const begins = after[n];
      if (begins?.first !== synthetic || !begins.isNormal) continue;
      const got = after.slice(n, n + BACK_REQUESTS).filter(({ first }) => first === synthetic).length;
      if (got >= BACK_REQUESTS * BACK_SHARE * share) return begins.at - to;
    }
    return Number.POSITIVE_INFINITY;
  }

  return {
    failed(synthetic, key, pass, kind) {
      if (pass !== 'normal') return;
      const now = timeline.now();
      for (const outage of outages) {
        if (!isDuring(outage, synthetic)) continue;
        const { failures, row, known } = outage;
        for (const counts of [failures, row[kind]]) counts.set(key, (counts.get(key) ?? 0) + 1);
        if (known) continue;
        if (outage.fifthAt === null && areEnough(failures)) {
          outage.fifthAt = now;
          awaitNotice(outage, 'fifthAt', sinceAnyMs);
        }
        if (outage.fifthInRowAt === null && !outage.ofAll && areEnough(row.unanswered, row.broken)) {
          outage.fifthInRowAt = now;
          awaitNotice(outage, 'fifthInRowAt', noticedMs);
        }
      }
    },
    succeeded(synthetic, pass, kind) {
      if (pass !== 'normal') return;
      for (const outage of outages) {
        if (!isDuring(outage, synthetic)) continue;
        const { row, fifthInRowAt } = outage;
        row[kind].clear();
        const isLookedAt = fifthInRowAt !== null && timeline.now() <= fifthInRowAt + MAX_SHARE_WAIT_MS;
        if (isLookedAt && !areEnough(row.unanswered, row.broken)) outage.fifthInRowAt = null;
      }
    },
    chose(first, isNormal) {
      choices.push({ at: timeline.now(), first, isNormal });
    },
    figures: () => ({
      outages: outages.length,
      noticedMs,
      sinceAnyMs,
      backMs: outages.map(backAfter).filter((each) => each !== null),
    }),
  };
}

function areEnough(...some: readonly ByKey[]): boolean {
  const all: ByKey = new Map();
  for (const counts of some) for (const [key, count] of counts) all.set(key, (all.get(key) ?? 0) + count);
  return weighRun(all, false) >= FAILURES_TO_NOTICE;
}
