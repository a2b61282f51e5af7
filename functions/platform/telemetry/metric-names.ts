/**
 * What is measured, by the names that dashboards and alerts use; what each is, the tables below say. `gen_ai.*` are
 * OpenTelemetry's semantic conventions for generative AI; durations are seconds, money is US dollars.
 * https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-metrics/
 */
export const metricNames = {
  requests: 'mesh.requests',
  requestErrors: 'mesh.request.errors',
  attemptFailures: 'mesh.attempt.failures',
  timeToFirstToken: 'gen_ai.server.time_to_first_token',
  tokenUsage: 'gen_ai.client.token.usage',
  requestDuration: 'gen_ai.server.request.duration',
  cost: 'mesh.cost',
  addedLatency: 'mesh.added_latency',
  leaseTransactions: 'mesh.lease.transactions',
  breakerTransitions: 'mesh.breaker.transitions',
  breakersOpen: 'mesh.breakers.open',
  holdsExpired: 'mesh.holds.expired',
  chargesLost: 'mesh.charges.lost',
  overage: 'mesh.overage',
  eventsLag: 'mesh.events.lag',
  fxAge: 'mesh.fx.age',
  scheduleSuccess: 'mesh.schedule.success',
  backgroundFailures: 'mesh.background.failures',
  logLinesDropped: 'mesh.log.dropped',
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

export interface Instrument {
  unit: string;
  description: string;
}

export const histograms: Readonly<Record<HistogramName, Instrument & { bounds: number[] }>> = {
  [metricNames.timeToFirstToken]: {
    unit: 's',
    description: 'From the arrival of a request to the first token of its stream.',
    bounds: FIRST_TOKEN,
  },
  [metricNames.tokenUsage]: {
    unit: '{token}',
    description: 'Tokens of a request, by gen_ai.token.type: input, output.',
    bounds: TOKENS,
  },
  [metricNames.requestDuration]: {
    unit: 's',
    description: 'From the arrival of a request to the last byte of its answer.',
    bounds: LONG,
  },
  [metricNames.addedLatency]: {
    unit: 's',
    description: 'Our own part of a request: neither its upstream nor its client was waited for.',
    bounds: SHORT,
  },
  [metricNames.eventsLag]: {
    unit: 's',
    description: 'From a charge to its being counted by the function usage.',
    bounds: LONG,
  },
};

export const counters: Readonly<Record<CounterName, Instrument>> = {
  [metricNames.requests]: {
    unit: '{request}',
    description:
      'Requests but probes, by http.response.status_code and mesh.outcome; of answers also by model and provider.',
  },
  [metricNames.requestErrors]: {
    unit: '{request}',
    description: 'Requests that were refused, or whose answer broke, by error.type.',
  },
  [metricNames.attemptFailures]: {
    unit: '{attempt}',
    description:
      'Endpoints that were asked and failed, whoever answered then, by provider, mesh.endpoint, error.type and status.',
  },
  [metricNames.cost]: {
    unit: '{USD}',
    description: 'What answers cost, at the prices of the endpoints that served them.',
  },
  [metricNames.leaseTransactions]: {
    unit: '{transaction}',
    description: 'Transactions on leases, by mesh.kind: grant, return, renew, close.',
  },
  [metricNames.breakerTransitions]: {
    unit: '{transition}',
    description: 'Changes of breakers that this instance made, by mesh.from, mesh.to, mesh.reason.',
  },
  [metricNames.holdsExpired]: {
    unit: '{hold}',
    description: 'Requests that died with their instance, as the sweep found them; nobody is charged for them.',
  },
  [metricNames.chargesLost]: {
    unit: '{charge}',
    description: 'Answers that nobody pays for, since their lease had ended.',
  },
  [metricNames.overage]: {
    unit: '{USD}',
    description: 'What requests cost beyond their holds, by mesh.payer: the owner, or mesh where it is written off.',
  },
  [metricNames.scheduleSuccess]: {
    unit: '{run}',
    description: 'Scheduled runs that did their work, by mesh.job: fx, sweep.',
  },
  [metricNames.backgroundFailures]: {
    unit: '{failure}',
    description: 'Background work that failed, by mesh.job; the process goes on.',
  },
  [metricNames.logLinesDropped]: {
    unit: '{line}',
    description: 'Log lines that standard output did not take: a full disk, or a pipe that nobody reads.',
  },
};

export const gauges: Readonly<Record<GaugeName, Instrument>> = {
  [metricNames.breakersOpen]: { unit: '{breaker}', description: 'Endpoints whose breakers are not closed.' },
  [metricNames.fxAge]: { unit: 's', description: 'How old the quotation of the exchange rate is that charges go by.' },
};
