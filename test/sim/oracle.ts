import { expectedMs, ORDINARY_TOKENS } from '../../functions/core/health/figures.ts';
import { costOf } from '../../functions/core/money/price.ts';
import { noUsage } from '../../functions/core/money/usage.ts';
import { COST_GRAIN, LATENCY_GRAIN_MS } from '../../functions/core/routing/ranking.ts';
import { type Profile, profileWeights } from '../../functions/core/routing/weights.ts';
import type { SyntheticEndpoint } from './synthetic-endpoint.ts';

/** A request as far as its score depends on it. */
export interface Asked {
  inputTokens: number;
  /** `max_tokens`. */
  outputTokens: number;
  profile: Profile;
}

/** What an endpoint truly is to a request at one moment. */
export interface Truth {
  cost: number;
  latencyMs: number;
  errorRate: number;
}

/** What became of a request. */
export interface Course {
  /** Endpoints tried, in order; the last one served it, where one did. */
  tried: readonly SyntheticEndpoint[];
  /** From its arrival until the last attempt began. */
  lostMs: number;
  served: boolean;
}

export interface Verdict {
  /** Of the endpoint that is truly best now. */
  best: number;
  bestEndpoint: SyntheticEndpoint;
  /** The score of a course, by the figures of this moment. */
  scoreOf(course: Course): number;
}

/**
 * An oracle knows what each endpoint truly does now, its means and its rate of errors, though not the dice of one request. It
 * goes by the published score, with true values in place of measured ones, over the endpoints that are up:
 *
 *     score = w_cost · cost/cost_min + w_latency · latency/latency_min + w_errors · error rate
 *
 * A course scores what it did: the cost and the expected latency of the endpoint that served it, plus all the time that was lost
 * before, with the error rate of the endpoint that was chosen first: 1 where that one was down. So failing over counts twice for
 * the router, in time and in errors, and not at all in time for the oracle, which is therefore a little better than anybody could
 * be. A request that nobody served has the error rate 1. Null where nothing is up: nobody could choose well or badly then.
 */
export function consult(
  endpoints: readonly SyntheticEndpoint[],
  asked: Asked,
  at: number,
  region: string,
): Verdict | null {
  const truths = new Map(
    endpoints.filter((each) => each.isUp(at)).map((each) => [each, truthOf(each, asked, at, region)] as const),
  );
  if (truths.size === 0) return null;
  const weights = profileWeights[asked.profile];
  const leastCost = Math.min(...[...truths.values()].map(({ cost }) => cost));
  const leastLatency = Math.min(...[...truths.values()].map(({ latencyMs }) => latencyMs));
  const score = ({ cost, latencyMs, errorRate }: Truth) =>
    weights.cost * (cost / leastCost) + weights.latency * (latencyMs / leastLatency) + weights.errors * errorRate;

  let [best, bestEndpoint] = [Number.POSITIVE_INFINITY, endpoints[0] as SyntheticEndpoint];
  for (const [endpoint, truth] of truths) {
    const value = score(truth);
    if (value < best) [best, bestEndpoint] = [value, endpoint];
  }
  return {
    best,
    bestEndpoint,
    scoreOf({ tried, lostMs, served }) {
      const [first, last] = [tried[0], tried.at(-1)];
      if (first === undefined || last === undefined) return score({ cost: leastCost, latencyMs: lostMs, errorRate: 1 });
      const { cost, latencyMs } = truths.get(last) ?? truthOf(last, asked, at, region);
      const errorRate = served ? (truths.get(first)?.errorRate ?? 1) : 1;
      return score({ cost, latencyMs: lostMs + latencyMs, errorRate });
    },
  };
}

function truthOf(synthetic: SyntheticEndpoint, asked: Asked, at: number, region: string): Truth {
  const { endpoint } = synthetic;
  const behaviour = synthetic.behaviour(at, region);
  const output = Math.min(asked.outputTokens, ORDINARY_TOKENS);
  const cost = costOf({ ...noUsage, input: asked.inputTokens, output }, endpoint.price);
  return {
    cost: Math.max(Number(cost), Number(COST_GRAIN)),
    latencyMs: Math.max(expectedMs(behaviour, output), LATENCY_GRAIN_MS),
    errorRate: behaviour.errorRate,
  };
}
