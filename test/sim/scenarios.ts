import { type Profile, profileWeights } from '../../functions/core/routing/weights.ts';
import type { Scenario } from './simulate.ts';
import type { Behaviour, EndpointSpec, Phase } from './synthetic-endpoint.ts';

const MINUTE = 60_000;
const SECOND = 1_000;

const behaviour = (changes: Partial<Behaviour>): Behaviour => ({
  firstTokenMs: 500,
  tokensPerSecond: 90,
  errorRate: 0.003,
  failsBy: 'error',
  ...changes,
});

/** Cheap and slow, in between, dear and fast: each is best by some profile, `bolt` by the balanced one. */
const acme: EndpointSpec = {
  id: 'acme/model',
  price: { input: 1, output: 4 },
  usual: behaviour({ firstTokenMs: 900, tokensPerSecond: 50 }),
};
const bolt: EndpointSpec = { id: 'bolt/model', price: { input: 2, output: 8 }, usual: behaviour({}) };
const core: EndpointSpec = {
  id: 'core/model',
  price: { input: 4, output: 16 },
  usual: behaviour({ firstTokenMs: 250, tokensPerSecond: 200 }),
};
const boltWith = (...phases: Phase[]) => [acme, { ...bolt, phases }, core];

const down = (from: number, to: number, failsBy: Behaviour['failsBy'] = 'error'): Phase => ({
  from,
  to,
  change: { errorRate: 1, failsBy },
});
/** Down for a minute, for five, and for ten, with time between them. */
const outages = (failsBy: Behaviour['failsBy'] = 'error') => [
  down(15 * MINUTE, 16 * MINUTE, failsBy),
  down(25 * MINUTE, 30 * MINUTE, failsBy),
  down(45 * MINUTE, 55 * MINUTE, failsBy),
];
const flaps = (everyMs: number) =>
  Array.from({ length: Math.floor((10 * MINUTE) / (2 * everyMs)) }, (_, n) =>
    down(15 * MINUTE + 2 * n * everyMs, 15 * MINUTE + (2 * n + 1) * everyMs),
  );

/** Two minutes of nothing, then three in which it is slow and fails, less and less. */
const slowStart = (from: number): Phase[] => [
  down(from, from + 2 * MINUTE),
  {
    from: from + 2 * MINUTE,
    to: from + 5 * MINUTE,
    change: (left, usual) => ({
      firstTokenMs: usual.firstTokenMs * (1 + 6 * left),
      tokensPerSecond: usual.tokensPerSecond / (1 + 3 * left),
      errorRate: 0.3 * left,
    }),
  },
];

const regional = (region: string, firstTokenMs: number, phases: Phase[] = []): EndpointSpec => ({
  id: `vertex/model@${region}`,
  region,
  price: { input: 2, output: 8 },
  usual: behaviour({ firstTokenMs }),
  phases,
});

const basis = {
  instances: 5,
  requestsPerSecond: 10,
  lengthMs: 60 * MINUTE,
  profiles: ['balanced'],
} as const satisfies Partial<Scenario>;

const profiles = Object.keys(profileWeights) as Profile[];

