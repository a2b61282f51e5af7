import type { Endpoint } from '../../functions/core/endpoints/endpoint.ts';
import { costOf } from '../../functions/core/money/price.ts';
import type { Usage } from '../../functions/core/money/usage.ts';
import type { Profile } from '../../functions/core/routing/weights.ts';
import type { Key } from '../../functions/router/access/key-cache.ts';
import { consult } from './oracle.ts';
import { watchOutages } from './outages.ts';
import { createRandom, type Random } from './random.ts';
import { createSimulatedRouter, type SimulatedRequest, toCatalogue, type Watcher } from './simulated-router.ts';
import { createSimulatedStore } from './simulated-store.ts';
import { createSyntheticEndpoint, type EndpointSpec, type SyntheticEndpoint } from './synthetic-endpoint.ts';
import { createTimeline } from './timeline.ts';

export interface Scenario {
  name: string;
  /** In a line, for the table's reader. */
  about: string;
  endpoints: readonly EndpointSpec[];
  instances: number;
  /** Where they run, in turn. */
  regions?: readonly string[];
  /** Over all instances; they come at random. */
  requestsPerSecond: number;
  lengthMs: number;
  profiles: readonly Profile[];
  /** Callers' keys; default: `KEYS`. */
  keys?: number;
  /** Where its requests are turns of conversations. */
  sessions?: SessionSpec;
}

export interface SessionSpec {
  /** Conversations that go on at once. */
  count: number;
  turns: number;
  /** Tokens of the first input, and what each turn adds on average. */
  first: number;
  adds: number;
  /** Tokens of each answer, on average. */
  answer: number;
  /** Whether the router is told which conversation it is. */
  affinity: boolean;
}

/** What came of a scenario. Shares are from 0 to 1. */
export interface Result {
  scenario: Scenario;
  requests: number;
  attempts: number;
  /** Of requests after the warm-up, while at least one endpoint was up: how much worse than the oracle's choice, mean. */
  regret: number;
  /** Requests whose client saw a failure, of all. */
  failedRequests: number;
  failedAttempts: number;
  outages: number;
  noticedMs: number[];
  sinceAnyMs: number[];
  backMs: number[];
  /** Most probes of one endpoint at once over all instances. */
  mostProbes: number;
  /** Changes of state that all instances shared. */
  transitions: number;
  /** Times that a breaker opened, beyond once for each outage. */
  needlessOpenings: number;
  /** What the store could not do. */
  troubles: number;
  /** Of all input tokens, those that were read from caches. */
  cached: number;
  /** Of a request that was served, mean. USD. */
  cost: number;
  /** From its arrival to its last token, mean. Milliseconds. */
  tookMs: number;
  /** Turns of a session that another endpoint served than the turn before, of all. */
  moved: number;
}

/** So much of each scenario is for learning the figures. */
export const WARM_UP_MS = 300_000;
const KEYS = 40;
const PICO_PER_USD = 1e12;
const EPOCH = Date.UTC(2026, 0, 1);
/** How wrong instances' idea of the store's clock is, at most. */
const SKEW_MS = 20;
const STREAMING_SHARE = 0.8;
const outputLimits = [128, 512, 2_048] as const;
/** Answers that take a probe or are under way at the end are waited for. */
const LAST_ANSWERS_MS = 1_000;

