import { scenarios } from './scenarios.ts';
import type { Scenario, SessionSpec } from './simulate.ts';
import type { EndpointSpec } from './synthetic-endpoint.ts';

const MINUTE = 60_000;

/** An agent that writes code: a long prompt with tools, then file after file. A turn every half minute. */
const coding: SessionSpec = { count: 60, turns: 40, first: 12_000, adds: 1_500, answer: 300, affinity: true };
const requestsPerSecond = 2;

/** A session's requests with and without affinity, all else alike. */
export interface Pair {
  name: string;
  about: string;
  /** Whether anything is cached: where nothing is, affinity is to do no harm. */
  caches: boolean;
  scenario: Scenario;
}

/** Reads at a tenth, for five minutes after the last one. */
const caching = (spec: EndpointSpec): EndpointSpec => ({
  ...spec,
  cache: { read: spec.price.input / 10, lifeMs: 5 * MINUTE },
});
/** The same price list, by one that keeps nothing. */
const promising = (spec: EndpointSpec): EndpointSpec => ({
  ...spec,
  cache: { read: spec.price.input / 10, lifeMs: 0 },
});

function pair(name: string, from: string, caches: boolean, about: string): Pair {
  const base = scenarios.find((each) => each.name === from);
  if (base === undefined) throw new Error(`There is no scenario ${from}.`);
  const endpoints = base.endpoints.map(caches ? caching : promising);
  const scenario = { ...base, name, about, endpoints, requestsPerSecond, sessions: coding };
  return { name, about, caches, scenario };
}

export const pairs: readonly Pair[] = [
  pair('coding', 'steady-balanced', true, 'nothing happens; one endpoint is best'),
  pair('coding-twins', 'steady-mixed', true, 'callers of all profiles, and two endpoints that are nearly the same'),
  pair('coding-slow', 'latency-changes', true, 'the best endpoint is three times slower for ten minutes, twice'),
  pair('coding-outage', 'outage', true, '503 from the best endpoint for 1, 5 and 10 minutes'),
  pair('coding-regions', 'regions', true, 'Mumbai is down for 1, 5 and 10 minutes, seen from Mumbai and from Iowa'),
  pair('no-cache', 'steady-balanced', false, 'nothing happens, and nothing is cached whatever the price list says'),
  pair('no-cache-twins', 'steady-mixed', false, 'the same with twins'),
  pair('no-cache-slow', 'latency-changes', false, 'the best endpoint is three times slower for ten minutes, twice'),
  pair('no-cache-outage', 'outage', false, '503 from the best endpoint for 1, 5 and 10 minutes'),
];

/** The scenario with affinity, or without. */
export function scenarioOf({ scenario }: Pair, affinity: boolean): Scenario {
  return { ...scenario, sessions: { ...coding, affinity } };
}

/** Turns of one of the sessions. */
export const SESSION_TURNS = coding.turns;
/** How much worse the regret of sessions may be where nothing is cached. */
export const MOST_MORE_REGRET = 0.01;
