import { createLeases, LEASE_SECONDS } from '../../functions/core/leases/leases.ts';
import { MAX_CHARGES_PER_MESSAGE } from '../../functions/core/ledger/usage-event.ts';
import { createRateLimiter } from '../../functions/core/rate-limits/rate-limits.ts';
import type { RateScope } from '../../functions/core/rate-limits/rate-scope.ts';
import { type Documents, StoreUnavailable } from '../../functions/core/store/documents.ts';
import { TICK_MS } from '../../functions/router/start/own-jobs.ts';
import { GATHER_MS } from '../../functions/router/start/publish-charges.ts';
import { countUsage } from '../../functions/usage/count-usage.ts';
import type { Random } from './random.ts';
import type { Timeline } from './timeline.ts';

/** Who asks: a key with its limits. */
export interface Caller {
  ownerId: string;
  keyId: string;
  /** Id of the key's document. */
  keyHash: string;
  scopes: readonly RateScope[];
}

/** What each request holds and costs, in nanos of a dollar, and how long its answer takes. Milliseconds. */
export interface Price {
  hold: bigint;
  cost: bigint;
  answerMs: number;
}

export interface LedgerPorts {
  timeline: Timeline;
  random: Random;
  /** Unix milliseconds, the store's clock. */
  unixTime: () => number;
  documents: Documents;
  /** Unique among the instances. */
  name: string;
  /** Charges that go to their consumers together. */
  publish: (requestIds: readonly string[]) => void;
}

export interface SimulatedLedger {
  /** One request from its permit to its charge. What became of it, and how long its permit and its hold took in milliseconds. */
  ask(caller: Caller, price: Price): Promise<{ outcome: 'charged' | 'refused' | 'store'; waitedMs: number }>;
  close(): Promise<void>;
}

const fx = { rate: 88_000_000n, asOf: '2026-11-20', source: 'sim' };
const facts = { model: 'acme/large', provider: 'acme', outcome: 'finished', basis: 'exact', input_tokens: 400n };
const PICO_PER_NANO = 1_000n;

/** What one router does to the store for its requests, by its own leases and permits, in simulated time. */
export function startSimulatedLedger(ports: LedgerPorts): SimulatedLedger {
  const { timeline, documents, name, unixTime } = ports;
  let ids = 0;
  let open = true;
  const monotonic = () => timeline.now();
  const rates = createRateLimiter({ documents, now: unixTime, monotonic, instanceId: name });
  const leases = createLeases({
    documents,
    instanceId: name,
    monotonic,
    now: unixTime,
    pause: (milliseconds) => timeline.pause(milliseconds),
    mintId: (prefix) => `${prefix}_${name}_${++ids}`,
    lengthMs: LEASE_SECONDS * 1_000,
    rate: () => fx,
    recall: async () => {},
    mayClose: () => true,
    aside: (_name, _ownerId, work) => void work().catch(ignoreStore),
    onAlerts: () => {},
  });
  // As they were started one after the other.
  timeline.every(TICK_MS, timeline.now() + ports.random.between(0, TICK_MS), () => {
    if (!open) return;
    leases.tick();
    rates.tick();
  });

  let waiting: string[] = [];
  function flush(): void {
    const charges = waiting;
    waiting = [];
    if (charges.length > 0) ports.publish(charges);
  }
  function tell(requestId: string): void {
    if (waiting.push(requestId) === MAX_CHARGES_PER_MESSAGE) flush();
    else if (waiting.length === 1) timeline.at(timeline.now() + GATHER_MS, flush);
  }

  return {
    async ask({ scopes, ...caller }, { hold: amount, cost, answerMs }) {
      const startedAt = timeline.now();
      const requestId = `req_${name}_${++ids}`;
      try {
        const admission = await rates.admit(scopes, 0);
        const hold = await leases.hold({ ...caller, requestId, currency: 'USD', amount, fx });
        await hold.durable;
        const waitedMs = timeline.now() - startedAt;
        await timeline.pause(answerMs);
        admission.settle(0);
        await leases.post(hold, { cost: cost * PICO_PER_NANO, facts });
        tell(requestId);
        return { outcome: 'charged', waitedMs };
      } catch (error) {
        const outcome = error instanceof StoreUnavailable ? 'store' : 'refused';
        return { outcome, waitedMs: timeline.now() - startedAt };
      }
    },
    async close() {
      open = false;
      await leases.close();
    },
  };
}

function ignoreStore(error: unknown): void {
  if (!(error instanceof StoreUnavailable)) throw error;
}

/** How long a message takes to its consumer, least and most, and what failed comes again. Milliseconds. */
const DELIVERY_MS = [10, 60] as const;
const AGAIN_MS = [1_000, 5_000] as const;

/** The function `usage`: counts each message, and again what could not be counted. `onFailure` hears of each that could not. */
export function startSimulatedUsage(
  { timeline, random, documents }: Pick<LedgerPorts, 'timeline' | 'random' | 'documents'>,
  onFailure: () => void = () => {},
): LedgerPorts['publish'] {
  return function deliver(requestIds, [least, most] = DELIVERY_MS as readonly [number, number]): void {
    const charges = requestIds.map((request_id) => ({ request_id }));
    timeline.at(timeline.now() + random.between(least, most), () => {
      countUsage(documents, { charges }, () => random.next()).catch(() => {
        onFailure();
        deliver(requestIds, AGAIN_MS);
      });
    });
  };
}
