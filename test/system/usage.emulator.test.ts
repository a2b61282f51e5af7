import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ENTRIES } from '../../functions/core/ledger/entries.ts';
import { noSums, ROLLUPS, rollupOf } from '../../functions/core/ledger/rollups.ts';
import { documentId } from '../../functions/core/store/document-id.ts';
import type { Document, Documents, Write } from '../../functions/core/store/documents.ts';
import type { Place } from '../../functions/router/api/usage/cursor.ts';
import { readEntries } from '../../functions/router/api/usage/read-entries.ts';
import { readRollups } from '../../functions/router/api/usage/read-rollups.ts';
import { connectEmulator } from '../support/connect-emulator.ts';
import { describeEmulated } from '../support/describe-emulated.ts';
import { indexedDocuments } from '../support/indexed-documents.ts';
import { refiningContract } from '../support/refining-contract.ts';

/** Writes of one commit. */
const AT_ONCE = 400;
const begin = Date.UTC(2026, 10, 23);

describeEmulated('usage is read from Firestore as from SQLite', () => {
  let documents: Documents;
  beforeAll(() => {
    documents = connectEmulator(`demo-usage-${process.pid}`);
  });
  afterAll(() => documents.close());

  async function write(writes: readonly Write[]): Promise<void> {
    for (let at = 0; at < writes.length; at += AT_ONCE) await documents.commit(writes.slice(at, at + AT_ONCE));
  }

  refiningContract(async () => indexedDocuments(connectEmulator(`demo-refining-${process.pid}`)));

  test('charges come page by page, each once, also those of one millisecond', async () => {
    await write(
      Array.from({ length: 37 }, (_, n): Write => {
        const id = `req_${n}`;
        const data = { entry_id: id, owner_id: 'own_a', kind: 'charge', created_at: new Date(begin + (n >> 3)) };
        return { kind: 'set', collection: ENTRIES, id: documentId(id), data, expect: 'absent' };
      }),
    );
    const start = new Date(begin);
    const range = { ownerId: 'own_a', kind: 'charge' as const, start, end: new Date(begin + 1_000) };
    const found: Document[] = [];
    let after: Place | null = null;
    do {
      const page = await readEntries(documents, { ...range, after, limit: 5, wanted: () => true });
      found.push(...page.entries);
      after = page.next;
    } while (after !== null);
    expect(new Set(found.map(({ id }) => id)).size).toBe(37);
    expect(found).toHaveLength(37);
    const times = found.map(({ data }) => (data.created_at as Date).getTime());
    expect(times).toEqual([...times].sort((a, b) => b - a));
  });

  test('rollups are added up whole, by owner, by key and over all shards', async () => {
    await write(
      Array.from({ length: 1_203 }, (_, n): Write => {
        const own = { owner_id: 'own_a', key_id: `key_${n % 3}`, model: `m${n}`, provider: 'p', currency: 'USD' };
        const data = { ...own, created_at: new Date(begin) };
        const { id, fields } = rollupOf({ id: '', version: '', data }, 'day', n % 4);
        return { kind: 'set', collection: ROLLUPS, id, data: { ...fields, ...noSums, requests: 1n }, expect: 'absent' };
      }),
    );
    const range = { start: new Date(begin), end: new Date(begin + 1) };
    const count = async (ownerId: string | null, keyId: string | null) => {
      let requests = 0n;
      for await (const rollup of readRollups(documents, { ownerId, keyId, grain: 'day', range })) {
        requests += rollup.requests;
      }
      return Number(requests);
    };
    expect(await count('own_a', null)).toBe(1_203);
    expect(await count('own_a', 'key_1')).toBe(401);
    expect(await count(null, null)).toBe(1_203);
    expect(await count('own_b', null)).toBe(0);
  });
});
