import { LEASES } from '../core/leases/lease-store.ts';
import { countedBy, MARKS, toMark } from '../core/leases/marks.ts';
import { OUTBOX, readCounted, toldBy } from '../core/ledger/outbox.ts';
import { MAX_CHARGES_PER_MESSAGE } from '../core/ledger/usage-event.ts';
import type { Document, Documents, Value, Write } from '../core/store/documents.ts';
import { type Events, USAGE_TOPIC } from '../platform/events/events.ts';

/** A charge whose message keeps failing is told of again after twice as long each time, up to this. */
export const LONGEST_REPUBLISH_MS = 6 * 3_600_000;

interface Ports {
  documents: Documents;
  events: Events;
}

/** Notes of one commit belong together, whichever of its consumers are behind. */
export function inMessages(notes: readonly Document[]): Document[][] {
  const messages: Document[][] = [];
  let room = 0;
  for (const some of Map.groupBy(notes, (note) => toldBy(note)[0]).values()) {
    const size = new Set(some.flatMap(toldBy)).size;
    if (size > room) {
      messages.push([]);
      room = MAX_CHARGES_PER_MESSAGE;
    }
    room -= size;
    messages.at(-1)?.push(...some);
  }
  return messages;
}

/** Publishes again what notes tell of. Returns how many charges and failed requests that was. */
export async function republishNoted(
  { documents, events }: Ports,
  notes: readonly Document[],
  now: number,
): Promise<number> {
  const told = [...new Set(notes.flatMap(toldBy))];
  const entries = await Promise.all(told.map((requestId) => readCounted(documents, requestId)));
  // What has no entry was never charged, so there is nothing to tell. Consumers read the entry: its id is all they need.
  const charged = told.filter((_requestId, index) => entries[index] !== null);
  if (charged.length > 0) {
    const data = { charges: charged.map((request_id) => ({ request_id })) };
    await events.publish(USAGE_TOPIC, { id: charged[0] ?? '', data });
  }
  await putOff(documents, OUTBOX, notes, now);
  return charged.length;
}

/** Publishes leases that have ended and are not counted. Returns how many charges of them are missing, as far as that can be read. */
export async function republishLeases(
  { documents, events }: Ports,
  leases: readonly Document[],
  now: number,
): Promise<number> {
  const ids = leases.map(({ data }) => String(data.lease_id));
  const marks = await Promise.all(leases.map(({ id }) => documents.get(MARKS, id)));
  await events.publish(USAGE_TOPIC, { id: ids[0] ?? '', data: { leases: ids } });
  await putOff(documents, LEASES, leases, now);
  return leases.reduce((sum, { data }, index) => sum + missingOf(data.posts, marks[index] ?? null), 0);
}

function missingOf(posts: Value | undefined, mark: Document | null): number {
  const counted = mark === null ? 0 : countedBy(toMark(mark));
  return typeof posts === 'bigint' ? Number(posts) - counted : 0;
}

/** Puts off the next time, so that what always fails does not come with every sweep. */
async function putOff(documents: Documents, collection: string, told: readonly Document[], now: number): Promise<void> {
  for (const { id, version, data } of told) {
    const since = data.ended_at ?? data.created_at;
    // One that was damaged is as old as can be.
    const age = since instanceof Date ? now - since.getTime() : LONGEST_REPUBLISH_MS;
    const due_at = new Date(now + Math.min(Math.max(age, 0), LONGEST_REPUBLISH_MS));
    const put: Write = { kind: 'update', collection, id, data: { due_at }, expect: { version } };
    // Counted meanwhile: then it is gone, which is what was wanted.
    await documents.commit([put]).catch(() => {});
  }
}