/** Runs a scenario; the same seed gives the same result. */
export async function simulate(scenario: Scenario, seed: number): Promise<Result> {
  const random = createRandom(`${seed}/${scenario.name}`);
  const timeline = createTimeline();
  const store = createSimulatedStore(timeline, random.fork('store'), () => EPOCH + Math.floor(timeline.now()));
  const endpoints = scenario.endpoints.map((spec) => createSyntheticEndpoint(spec, random.fork(spec.id)));
  const byId = new Map(endpoints.map((synthetic) => [synthetic.endpoint.id, synthetic]));
  const counts = { requests: 0, attempts: 0, failedRequests: 0, failedAttempts: 0, transitions: 0, troubles: 0 };
  const openings = new Map<string, number>();
  const probes = new Map<SyntheticEndpoint, number>();
  let mostProbes = 0;
  const regrets = { sum: 0, count: 0 };
  const spent = { served: 0, input: 0, cached: 0, cost: 0n, ms: 0 };
  const turns = { all: 0, moved: 0, lastAt: new Map<string, string>() };

  const watcher: Watcher = {
    asked(synthetic, kind) {
      counts.attempts++;
      if (kind !== 'probe') return;
      const now = (probes.get(synthetic) ?? 0) + 1;
      probes.set(synthetic, now);
      mostProbes = Math.max(mostProbes, now);
    },
    ended(synthetic, kind) {
      if (kind === 'probe') probes.set(synthetic, (probes.get(synthetic) ?? 0) - 1);
    },
    failed(...failure) {
      counts.failedAttempts++;
      outages.failed(...failure);
    },
    succeeded: (...success) => outages.succeeded(...success),
    changed({ endpoint, from, to, shared }) {
      if (!shared) return;
      counts.transitions++;
      if (from === 'closed' && to === 'open') openings.set(endpoint, (openings.get(endpoint) ?? 0) + 1);
    },
    troubled() {
      counts.troubles++;
    },
  };

  const catalogue = toCatalogue(endpoints);
  const regions = scenario.regions ?? ['local'];
  const routers = Array.from({ length: scenario.instances }, (_, n) => {
    const own = random.fork(`router ${n}`);
    const skew = Math.round(own.between(-SKEW_MS, SKEW_MS));
    return createSimulatedRouter({
      timeline,
      random: own,
      documents: store.connect(),
      region: regions[n % regions.length] ?? 'local',
      endpoints,
      catalogue,
      now: () => EPOCH + skew + Math.floor(timeline.now()),
      watcher,
    });
  });
  const outages = watchOutages(timeline, endpoints, routers, WARM_UP_MS);
  const callers = createCallers(scenario, random.fork('callers'));
  const arrivals = random.fork('arrivals');

  async function serveOne(): Promise<void> {
    const router = routers[Math.floor(arrivals.next() * routers.length)] as (typeof routers)[number];
    const { request, name, end } = callers.next();
    const at = timeline.now();
    const { inputTokens, maxTokens: outputTokens, profile } = request;
    const verdict = consult(endpoints, { inputTokens, outputTokens, profile }, at, router.region);
    counts.requests++;
    const { records, ok, usage } = await router.serve(request, outages.chose);
    end();
    if (!ok) counts.failedRequests++;
    if (usage !== null) spent.ms += timeline.now() - at;
    if (usage !== null) note(usage, records.at(-1)?.endpoint as Endpoint, name);
    if (verdict === null || at < WARM_UP_MS) return;
    const tried = records.map(({ endpoint }) => byId.get(endpoint.id) as SyntheticEndpoint);
    const lostMs = (records.at(-1)?.startedAt ?? at) - at;
    regrets.sum += verdict.scoreOf({ tried, lostMs, served: ok }) / verdict.best - 1;
    regrets.count++;
  }

  function note(usage: Usage, { id, price }: Endpoint, name: string): void {
    spent.served++;
    spent.input += usage.input;
    spent.cached += usage.cacheRead;
    spent.cost += costOf(usage, price);
    const last = turns.lastAt.get(name);
    turns.lastAt.set(name, id);
    if (last === undefined) return;
    turns.all++;
    if (last !== id) turns.moved++;
  }

  function arrive(): void {
    timeline.at(timeline.now() + arrivals.exponential(1_000 / scenario.requestsPerSecond), () => {
      arrive();
      // What fails here is the simulation itself.
      void serveOne();
    });
  }
  arrive();
  await timeline.run(scenario.lengthMs + LAST_ANSWERS_MS);

  const { outages: outageCount, ...measured } = outages.figures();
  const outagesOf = ({ phases }: EndpointSpec) =>
    (phases ?? []).filter(({ change }) => typeof change === 'object' && change.errorRate === 1).length;
  return {
    scenario,
    requests: counts.requests,
    attempts: counts.attempts,
    regret: regrets.sum / regrets.count,
    failedRequests: counts.failedRequests / counts.requests,
    failedAttempts: counts.failedAttempts / counts.attempts,
    outages: outageCount,
    ...measured,
    mostProbes,
    transitions: counts.transitions,
    needlessOpenings: endpoints
      .map(({ spec }) => Math.max(0, (openings.get(spec.id) ?? 0) - outagesOf(spec)))
      .reduce((sum, each) => sum + each, 0),
    troubles: counts.troubles,
    cached: spent.cached / spent.input,
    cost: Number(spent.cost) / PICO_PER_USD / spent.served,
    tookMs: spent.ms / spent.served,
    moved: turns.moved / turns.all,
  };
}

