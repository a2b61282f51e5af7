import { expect, test } from '@jest/globals';
import { ENTRIES } from '../../functions/core/ledger/entries.ts';
import { FAILED_REQUESTS } from '../../functions/core/ledger/failed-requests.ts';
import { documentId } from '../../functions/core/store/document-id.ts';
import type { Document, Documents, Write } from '../../functions/core/store/documents.ts';
import { type EntryQuery, MAX_SCANNED } from '../../functions/router/api/usage/read-entries.ts';
import { readEvents } from '../../functions/router/api/usage/read-events.ts';

/** Writes of one commit. */
const AT_ONCE = 400;
const begin = Date.UTC(2026, 10, 23);
/** One request in so many failed; one in so many is of the key and the session that are asked for. */
const FAILED_EVERY = 10;
const OF_KEY_EVERY = 125;

/** What every store says of requests that are looked for among more than may be looked at. `open`: a store with nothing in it. */
export function refiningContract(open: () => Promise<Documents>): void {
  test('what refines looks at the newest 10,000 requests, charged and failed together, and goes on from there', async () => {
    const documents = await open();
    const count = MAX_SCANNED + 250;
    // The last one that is looked at, and the first one that is not.
    const rare = [count - MAX_SCANNED, count - MAX_SCANNED - 1];
    await write(documents, count, rare);
    const query = { ...whole, wanted: ({ data }: Document) => data.model === 'rare' };
    const first = await readEvents(documents, query);
    expect([idsOf(first.entries), first.scanned]).toEqual([[`req_${rare[0]}`], MAX_SCANNED]);
    expect(first.next?.at).toBe(begin + (rare[0] ?? 0));
    const second = await readEvents(documents, { ...query, after: first.next });
    expect([idsOf(second.entries), second.next, second.scanned]).toEqual([[`req_${rare[1]}`], null, 250]);

    const ofKey = Math.ceil(count / OF_KEY_EVERY);
    for (const narrow of [{ keyId: 'key_some' }, { session: 'some' }]) {
      const ofOne = await readEvents(documents, { ...whole, ...narrow, limit: 200 });
      expect([ofOne.entries.length, ofOne.scanned, ofOne.next]).toEqual([ofKey, ofKey, null]);
    }
    const none = await readEvents(documents, { ...whole, ownerId: 'own_b', keyId: 'key_some', session: 'some' });
    expect(none).toEqual({ entries: [], next: null, scanned: 0 });
    await documents.close();
  }, 120_000);
}

const whole: Omit<EntryQuery, 'kind' | 'collection'> = {
  ownerId: 'own_a',
  start: null,
  end: null,
  after: null,
  limit: 50,
  wanted: () => true,
};
const idsOf = (entries: readonly Document[]) => entries.map(({ data }) => String(data.entry_id));

async function write(documents: Documents, count: number, rare: readonly number[]): Promise<void> {
  const writes = Array.from({ length: count }, (_, n): Write => {
    const isFailed = n % FAILED_EVERY === 0;
    const isOfOne = n % OF_KEY_EVERY === 0;
    const data = {
      entry_id: `req_${n}`,
      owner_id: 'own_a',
      kind: isFailed ? 'failure' : 'charge',
      key_id: isOfOne ? 'key_some' : 'key_other',
      session: isOfOne ? 'some' : undefined,
      model: rare.includes(n) ? 'rare' : 'usual',
      created_at: new Date(begin + n),
    };
    const collection = isFailed ? FAILED_REQUESTS : ENTRIES;
    return { kind: 'set', collection, id: documentId(`req_${n}`), data, expect: 'absent' };
  });
  for (let at = 0; at < writes.length; at += AT_ONCE) await documents.commit(writes.slice(at, at + AT_ONCE));
}
