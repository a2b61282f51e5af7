import type { Document, Documents, Filter } from './documents.ts';
import { ENTRIES, HOLDS, OWNERS, toEntry, toNanos, toOwnerBalance } from './ledger.ts';
import type { Nanos } from './money.ts';

/** One owner whose books are wrong: what was found, in nanos of the owner's currency. */
export interface LedgerFault {
  ownerId: string;
  message: string;
}

export interface LedgerReport {
  owners: number;
  faults: LedgerFault[];
}

const PAGE = 500;
/** An owner who is being charged while the books are read is read again, this many times at most. */
const MAX_READS = 5;

/**
 * The invariant, for every owner: topups − charges − overages = available + leased, leased = Σ open holds, and neither is
 * negative. Safe to run while requests are served.
 */
export async function checkLedger(documents: Documents): Promise<LedgerReport> {
  const report: LedgerReport = { owners: 0, faults: [] };
  for await (const owner of everyDocument(documents, OWNERS, 'owner_id')) {
    report.owners++;
    const message = await checkOwner(documents, owner);
    if (message !== null) report.faults.push({ ownerId: String(owner.data.owner_id), message });
  }
  return report;
}

async function checkOwner(documents: Documents, first: Document): Promise<string | null> {
  let owner = first;
  for (let read = 1; read <= MAX_READS; read++) {
    const message = await compare(documents, owner);
    const after = await documents.get(OWNERS, owner.id);
    if (after === null) return 'The owner was deleted while the books were read.';
    if (after.version === owner.version) return message;
    owner = after;
  }
  return null;
}

async function compare(documents: Documents, owner: Document): Promise<string | null> {
  const { ownerId, available, leased } = toOwnerBalance(owner);
  const ofOwner: Filter = { field: 'owner_id', op: '==', value: ownerId };
  let booked: Nanos = 0n;
  for await (const document of everyDocument(documents, ENTRIES, 'entry_id', ofOwner)) {
    const { kind, amount } = toEntry(document);
    booked += kind === 'topup' ? amount : -amount;
  }
  let held: Nanos = 0n;
  for await (const hold of everyDocument(documents, HOLDS, 'request_id', ofOwner)) held += toNanos(hold.data.amount);
  if (available < 0n || leased < 0n) return `available ${available} or leased ${leased} is negative`;
  if (leased !== held) return `leased ${leased}, but open holds add up to ${held}`;
  if (booked !== available + leased)
    return `entries add up to ${booked}, but available + leased is ${available + leased}`;
  return null;
}

/** Every document of a collection, a page at a time, by a field that is unique in it. */
async function* everyDocument(documents: Documents, collection: string, field: string, filter?: Filter) {
  let after = '';
  for (;;) {
    const where: Filter[] = [...(filter ? [filter] : []), { field, op: '>', value: after }];
    const page = await documents.query({ collection, where, orderBy: { field, direction: 'asc' }, limit: PAGE });
    yield* page;
    if (page.length < PAGE) return;
    after = String(page.at(-1)?.data[field]);
  }
}
