import { ENTRIES } from '../core/ledger/entries.ts';
import { convertedCharge } from '../core/ledger/rollups.ts';
import { requestIdsOf } from '../core/ledger/usage-event.ts';
import { documentId, shardOf } from '../core/store/document-id.ts';
import type { Document, Documents } from '../core/store/documents.ts';
import type { Log } from '../platform/log.ts';

/** One charge of so many is checked, chosen by its id: each costs a read. */
export const CHECKED_ONE_OF = 64;

export interface Checked {
  checked: number;
  wrong: number;
}

/**
 * Converts a sample of a message's charges again, by the rate, the amount and the exact cost that stand on their entries, and
 * says where an entry has other amounts. Changes nothing: an entry's money never changes, so a message may come any number of
 * times. `oneOf`: 1 checks all of them.
 */
export async function checkConversions(
  documents: Documents,
  data: unknown,
  log: Log,
  oneOf: number = CHECKED_ONE_OF,
): Promise<Checked> {
  const sample = requestIdsOf(data).filter((id) => shardOf(documentId(id), oneOf) === 0n);
  const found = await Promise.all(sample.map((id) => documents.get(ENTRIES, documentId(id))));
  const entries = found.filter((entry) => entry !== null && entry.data.kind === 'charge') as Document[];
  const wrong = entries.filter((entry) => !isRight(entry));
  for (const { data: entry } of wrong) {
    log.error('a charge has other amounts than its rate makes of it', {
      code: 'conversion_differs',
      request_id: String(entry.entry_id),
    });
  }
  return { checked: entries.length, wrong: wrong.length };
}

function isRight(entry: Document): boolean {
  const { usd, inr } = convertedCharge(entry.data);
  return entry.data.usd === usd && entry.data.inr === inr;
}
