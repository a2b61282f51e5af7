import { checkLedger } from '../../core/leases/check-ledger.ts';
import type { Documents } from '../../core/store/documents.ts';

/** Prints what is wrong with anybody's books. True where nothing is. */
export async function reportLedger(documents: Documents, print: (line: string) => void): Promise<boolean> {
  const { owners, faults } = await checkLedger(documents);
  for (const { ownerId, message } of faults) print(`${ownerId}: ${message}`);
  print(`${owners} owners checked, ${faults.length} wrong`);
  return faults.length === 0;
}