/** A request, and whose turn it is; `end` says that its answer has come. */
interface Asking {
  request: SimulatedRequest;
  /** Of its conversation, told to the router or not. */
  name: string;
  end(): void;
}

/** Callers of whom a few ask a lot and most a little. */
function createCallers({ keys: count = KEYS, profiles, sessions }: Scenario, random: Random): { next(): Asking } {
  const keys = Array.from({ length: count }, (_, n) => ({ key: makeKey(`key_${n}`), weight: 1 / (n + 1) }));
  const weights = keys.reduce((sum, { weight }) => sum + weight, 0);
  const pickKey = (): Key => {
    let left = random.next() * weights;
    for (const { key, weight } of keys) {
      left -= weight;
      if (left < 0) return key;
    }
    return (keys[0] as (typeof keys)[number]).key;
  };
  const pick = <T>(from: readonly T[]) => from[Math.floor(random.next() * from.length)] as T;
  if (sessions !== undefined) return createConversations(sessions, pickKey, () => pick(profiles), random);
  return {
    next() {
      const maxTokens = pick(outputLimits);
      const request = {
        key: pickKey(),
        inputTokens: Math.round(random.logNormal(1_500, 1)),
        maxTokens,
        outputTokens: Math.max(1, Math.round(Math.min(maxTokens, 800) * random.next())),
        streams: random.next() < STREAMING_SHARE,
        profile: pick(profiles),
        session: null,
        affinity: false,
      };
      return { request, name: '', end() {} };
    },
  };
}

/** Conversations that go on side by side, each asking again only when it was answered. One that has ended is followed by a new one. */
function createConversations(
  { count, turns, first, adds, answer, affinity }: SessionSpec,
  pickKey: () => Key,
  pickProfile: () => Profile,
  random: Random,
): { next(): Asking } {
  let begun = 0;
  const begin = () => ({ name: `session-${begun++}`, key: pickKey(), profile: pickProfile(), turn: 0, input: first });
  const waiting = Array.from({ length: count }, begin);
  return {
    next() {
      const [talk = begin()] = waiting.splice(Math.floor(random.next() * waiting.length), 1);
      const request = {
        key: talk.key,
        inputTokens: Math.round(talk.input),
        maxTokens: 2_048,
        outputTokens: Math.max(1, Math.round(random.logNormal(answer, 0.5))),
        streams: true,
        profile: talk.profile,
        session: talk.name,
        affinity,
      };
      talk.turn++;
      talk.input += random.logNormal(adds, 0.5) + request.outputTokens;
      const end = () => {
        waiting.push(talk.turn < turns ? talk : begin());
      };
      return { request, name: talk.name, end };
    },
  };
}

function makeKey(id: string): Key {
  const unlimited = { rpm: null, rpd: null, tpm: null };
  return {
    id,
    hash: id,
    ownerId: 'own_sim',
    currency: 'USD',
    label: null,
    active: true,
    expiresAt: null,
    manages: false,
    allowedModels: null,
    allowedRegions: null,
    routing: {},
    defaults: {},
    endUserCaps: null,
    rates: unlimited,
    ownerRates: unlimited,
    providerKeys: [],
  };
}
