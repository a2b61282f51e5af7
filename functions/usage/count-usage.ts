import { countOnce } from '../core/ledger/outbox.ts';
import {
  addAdditions,
  type DayAddition,
  dayAddition,
  fromDayAddition,
  ROLLUP_SHARDS,
  ROLLUPS,
  toDayAddition,
} from '../core/ledger/rollups.ts';
import type { Counted } from '../core/ledger/usage-event.ts';
import type { Document, Documents } from '../core/store/documents.ts';

/**
 * Adds the charges of a message to the rollups they belong to, once, all in one transaction: first added up among themselves,
 * so that each rollup is written once.
 *
 * `random` gives numbers from 0 to below 1. `onCounted` hears of each charge that is counted, once, when it was made.
 */
export async function countUsage(
  documents: Documents,
  data: unknown,
  random: () => number = Math.random,
  onCounted: (createdAt: Date) => void = () => {},
): Promise<Counted> {
  const shard = Math.floor(random() * ROLLUP_SHARDS);
  let added: readonly Document[] = [];
  const counted = await countOnce(documents, 'usage', data, async (tx, charges) => {
    added = charges;
    const additions = addUp(charges, shard);
    const rollups = await Promise.all([...additions.keys()].map((id) => tx.get(ROLLUPS, id)));
    for (const [index, [id, addition]] of [...additions].entries()) {
      const before = rollups[index] ?? null;
      const total = before === null ? addition : addAdditions(toDayAddition(before), addition);
      tx.write({ kind: 'set', collection: ROLLUPS, id, data: fromDayAddition(total), expect: 'any' });
    }
  });
  for (const { data } of added) onCounted(data.created_at as Date);
  return counted;
}

/** What has to be added to each rollup, by its id. */
function addUp(charges: readonly Document[], shard: number): Map<string, DayAddition> {
  const additions = new Map<string, DayAddition>();
  for (const charge of charges) {
    const { id, ...own } = dayAddition(charge, shard);
    const others = additions.get(id);
    additions.set(id, others === undefined ? own : addAdditions(others, own));
  }
  return additions;
}
