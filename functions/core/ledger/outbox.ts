import { documentId, shardOf } from '../store/document-id.ts';
import type { Document, Transaction, Write } from '../store/documents.ts';
import { ENTRIES } from './entries.ts';
import { FAILED_REQUESTS } from './failed-requests.ts';
import type { EntryWrite } from './holds.ts';

/**
 * `outbox/{request}.usage`: that a failed request is still to be counted: written with it, and deleted in the transaction that counts.
 * Charges have marks instead; until 2026-11-28 they had such notes too, one for all charges of a commit, and those that are
 * there are counted by them.
 */
export const OUTBOX = 'outbox';

/** A charge whose consumers have not counted it after this long is told of again: its message was lost on the way. */
export const UNCOUNTED_MS = 2 * 60_000;

/** Notes that wait for their consumers are found by their age within one of so many parts. */
export const OUTBOX_SHARDS = 16;

/** What consumers of a posted charge count, each by its own note. */
export const consumers = ['usage'] as const;
export type Consumer = (typeof consumers)[number];

/** What is counted by a note, with that. */
export function notedWrites(noted: EntryWrite): Write[] {
  const { entry_id, owner_id, created_at } = noted.data;
  const shard = shardOf(noted.id, OUTBOX_SHARDS);
  const due_at = new Date((created_at as Date).getTime() + UNCOUNTED_MS);
  const notes = consumers.map((consumer): Write => {
    const data = { request_ids: [String(entry_id)], created_at, due_at, owner_id, consumer, shard };
    return { kind: 'set', collection: OUTBOX, id: outboxId(String(entry_id), consumer), data, expect: 'absent' };
  });
  return [{ ...noted, data: { ...noted.data, told_with: entry_id } }, ...notes];
}

/** Whether a charge or failed request is counted by a note. A charge of before that ended its lease has that for it, as now. */
export function hasNote({ data }: Document): boolean {
  return data.lease_id === undefined || (data.told_with !== undefined && data.told_in === undefined);
}

/** Whether there is still somebody who counts by a note. */
export function isConsumer({ data }: Document): boolean {
  return consumers.some((consumer) => consumer === data.consumer);
}

/** The requests whose charges a note tells of. Notes of before told of one. */
export function toldBy({ data }: Document): string[] {
  return Array.isArray(data.request_ids) ? data.request_ids.map(String) : [String(data.request_id)];
}

/** The charge of a request, or that it failed; null where it is neither. */
export async function readCounted(store: Pick<Transaction, 'get'>, requestId: string): Promise<Document | null> {
  const id = documentId(requestId);
  return (await store.get(ENTRIES, id)) ?? (await store.get(FAILED_REQUESTS, id));
}

function outboxId(requestId: string, consumer: Consumer): string {
  return `${documentId(requestId)}.${consumer}`;
}

/** The notes that tell of some of what has notes, each once: those that are there. */
export async function readNotes(tx: Transaction, noted: readonly Document[], consumer: Consumer): Promise<Document[]> {
  const names = new Set(noted.map(({ data }) => String(data.told_with ?? data.entry_id)));
  const found = await Promise.all([...names].map((name) => tx.get(OUTBOX, outboxId(name, consumer))));
  return found.filter((note) => note !== null);
}
