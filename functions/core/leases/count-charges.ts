import { type Consumer, hasNote, OUTBOX, readCounted, readNotes, toldBy } from '../ledger/outbox.ts';
import type { Counted, Names } from '../ledger/usage-event.ts';
import { documentId } from '../store/document-id.ts';
import type { Document, Documents, Transaction } from '../store/documents.ts';
import { transact } from '../store/transact.ts';
import { type Gap, planCount, readCounting, writeCounting } from './counting.ts';
import { findCharges } from './find-charges.ts';
import { LEASES } from './lease-store.ts';

/** Where nothing that is missing was found in so many looks, a message is given up: its lease, or its entries, are damaged. */
const MAX_LOOKS = 2;

/** What one transaction counted, and what it found missing. */
interface Round {
  charges: readonly Document[];
  /** Of those that were named. */
  known: number;
  ignored: number;
  gaps: readonly Gap[];
}

/**
 * Lets a consumer count what is not counted yet of the charges that are named and of the leases that are, each once, in one
 * transaction. What its lease's mark has is passed over, however often and in whatever company it comes; a lease that is not there
 * was counted. What is missing before the mark, since its message was lost, is looked for among the owner's entries, and counted in
 * a transaction more. Failed requests, and charges of before, have notes of their own.
 *
 * `count` reads what it needs before it writes. It may be called several times, each time for a new try, with no charge at all
 * where everything is known. `onCounted` hears of each charge that was counted, once.
 */
export async function countCharges(
  documents: Documents,
  consumer: Consumer,
  names: Names,
  count: (tx: Transaction, charges: readonly Document[]) => Promise<void>,
  onCounted: (charges: readonly Document[]) => void = () => {},
): Promise<Counted> {
  if (names.requestIds.length + names.leaseIds.length === 0) return { counted: 0, known: 0, ignored: 0 };
  const first = await countRound(documents, consumer, names, new Map(), count);
  onCounted(first.charges);
  let counted = first.charges.length;
  let { gaps } = first;
  for (let looks = 0; gaps.length > 0; ) {
    if (looks === MAX_LOOKS) throw new Error(`Charges of ${gaps[0]?.lease.leaseId} are missing.`);
    const found = new Map<string, Document[]>();
    for (const gap of gaps) found.set(gap.lease.leaseId, await findCharges(documents, gap, looks > 0));
    const names = { requestIds: [], leaseIds: [...found.keys()] };
    const round = await countRound(documents, consumer, names, found, count);
    onCounted(round.charges);
    looks = hasMoved(gaps, round.gaps) ? 0 : looks + 1;
    counted += round.charges.length;
    gaps = round.gaps;
  }
  return { counted, known: first.known, ignored: first.ignored };
}

/** Whether less is missing of any lease than before. */
function hasMoved(before: readonly Gap[], after: readonly Gap[]): boolean {
  const first = new Map(before.map(({ lease, mark }) => [lease.leaseId, mark.posts]));
  return after.length < before.length || after.some(({ lease, mark }) => mark.posts > (first.get(lease.leaseId) ?? 0));
}

/**
 * One transaction. `found`: charges that were looked for, by their lease. Charges, which never change, are read before it, and with
 * them the leases that they likely are of: a busy one is written all the time, and would make a transaction that reads it
 * run again and again.
 */
async function countRound(
  documents: Documents,
  consumer: Consumer,
  { requestIds, leaseIds, likelyLeaseIds = [] }: Names,
  found: ReadonlyMap<string, readonly Document[]>,
  count: (tx: Transaction, charges: readonly Document[]) => Promise<void>,
): Promise<Round> {
  const [named, seen] = await Promise.all([
    readEach(documents, requestIds),
    readLeases(documents, [...new Set([...leaseIds, ...likelyLeaseIds])]),
  ]);
  const noted = named.filter(hasNote);
  const numbered = Map.groupBy(
    named.filter((charge) => !hasNote(charge)),
    ({ data }) => String(data.lease_id),
  );
  const ids = [...new Set([...numbered.keys(), ...leaseIds])];
  let runs = 0;
  return transact(documents, async (tx) => {
    runs++;
    const read = (id: string) => {
      const charges = [...(numbered.get(id) ?? []), ...(found.get(id) ?? [])];
      return readCounting(tx, id, charges, { lease: seen.get(id) ?? null, isFirstRun: runs === 1 });
    };
    const [notes, leases] = await Promise.all([readNotes(tx, noted, consumer), Promise.all(ids.map(read))]);
    const told = new Set(notes.flatMap(toldBy));
    const isNamed = new Set(requestIds);
    const cameAlong = await readEach(
      tx,
      [...told].filter((id) => !isNamed.has(id)),
    );
    const ofNotes = noted.filter(({ data }) => told.has(String(data.entry_id)));
    const plans = leases.map(planCount);
    const ofLeases = plans.flatMap(({ charges }) => charges);
    const charges = [...ofNotes, ...cameAlong, ...ofLeases];
    await count(tx, charges);
    for (const { id } of notes) tx.write({ kind: 'delete', collection: OUTBOX, id, expect: 'present' });
    for (const plan of plans) writeCounting(tx, plan);
    return {
      charges,
      known: named.length - ofNotes.length - ofLeases.filter(({ data }) => isNamed.has(String(data.entry_id))).length,
      ignored: requestIds.length - named.length,
      gaps: plans.flatMap(({ gap }) => gap ?? []),
    };
  });
}

async function readEach(store: Pick<Documents, 'get'>, requestIds: readonly string[]): Promise<Document[]> {
  const found = await Promise.all(requestIds.map((id) => readCounted(store, id)));
  return found.filter((document) => document !== null);
}

async function readLeases(documents: Documents, leaseIds: readonly string[]): Promise<Map<string, Document | null>> {
  const read = async (id: string) => [id, await documents.get(LEASES, documentId(id))] as const;
  return new Map(await Promise.all(leaseIds.map(read)));
}
