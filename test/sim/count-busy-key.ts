import { KEYS } from '../../functions/core/keys.ts';
import { LEASES } from '../../functions/core/leases/lease-store.ts';
import { ENTRIES } from '../../functions/core/ledger/entries.ts';
import { OUTBOX } from '../../functions/core/ledger/outbox.ts';
import { OWNERS } from '../../functions/core/ledger/owners.ts';
import { ROLLUPS } from '../../functions/core/ledger/rollups.ts';
import { SPENDING } from '../../functions/core/ledger/spending.ts';
import { WINDOWS } from '../../functions/core/rate-limits/rate-window.ts';
import { countOperations, type Operations, operationNames } from '../support/count-operations.ts';
import { createRandom } from './random.ts';
import { callerOf, seedCallers } from './seed-callers.ts';
import { startSimulatedLedger, startSimulatedUsage } from './simulated-ledger.ts';
import { createSimulatedStore } from './simulated-store.ts';
import { createTimeline } from './timeline.ts';

/** Until a lease has found its size; then so long is counted. Milliseconds. */
const WARM_MS = 10_000;
const COUNT_MS = 30_000;
/** Until the last answers are there and counted. */
const END_MS = 5_000;
const BEGIN_MS = Date.UTC(2026, 10, 23, 12);
const price = { hold: 10_000_000n, cost: 1_000_000n, answerMs: 1_000 };

/** What one request of a busy key does to the store, its consumer included, to two digits: one router, in simulated time. */
export async function countBusyKey(perSecond: number): Promise<Operations> {
  const timeline = createTimeline(2);
  const random = createRandom(1);
  const unixTime = () => BEGIN_MS + timeline.now();
  const store = createSimulatedStore(timeline, random.fork('store'), unixTime);
  const all = new Set([KEYS, OWNERS, SPENDING, LEASES, ENTRIES, OUTBOX, ROLLUPS, WINDOWS]);
  const { documents, take } = countOperations(store.connect(), all);
  const caller = callerOf(0);
  await seedCallers(timeline, documents, [caller], unixTime);
  const ports = { timeline, random, documents };
  const ledger = startSimulatedLedger({ ...ports, unixTime, name: 'ins_a', publish: startSimulatedUsage(ports) });

  const begin = timeline.now();
  const everyMs = 1_000 / perSecond;
  let charged = 0;
  let failed = 0;
  for (let at = 0; at < WARM_MS + COUNT_MS; at += everyMs) {
    timeline.at(begin + at, () => {
      void ledger.ask(caller, price).then(({ outcome }) => (outcome === 'charged' ? charged++ : failed++));
    });
  }
  await timeline.run(begin + WARM_MS);
  take();
  const before = charged;
  await timeline.run(begin + WARM_MS + COUNT_MS);
  const counted = take();
  const requests = charged - before;
  await timeline.run(timeline.now() + END_MS);
  if (failed > 0) throw new Error(`${failed} requests failed.`);
  const each = operationNames.map((name) => [name, Math.round((counted[name] / requests) * 100) / 100]);
  return Object.fromEntries(each) as Operations;
}
