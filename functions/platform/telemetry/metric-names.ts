/**
 * What is measured, by the names that dashboards and alerts use. `gen_ai.*` are OpenTelemetry's semantic conventions for
 * generative AI; durations are seconds, money is US dollars.
 * https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-metrics/
 */
export const metricNames = {
  /** Counter. Every request, answered or refused, but probes. */
  requests: 'mesh.requests',
  /** Counter, by `error.type`: requests that were refused, or whose answer broke. */
  requestErrors: 'mesh.request.errors',
  /** Histogram. From the request's arrival to the first token of a stream. */
  timeToFirstToken: 'gen_ai.server.time_to_first_token',
  /** Histogram of tokens, by `gen_ai.token.type`. */
  tokenUsage: 'gen_ai.client.token.usage',
  /** Histogram. From arrival to the last byte. */
  requestDuration: 'gen_ai.server.request.duration',
  /** Counter. What answers cost, at the prices of the endpoints that served them. */
  cost: 'mesh.cost',
  /** Histogram. Our own part of a request: neither an upstream's nor its client's. */
  addedLatency: 'mesh.added_latency',
  /** Counter, by `mesh.kind`: grant, return, renew, close. */
  leaseTransactions: 'mesh.lease.transactions',
  /** Counter, by `mesh.from`, `mesh.to`, `mesh.reason`. */
  breakerTransitions: 'mesh.breaker.transitions',
  /** Gauge. Endpoints that this instance does not use. */
  breakersOpen: 'mesh.breakers.open',
  /** Counter. Requests that died with their instance. */
  holdsExpired: 'mesh.holds.expired',
  /** Counter. Answers that nobody paid for, since their lease had ended. */
  chargesLost: 'mesh.charges.lost',
  /** Counter, by `mesh.payer`: what went beyond its hold, paid by the owner or written off by us. */
  overage: 'mesh.overage',
  /** Histogram. From the charge to its being counted. */
  eventsLag: 'mesh.events.lag',
  /** Gauge. How old the exchange rate is that charges go by. */
  fxAge: 'mesh.fx.age',
  /** Counter, by `mesh.job`: fx, sweep. */
  scheduleSuccess: 'mesh.schedule.success',
} as const;

type Named<K extends keyof typeof metricNames> = (typeof metricNames)[K];
export type HistogramName = Named<'timeToFirstToken' | 'tokenUsage' | 'requestDuration' | 'addedLatency' | 'eventsLag'>;
export type GaugeName = Named<'breakersOpen' | 'fxAge'>;
export type CounterName = Exclude<(typeof metricNames)[keyof typeof metricNames], HistogramName | GaugeName>;

/** Seconds: a time of our own, down to a tenth of a millisecond. */
const SHORT = [0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/** Seconds, as the conventions advise, for what may take an hour. */
const LONG = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92, 300, 900, 3_600];
/** Seconds, as the conventions advise for first tokens. */
const FIRST_TOKEN = [0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 30, 60, 120];
/** Tokens, as the conventions advise. */
const TOKENS = [1, 4, 16, 64, 256, 1_024, 4_096, 16_384, 65_536, 262_144, 1_048_576];

/** Upper bounds of each histogram's buckets. */
export const histograms: Readonly<Record<HistogramName, { unit: string; bounds: number[] }>> = {
  [metricNames.timeToFirstToken]: { unit: 's', bounds: FIRST_TOKEN },
  [metricNames.tokenUsage]: { unit: '{token}', bounds: TOKENS },
  [metricNames.requestDuration]: { unit: 's', bounds: LONG },
  [metricNames.addedLatency]: { unit: 's', bounds: SHORT },
  [metricNames.eventsLag]: { unit: 's', bounds: LONG },
};

/** The unit of each counter: a count of things, or dollars. */
export const counters: Readonly<Record<CounterName, string>> = {
  [metricNames.requests]: '{request}',
  [metricNames.requestErrors]: '{request}',
  [metricNames.cost]: '{USD}',
  [metricNames.leaseTransactions]: '{transaction}',
  [metricNames.breakerTransitions]: '{transition}',
  [metricNames.holdsExpired]: '{hold}',
  [metricNames.chargesLost]: '{charge}',
  [metricNames.overage]: '{USD}',
  [metricNames.scheduleSuccess]: '{run}',
};

export const gauges: Readonly<Record<GaugeName, string>> = {
  [metricNames.breakersOpen]: '{breaker}',
  [metricNames.fxAge]: 's',
};
