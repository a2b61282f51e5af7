import { countCharges } from '../core/leases/count-charges.ts';
import {
  addAdditions,
  addUpDays,
  fromDayAddition,
  ROLLUP_SHARDS,
  ROLLUPS,
  toDayAddition,
} from '../core/ledger/rollups.ts';
import { type Counted, type Names, namesIn } from '../core/ledger/usage-event.ts';
import type { Document, Documents, Transaction } from '../core/store/documents.ts';

/**
 * Adds the charges of a message that may be anything to the rollups they belong to, once, all in one transaction: first added up
 * among themselves, so that each rollup is written once.
 *
 * `random` gives numbers from 0 to below 1. `onCounted` hears of each charge that is counted, once, when it was made.
 */
export function countUsage(
  documents: Documents,
  data: unknown,
  random: () => number = Math.random,
  onCounted: (createdAt: Date) => void = () => {},
): Promise<Counted> {
  return countNamed(documents, namesIn(data), random, onCounted);
}

/** The same for what one or more messages name. */
export function countNamed(
  documents: Documents,
  names: Names,
  random: () => number,
  onCounted: (createdAt: Date) => void,
): Promise<Counted> {
  const shard = Math.floor(random() * ROLLUP_SHARDS);
  const count = async (tx: Transaction, charges: readonly Document[]) => {
    const additions = addUpDays(charges, shard);
    const rollups = await Promise.all([...additions.keys()].map((id) => tx.get(ROLLUPS, id)));
    for (const [index, [id, addition]] of [...additions].entries()) {
      const before = rollups[index] ?? null;
      const total = before === null ? addition : addAdditions(toDayAddition(before), addition);
      tx.write({ kind: 'set', collection: ROLLUPS, id, data: fromDayAddition(total), expect: 'any' });
    }
  };
  return countCharges(documents, 'usage', names, count, (charges) => {
    for (const { data } of charges) onCounted(data.created_at as Date);
  });
}
