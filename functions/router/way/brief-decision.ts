import type { Decision, DecisionCandidate } from './decision.ts';

/** The longest text that is kept of a decision. UTF-8 bytes. */
export const MAX_BRIEF_BYTES = 600;

/** How a request was routed, in few words, as its charge keeps it. */
export interface BriefDecision {
  profile: string;
  sort?: string;
  explored?: string;
  /** Where the session was, and what became of that. */
  session?: [endpoint: string, stay: string, cachedTokens: number];
  /** Endpoints in the order of trying, the first ones of `of`: score, expected dollars and milliseconds. */
  order: [endpoint: string, score: number | null, usd: string | null, ms: number | null][];
  /** The endpoints that were left out, and why, as far as there is room. */
  out: [endpoint: string, reason: string][];
  /** How many there were, in the order and left out. */
  of: [number, number];
}

/** JSON of a `BriefDecision`. What does not fit is left away from the end, what was left out first. */
export function briefDecision({ weight_profile, sort, explored, session, candidates }: Decision): string {
  const order = candidates.filter(({ rank }) => rank !== null).sort((a, b) => Number(a.rank) - Number(b.rank));
  const out = candidates.filter(({ rank }) => rank === null);
  const brief: BriefDecision = {
    profile: weight_profile,
    ...(sort === null ? {} : { sort }),
    ...(explored === null ? {} : { explored }),
    ...(session === null ? {} : { session: [session.endpoint, session.stay, session.cached_tokens] }),
    order: [],
    out: [],
    of: [order.length, out.length],
  };
  let room = MAX_BRIEF_BYTES - Buffer.byteLength(JSON.stringify(brief));
  const add = <T>(to: T[], item: T) => {
    room -= Buffer.byteLength(JSON.stringify(item)) + 1;
    if (room >= 0) to.push(item);
    return room >= 0;
  };
  for (const each of order) if (!add(brief.order, ranked(each))) break;
  for (const { endpoint, excluded } of out) if (room < 0 || !add(brief.out, [endpoint, excluded ?? ''])) break;
  return JSON.stringify(brief);
}

function ranked({ endpoint, score, expected_cost_usd, expected_latency_ms }: DecisionCandidate) {
  return [endpoint, score, expected_cost_usd, expected_latency_ms] satisfies BriefDecision['order'][number];
}
