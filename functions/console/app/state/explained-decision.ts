import type { Decision } from './replies.ts';

/** How a request was routed, as an answer says it that was asked to explain itself; as far as the console reads it. */
export interface ExplainedDecision {
  weight_profile: string;
  sort: string | null;
  explored: string | null;
  session: { endpoint: string; stay: string; cached_tokens: number } | null;
  candidates: {
    endpoint: string;
    score: number | null;
    expected_cost_usd: string | null;
    expected_latency_ms: number | null;
    excluded: string | null;
  }[];
}

/** The same in the form that is kept of a request, so that there is one way to show both. */
export function toDecision({ weight_profile, sort, explored, session, candidates }: ExplainedDecision): Decision {
  const order = candidates
    .filter(({ excluded }) => excluded === null)
    .map((each): Decision['order'][number] => [
      each.endpoint,
      each.score,
      each.expected_cost_usd,
      each.expected_latency_ms,
    ]);
  const out = candidates.flatMap(({ endpoint, excluded }): Decision['out'] =>
    excluded === null ? [] : [[endpoint, excluded]],
  );
  return {
    profile: weight_profile,
    ...(sort === null ? {} : { sort }),
    ...(explored === null ? {} : { explored }),
    ...(session === null ? {} : { session: [session.endpoint, session.stay, session.cached_tokens] }),
    order,
    out,
    of: [order.length, out.length],
  };
}
