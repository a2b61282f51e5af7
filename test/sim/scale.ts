import { type MeterReading, meterDocuments } from './document-meter.ts';
import { createRandom } from './random.ts';
import { callerOf, seedCallers } from './seed-callers.ts';
import { type Price, startSimulatedLedger, startSimulatedUsage } from './simulated-ledger.ts';
import { createSimulatedStore } from './simulated-store.ts';
import { createTimeline } from './timeline.ts';

/** Owners that are alike, each with one key, whose requests come at random to any of the instances. */
export interface OwnerClass {
  /** Requests a second of each of them. */
  perSecond: number;
  /** How many of them are simulated. */
  owners: number;
  instances: number;
  /** Whether their keys have a limit of requests a minute: permits are counted then. */
  isLimited: boolean;
}

export interface ScaleTimes {
  /** Until leases have found their size, and idle ones go back. Milliseconds. */
  warmMs: number;
  measureMs: number;
}

export interface ClassResult {
  /** Requests that were charged in the time that counts. */
  requests: number;
  /** Those that the store gave up on, for a permit, a hold or a charge. */
  givenUp: number;
  reading: MeterReading;
  /** By collection: writes a second of each of its documents that was written, on average. */
  perSecondOf: Map<string, number>;
  /** Until a request has its permit and its hold. Milliseconds. */
  waitedMs: { p50: number; p99: number };
}

const BEGIN_MS = Date.UTC(2026, 10, 23, 12);
/** What a request may cost, and what it costs: a fifth of that. */
const price: Price = { hold: 5_000_000n, cost: 1_000_000n, answerMs: 2_000 };

/**
 * What one class of owners does to the store, by the router's own leases, permits and counting, in simulated time on a store that is as
 * far away as one in the same region. Owners share no document, so that many of one class are as many times what few of them are.
 */
export async function simulateClass(
  { perSecond, owners, instances, isLimited }: OwnerClass,
  { warmMs, measureMs }: ScaleTimes,
  seed: number,
): Promise<ClassResult> {
  const timeline = createTimeline(2);
  const random = createRandom(seed);
  const unixTime = () => BEGIN_MS + timeline.now();
  const store = createSimulatedStore(timeline, random.fork('store'), unixTime);
  const { documents, take } = meterDocuments(store.connect(), timeline.now);
  const callers = Array.from({ length: owners }, (_, n) => (isLimited ? callerOf(n) : callerOf(n, null)));
  await seedCallers(timeline, documents, callers, unixTime);
  const publish = startSimulatedUsage({ timeline, random: random.fork('usage'), documents });
  const ports = { timeline, documents, unixTime, publish };
  const ledgers = Array.from({ length: instances }, (_, n) =>
    startSimulatedLedger({ ...ports, name: `ins_${n}`, random: random.fork(`ins_${n}`) }),
  );

  let requests = 0;
  let givenUp = 0;
  const waits: number[] = [];
  const arrivals = random.fork('arrivals');
  const meanMs = 1_000 / (perSecond * owners);
  const next = () => {
    timeline.at(timeline.now() + arrivals.exponential(meanMs), next);
    const ledger = ledgers[Math.floor(arrivals.next() * instances)];
    const caller = callers[Math.floor(arrivals.next() * owners)];
    if (ledger === undefined || caller === undefined) return;
    void ledger.ask(caller, price).then(({ outcome, waitedMs }) => {
      if (outcome === 'charged') requests++;
      else givenUp++;
      waits.push(waitedMs);
    });
  };
  next();
  await timeline.run(timeline.now() + warmMs);
  take();
  requests = givenUp = waits.length = 0;
  await timeline.run(timeline.now() + measureMs);
  const reading = take();
  waits.sort((a, b) => a - b);
  const at = (share: number) => waits[Math.floor(share * waits.length)] ?? Number.NaN;
  const seconds = measureMs / 1_000;
  const perSecondOf = new Map([...reading.heat].map(([name, { mean }]) => [name, mean / seconds]));
  return { requests, givenUp, reading, perSecondOf, waitedMs: { p50: at(0.5), p99: at(0.99) } };
}
