import { documentId, shardOf } from '../store/document-id.ts';
import type { Document, Documents, Fields, Transaction, Write } from '../store/documents.ts';
import { transact } from '../store/transact.ts';
import { ENTRIES } from './entries.ts';
import { FAILED_REQUESTS } from './failed-requests.ts';
import type { EntryWrite } from './holds.ts';
import { type Counted, requestIdsOf } from './usage-event.ts';

/**
 * What consumers have still to count: a note for each of them, written in the commit that charges, and deleted in the
 * transaction that counts.
 *
 *     outbox/{request}.usage    all charges of one commit, named for the first of them
 *     leases/{lease}            the charge with which that lease ended: nobody needs it any more but for this
 *
 * A consumer is told of some charges, finds by their entries which notes tell of them, and counts all that those list. So a
 * commit's charges are counted together or not at all, whichever of them a message names, and once.
 */
export const OUTBOX = 'outbox';

/** A charge whose consumers have not counted it after this long is told of again: its message was lost on the way. */
export const UNCOUNTED_MS = 2 * 60_000;

/** Notes that wait for their consumers are found by their age within one of so many parts. */
export const OUTBOX_SHARDS = 16;

/** What consumers of a posted charge count, each by its own note. */
export const consumers = ['usage'] as const;
export type Consumer = (typeof consumers)[number];

/** The charges that share a commit and their notes. Each entry says which notes those are: `told_with`. */
export function chargeWrites(charges: readonly EntryWrite[]): Write[] {
  const [first] = charges;
  if (first === undefined) return [];
  const { entry_id, owner_id } = first.data;
  const shard = shardOf(first.id, OUTBOX_SHARDS);
  const told = tellingOf(charges);
  const notes = consumers.map((consumer): Write => {
    const data = { ...told, owner_id, consumer, shard };
    return { kind: 'set', collection: OUTBOX, id: outboxId(String(entry_id), consumer), data, expect: 'absent' };
  });
  const entries = charges.map((charge) => ({ ...charge, data: { ...charge.data, told_with: entry_id } }));
  return [...entries, ...notes];
}

/**
 * The charge with which a document ended that is its note from now on, and what that document then says: `usage`, the one consumer
 * there is, takes it away.
 */
export function chargeToldBy(
  charge: EntryWrite,
  collection: string,
  name: string,
): { entry: EntryWrite; telling: Fields } {
  const entry = { ...charge, data: { ...charge.data, told_in: collection, told_with: name } };
  return { entry, telling: tellingOf([charge]) };
}

/** What a note says of its charges. */
function tellingOf(charges: readonly EntryWrite[]): Fields {
  const created_at = charges[0]?.data.created_at as Date;
  return {
    request_ids: charges.map(({ data }) => String(data.entry_id)),
    created_at,
    due_at: new Date(created_at.getTime() + UNCOUNTED_MS),
  };
}

/** Whether there is still somebody who counts by a note. */
export function isConsumer({ data }: Document): boolean {
  return consumers.some((consumer) => consumer === data.consumer);
}

/** The requests whose charges a note tells of. Notes of before told of one. */
export function toldBy({ data }: Document): string[] {
  return Array.isArray(data.request_ids) ? data.request_ids.map(String) : [String(data.request_id)];
}

/**
 * Lets a consumer count what is not counted yet of a message that may be anything, in one transaction: the charges that the
 * message names, and those that were posted with them. Charges without a note were counted before and change nothing, however
 * often and in whatever company their message comes again. At worst a message names one charge each of 50 commits of 50:
 * 2,500 updates of two fields, far from the 10 MiB that Firestore takes.
 *
 * `count` reads what it needs before it writes. It may be called several times, each time for a new try, with no charge at
 * all where everything is known.
 */
export async function countOnce(
  documents: Documents,
  consumer: Consumer,
  data: unknown,
  count: (tx: Transaction, charges: readonly Document[]) => Promise<void>,
): Promise<Counted> {
  const ids = requestIdsOf(data);
  if (ids.length === 0) return { counted: 0, known: 0, ignored: 0 };
  return transact(documents, async (tx) => {
    const readEntries = async (requestIds: readonly string[]) => {
      const found = await Promise.all(requestIds.map((id) => readCounted(tx, id)));
      return found.filter((document) => document !== null);
    };
    const named = new Map((await readEntries(ids)).map((entry) => [String(entry.data.entry_id), entry]));
    const notes = await readNotes(tx, [...named.values()], consumer);
    const told = notes.flatMap(({ note }) => toldBy(note));
    const cameAlong = await readEntries(told.filter((id) => !named.has(id)));
    const charges = [...told.flatMap((id) => named.get(id) ?? []), ...cameAlong];
    await count(tx, charges);
    for (const { collection, note } of notes) tx.write({ kind: 'delete', collection, id: note.id, expect: 'present' });
    const known = named.size - (charges.length - cameAlong.length);
    return { counted: charges.length, known, ignored: ids.length - named.size };
  });
}

/** The charge of a request, or that it failed; null where it is neither. */
export async function readCounted(store: Pick<Transaction, 'get'>, requestId: string): Promise<Document | null> {
  const id = documentId(requestId);
  return (await store.get(ENTRIES, id)) ?? (await store.get(FAILED_REQUESTS, id));
}

function outboxId(requestId: string, consumer: Consumer): string {
  return `${documentId(requestId)}.${consumer}`;
}

/** The notes that tell of some charges, each once: those that are there. */
async function readNotes(tx: Transaction, charges: readonly Document[], consumer: Consumer) {
  const places = new Map<string, { collection: string; id: string }>();
  for (const { data } of charges) {
    const name = String(data.told_with ?? data.entry_id);
    const isOwn = data.told_in === undefined;
    const place = {
      collection: isOwn ? OUTBOX : String(data.told_in),
      id: isOwn ? outboxId(name, consumer) : documentId(name),
    };
    places.set(`${place.collection}/${place.id}`, place);
  }
  const found = await Promise.all(
    [...places.values()].map(async ({ collection, id }) => ({ collection, note: await tx.get(collection, id) })),
  );
  return found.flatMap(({ collection, note }) => (note === null ? [] : [{ collection, note }]));
}