export const scenarios: readonly Scenario[] = [
  ...profiles.map((profile) => ({
    ...basis,
    name: `steady-${profile.replace('_', '-')}`,
    about: 'nothing happens',
    endpoints: [acme, bolt, core],
    profiles: [profile],
  })),
  {
    ...basis,
    name: 'steady-mixed',
    about: 'callers of all profiles, and two endpoints that are nearly the same',
    endpoints: [acme, bolt, core, { ...bolt, id: 'dune/model', usual: behaviour({ firstTokenMs: 520 }) }],
    profiles,
  },
  {
    ...basis,
    name: 'latency-changes',
    about: 'the best endpoint is three times slower for ten minutes, twice',
    endpoints: boltWith(
      ...[15, 40].map((at) => ({
        from: at * MINUTE,
        to: (at + 10) * MINUTE,
        change: { firstTokenMs: 1_500, tokensPerSecond: 30 },
      })),
    ),
  },
  { ...basis, name: 'outage', about: '503 for 1, 5 and 10 minutes', endpoints: boltWith(...outages()) },
  {
    ...basis,
    name: 'outage-silence',
    about: 'no answer at all for 1, 5 and 10 minutes',
    endpoints: boltWith(...outages('silence')),
  },
  {
    ...basis,
    name: 'outage-streams',
    about: 'streams that break after their first token, for 1, 5 and 10 minutes',
    endpoints: boltWith(...outages('break')),
  },
  {
    ...basis,
    name: 'outage-all',
    about: '503 from everybody for 2 minutes',
    endpoints: [acme, bolt, core].map((each) => ({ ...each, phases: [down(15 * MINUTE, 17 * MINUTE)] })),
    lengthMs: 30 * MINUTE,
  },
  {
    ...basis,
    name: 'brown-out',
    about: '20 % of requests fail for 20 minutes',
    endpoints: boltWith({ from: 15 * MINUTE, to: 35 * MINUTE, change: { errorRate: 0.2 } }),
  },
  {
    ...basis,
    name: 'brown-out-all',
    about: '20 % of requests fail everywhere for 20 minutes',
    endpoints: [acme, bolt, core].map((each) => ({
      ...each,
      phases: [{ from: 15 * MINUTE, to: 35 * MINUTE, change: { errorRate: 0.2 } }],
    })),
  },
  {
    ...basis,
    name: 'slow-start',
    about: 'an endpoint that comes back from an outage slow and shaky',
    endpoints: boltWith(...slowStart(15 * MINUTE), ...slowStart(40 * MINUTE)),
  },
  {
    ...basis,
    name: 'flapping-5',
    about: 'down and up every 5 s for 10 minutes',
    endpoints: boltWith(...flaps(5 * SECOND)),
    lengthMs: 40 * MINUTE,
  },
  {
    ...basis,
    name: 'flapping-30',
    about: 'down and up every 30 s for 10 minutes',
    endpoints: boltWith(...flaps(30 * SECOND)),
    lengthMs: 40 * MINUTE,
  },
  {
    ...basis,
    name: 'limited',
    about: '429 with Retry-After: the best endpoint has room for half the requests of a minute',
    endpoints: [acme, { ...bolt, perMinute: 300 }, core],
  },
  {
    ...basis,
    name: 'regions',
    about: 'Mumbai is down for 1, 5 and 10 minutes, seen from Mumbai and from Iowa',
    endpoints: [
      regional('us-central1', 400),
      regional('asia-southeast1', 400),
      regional('asia-south1', 400, outages()),
      { ...acme, price: { input: 3, output: 12 } },
    ],
    regions: ['asia-south1', 'us-central1'],
    instances: 6,
  },
  {
    ...basis,
    name: 'herd',
    about: '50 instances, outages of 1, 5 and 10 minutes',
    endpoints: boltWith(...outages()),
    instances: 50,
    requestsPerSecond: 20,
  },
  {
    ...basis,
    name: 'herd-brown-out',
    about: '50 instances with little traffic each, 20 % of requests fail for 20 minutes',
    endpoints: boltWith({ from: 15 * MINUTE, to: 35 * MINUTE, change: { errorRate: 0.2 } }),
    instances: 50,
    requestsPerSecond: 10,
  },
  {
    ...basis,
    name: 'low-traffic',
    about: 'a request every 2 s over 5 instances, outages of 1, 5 and 10 minutes',
    endpoints: boltWith(...outages()),
    requestsPerSecond: 0.5,
    lengthMs: 120 * MINUTE,
  },
  {
    ...basis,
    name: 'high-traffic',
    about: '100 requests a second over 10 instances, outages of 1, 5 and 10 minutes',
    endpoints: boltWith(...outages()),
    instances: 10,
    requestsPerSecond: 100,
  },
];
