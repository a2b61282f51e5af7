import { afterEach, beforeEach, expect, test } from '@jest/globals';
import fc from '../../../../test/support/fast-check.ts';
import { ENTRIES, type EntryKind } from '../../../core/ledger/entries.ts';
import { documentId } from '../../../core/store/document-id.ts';
import type { Document, Documents, Write } from '../../../core/store/documents.ts';
import { openSqliteDocuments } from '../../../platform/documents/sqlite-documents.ts';
import { type EntryQuery, MAX_SAME_MOMENT, MAX_SCANNED, readEntries } from './read-entries.ts';

const begin = Date.UTC(2026, 10, 23);
let documents: Documents;
beforeEach(async () => {
  documents = await openSqliteDocuments(':memory:');
});
afterEach(() => documents.close());

interface MadeUp {
  id: string;
  at: number;
  owner?: string;
  kind?: EntryKind;
  model?: string;
}

async function enter(entries: readonly MadeUp[]): Promise<void> {
  const writes = entries.map(({ id, at, owner = 'own_a', kind = 'charge', model = 'm' }): Write => {
    const data = { entry_id: id, owner_id: owner, kind, model, created_at: new Date(begin + at) };
    return { kind: 'set', collection: ENTRIES, id: documentId(id), data, expect: 'absent' };
  });
  await documents.commit(writes);
}

const all: EntryQuery = {
  ownerId: 'own_a',
  kind: 'charge',
  start: null,
  end: null,
  after: null,
  limit: 50,
  wanted: () => true,
};
const idsOf = (entries: readonly Document[]) => entries.map(({ data }) => String(data.entry_id));

/** Reads page after page to the end; `between` runs after each. */
async function readAll(query: EntryQuery, between: () => Promise<void> = async () => {}): Promise<string[][]> {
  const pages: string[][] = [];
  for (let after = query.after; ; ) {
    const { entries, next } = await readEntries(documents, { ...query, after });
    pages.push(idsOf(entries));
    if (next === null) return pages;
    after = next;
    await between();
  }
}

test('page by page every line comes once, the newest first, however many are of one millisecond', async () => {
  const moments = fc.array(fc.integer({ min: 0, max: 6 }), { maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(moments, fc.integer({ min: 1, max: 9 }), async (times, limit) => {
      await documents.close();
      documents = await openSqliteDocuments(':memory:');
      await enter(times.map((at, n) => ({ id: `req_${n}`, at })));
      const pages = await readAll({ ...all, limit });
      const ids = pages.flat();
      expect([...ids].sort()).toEqual(times.map((_, n) => `req_${n}`).sort());
      const found = ids.map((id) => times[Number(id.slice('req_'.length))] ?? 0);
      expect(found).toEqual([...found].sort((a, b) => b - a));
      // No page but the last is short, and there is no empty one at the end.
      for (const page of pages.slice(0, -1)) expect(page).toHaveLength(limit);
      if (times.length > 0) expect(pages.at(-1)?.length).toBeGreaterThan(0);
    }),
    { numRuns: 40 },
  );
});

test('a list that was begun does not move when new lines arrive', async () => {
  await enter(Array.from({ length: 20 }, (_, n) => ({ id: `req_${String(n).padStart(2, '0')}`, at: n })));
  let more = 100;
  const pages = await readAll({ ...all, limit: 6 }, async () => enter([{ id: `req_${more}`, at: more++ }]));
  expect(pages.flat()).toEqual(Array.from({ length: 20 }, (_, n) => `req_${String(19 - n).padStart(2, '0')}`));
});

test('other owners, other kinds and other times are not in it', async () => {
  await enter([
    { id: 'before', at: 9 },
    { id: 'first', at: 10 },
    { id: 'last', at: 19 },
    { id: 'after', at: 20 },
    { id: 'others', at: 15, owner: 'own_b' },
    { id: 'topup', at: 15, kind: 'topup' },
  ]);
  const range = { start: new Date(begin + 10), end: new Date(begin + 20) };
  expect(await readAll({ ...all, ...range })).toEqual([['last', 'first']]);
  expect(await readAll({ ...all, ...range, limit: 1 })).toEqual([['last'], ['first']]);
  expect(await readAll({ ...all, ...range, kind: null })).toEqual([['last', 'topup', 'first']]);
});

test('what is rare is looked for in steps that are bounded, and the next page goes on from there', async () => {
  const count = 2 * MAX_SCANNED + 100;
  await enter(Array.from({ length: count }, (_, n) => ({ id: `req_${n}`, at: n, model: n === 7 ? 'rare' : 'm' })));
  const query = { ...all, wanted: ({ data }: Document) => data.model === 'rare' };
  const first = await readEntries(documents, query);
  expect(first.entries).toEqual([]);
  expect(first.next).not.toBeNull();
  expect(first.scanned).toBeGreaterThanOrEqual(MAX_SCANNED);
  expect(first.scanned).toBeLessThan(MAX_SCANNED + 1_000);
  expect((await readAll(query)).flat()).toEqual(['req_7']);
});

test('few lines are asked for where few are wanted', async () => {
  await enter(Array.from({ length: 500 }, (_, n) => ({ id: `req_${n}`, at: n })));
  const limits: (number | undefined)[] = [];
  const counted: Pick<Documents, 'query'> = {
    query: (query) => {
      limits.push(query.limit);
      return documents.query(query);
    },
  };
  await readEntries(counted, { ...all, limit: 5 });
  expect(limits).toEqual([7]);
});

test('as many lines of one millisecond as one query holds are paged through; more are an error and not a gap', async () => {
  await enter(Array.from({ length: MAX_SAME_MOMENT }, (_, n) => ({ id: `req_${n}`, at: 5 })));
  await enter([{ id: 'older', at: 1 }]);
  const ids = (await readAll({ ...all, limit: 300 })).flat();
  expect(new Set(ids).size).toBe(MAX_SAME_MOMENT + 1);
  expect(ids.at(-1)).toBe('older');
  await enter([
    { id: 'one-more', at: 5 },
    { id: 'and-another', at: 5 },
  ]);
  await expect(readAll({ ...all, limit: 300 })).rejects.toThrow('one millisecond');
});
