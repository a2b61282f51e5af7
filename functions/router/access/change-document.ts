import { setTimeout as pause } from 'node:timers/promises';
import { MeshError } from '../../core/errors.ts';
import { createTurns } from '../../core/in-turn.ts';
import type { Document, Documents, Fields, Transaction, Write } from '../../core/store/documents.ts';
import { type Patience, transactPatiently } from '../../core/store/transact.ts';

export interface DocumentChange {
  collection: string;
  id: string;
  /** Of `recordChange`: written with the change, it says to a later run that an earlier one was applied. */
  record: Write;
  /** The fields to replace, seen what is there now. Fields that are undefined stay as they are. */
  decide(data: Document['data']): Fields;
  /** Whether it waits for no other change of this instance: what stops somebody is not behind a queue. */
  isUrgent?: boolean;
}

/**
 * Changes of one document by this instance take turns: on Firestore each would hold a lock that the others wait for until one of
 * them is given up on, so that twenty at once took as long as the store may take to answer.
 */
const turns = new WeakMap<Documents, ReturnType<typeof createTurns<string>>>();

function inTurn<T>(documents: Documents, name: string, change: () => Promise<T>): Promise<T> {
  const ofStore = turns.get(documents) ?? createTurns<string>();
  turns.set(documents, ofStore);
  return ofStore(name, change);
}

const patience: Patience = { pause: (milliseconds) => pause(milliseconds), random: Math.random };

/**
 * An administrative change of one document, made once, over whatever others change at the same time: the fields that it does not
 * name are theirs. Returns all fields as they are then. Throws `not_found` where the document is not there.
 */
export async function changeDocument(
  { documents }: { documents: Documents },
  { collection, id, record, decide, isUrgent = false }: DocumentChange,
  waiting: Patience = patience,
): Promise<Document['data']> {
  const change = () =>
    transactPatiently(documents, waiting, async (tx) => {
      const found = await tx.get(collection, id);
      const done = await tx.get(record.collection, record.id);
      if (found === null) throw new MeshError('not_found', { message: 'It is not there any more.' });
      if (done !== null) return found.data;
      const data = withoutUndefined(decide(found.data));
      tx.write({ kind: 'update', collection, id, data, expect: { version: found.version } });
      tx.write(record);
      return { ...found.data, ...data };
    });
  return isUrgent ? change() : inTurn(documents, `${collection}/${id}`, change);
}

/** A new document with the record of who made it, made once whatever becomes of the store's answer. */
export function makeDocument(
  services: { documents: Documents },
  { collection, id, record, data }: Omit<DocumentChange, 'decide' | 'isUrgent'> & { data: Fields },
  waiting?: Patience,
): Promise<void> {
  const make = async (tx: Transaction) => void tx.write({ kind: 'set', collection, id, data, expect: 'absent' });
  return actOnce(services, record, make, waiting);
}

/**
 * An administrative act on any documents, with its record, done once whatever becomes of the store's answer. It reads before it
 * writes. `record` may be made anew by the act, where it says what only the act knows.
 */
export async function actOnce(
  { documents }: { documents: Documents },
  record: Write,
  act: (tx: Transaction) => Promise<Write | undefined>,
  waiting: Patience = patience,
): Promise<void> {
  await transactPatiently(documents, waiting, async (tx) => {
    if ((await tx.get(record.collection, record.id)) !== null) return;
    tx.write((await act(tx)) ?? record);
  });
}

/** What is absent of a change must not be taken for something that it clears. */
function withoutUndefined(fields: Fields): Document['data'] {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Document['data'];
}
