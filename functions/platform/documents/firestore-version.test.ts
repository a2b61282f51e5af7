import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type Documents, StoreUnavailable } from '../../core/store/documents.ts';
import { NewerStore, STORE_VERSION } from '../../core/store/store-version.ts';
import { guardVersion, STORE } from './firestore-version.ts';
import { openSqliteDocuments } from './sqlite-documents.ts';

let inner: Documents;
let reads: string[];
beforeEach(async () => {
  const documents = await openSqliteDocuments(':memory:');
  reads = [];
  inner = {
    ...documents,
    place: 'firestore (default)',
    get(collection, id) {
      reads.push(collection);
      return documents.get(collection, id);
    },
    query: (query) => documents.query(query),
    transaction: (body) => documents.transaction(body),
    commit: (writes) => documents.commit(writes),
    now: () => documents.now(),
    close: () => documents.close(),
  };
});
afterEach(() => inner.close());

const mark = (schema: number) =>
  inner.commit([{ kind: 'set', collection: STORE, id: 'version', data: { schema: BigInt(schema) }, expect: 'any' }]);
const marked = async () => (await inner.get(STORE, 'version'))?.data.schema;
const thing = { kind: 'set', collection: 'things', id: 'a', data: { n: 1n }, expect: 'any' } as const;

test('a database of a newer version is refused in words, however it is used and however often, and is not touched', async () => {
  await mark(STORE_VERSION + 1);
  const documents = guardVersion(inner);
  const words = `firestore (default) is a database of a newer version of Mesh Router (schema ${STORE_VERSION + 1}; this one knows schema ${STORE_VERSION}).`;
  for (const act of [
    () => documents.get('things', 'a'),
    () => documents.query({ collection: 'things' }),
    () => documents.commit([thing]),
    () => documents.transaction(async (tx) => tx.write(thing)),
  ]) {
    const refused = await act().then(
      () => null,
      (error) => error,
    );
    expect(refused).toBeInstanceOf(NewerStore);
    expect(refused.message).toContain(words);
  }
  expect(await inner.query({ collection: 'things' })).toEqual([]);
  expect(await marked()).toBe(BigInt(STORE_VERSION + 1));
});

test.each([
  ['a new one', null],
  ['one of before there were versions that holds something', 0],
  ['one of an older version', STORE_VERSION - 1],
])('%s is marked as ours with the first use, and used', async (_, schema) => {
  if (schema !== null) await inner.commit([thing]);
  if (schema) await mark(schema);
  const documents = guardVersion(inner);
  await documents.commit([{ ...thing, id: 'b' }]);
  expect(await marked()).toBe(BigInt(STORE_VERSION));
  expect((await documents.query({ collection: 'things' })).length).toBe(schema === null ? 1 : 2);
});

test('is looked at once, also where many come at once', async () => {
  const documents = guardVersion(inner);
  await Promise.all(Array.from({ length: 5 }, () => documents.get('things', 'a')));
  await documents.get('things', 'a');
  expect(reads.filter((collection) => collection === STORE)).toHaveLength(1);
});

test('what could not be read for want of the store is read again', async () => {
  let isAway = true;
  const documents = guardVersion({
    ...inner,
    get: (collection, id) =>
      isAway ? Promise.reject(new StoreUnavailable('The store is away.')) : inner.get(collection, id),
  });
  await expect(documents.commit([thing])).rejects.toThrow(StoreUnavailable);
  isAway = false;
  await documents.commit([thing]);
  expect(await marked()).toBe(BigInt(STORE_VERSION));
});

test('whoever may only read uses it all the same', async () => {
  const documents = guardVersion({ ...inner, commit: () => Promise.reject(new Error('7 PERMISSION_DENIED')) });
  expect(await documents.get('things', 'a')).toBeNull();
});
