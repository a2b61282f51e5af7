import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type Fate, flakyDocuments } from '../../../test/support/flaky-documents.ts';
import { CHANGES } from '../../core/changes.ts';
import { type Documents, StoreContended, type Write } from '../../core/store/documents.ts';
import { openSqliteDocuments } from '../../platform/documents/sqlite-documents.ts';
import { changeDocument, makeDocument } from './change-document.ts';

const record: Write = { kind: 'set', collection: CHANGES, id: 'c1', data: { act: 'thing.update' }, expect: 'absent' };
const place = { collection: 'things', id: 'a', record };
const noWait = { pause: async () => {}, random: () => 0 };
let documents: Documents;
const read = async () => (await documents.get('things', 'a'))?.data;

beforeEach(async () => {
  documents = await openSqliteDocuments(':memory:');
});
afterEach(() => documents.close());

describe('a change', () => {
  const change = (store: Documents, decide = () => ({ n: 2n, kept: undefined, gone: null }) as object) =>
    changeDocument({ documents: store }, { ...place, decide: decide as never }, noWait);
  beforeEach(() =>
    documents.commit([
      { kind: 'set', collection: 'things', id: 'a', data: { n: 1n, kept: 'x', gone: 'y' }, expect: 'any' },
    ]),
  );

  test('replaces what it names, clears what is null, leaves what is absent, and tells the same', async () => {
    expect(await change(documents)).toEqual({ n: 2n, kept: 'x', gone: null });
    expect(await read()).toEqual({ n: 2n, kept: 'x', gone: null });
    expect(await documents.get(CHANGES, 'c1')).not.toBeNull();
  });

  test('that runs once more after it was applied leaves what was changed since', async () => {
    const fates: Fate[] = ['run twice'];
    const store = flakyDocuments(documents, () => fates.shift() ?? 'done');
    let runs = 0;
    const decide = () => ({ n: BigInt(++runs + 1) });
    expect(await change(store, decide)).toMatchObject({ n: 2n });
    expect(runs).toBe(1);
  });

  test('that others are in the way of is made all the same', async () => {
    let left = 3;
    const store: Documents = Object.assign(Object.create(documents), {
      transaction: async (body: never) => {
        if (left-- > 0) throw new StoreContended('again and again');
        return documents.transaction(body);
      },
    });
    await change(store);
    expect((await read())?.n).toBe(2n);
  });

  test('waits for those of the same document that came before, and an urgent one for nobody', async () => {
    const begun: string[] = [];
    const releases: (() => void)[] = [];
    const store: Documents = Object.assign(Object.create(documents), {
      transaction: async () => {
        begun.push(`run ${begun.length + 1}`);
        await new Promise<void>((resolve) => releases.push(resolve));
        return {};
      },
    });
    const start = (id: string, isUrgent: boolean) =>
      changeDocument({ documents: store }, { ...place, id, isUrgent, decide: () => ({}) }, noWait);
    const all = [start('a', false), start('a', false), start('b', false), start('a', true)];
    await new Promise(setImmediate);
    expect(begun).toHaveLength(3);
    for (const release of releases.splice(0)) release();
    await new Promise(setImmediate);
    expect(begun).toHaveLength(4);
    for (const release of releases) release();
    await Promise.all(all);
  });

  test('of what is not there is not found, and leaves no record', async () => {
    await documents.commit([{ kind: 'delete', collection: 'things', id: 'a', expect: 'any' }]);
    await expect(change(documents)).rejects.toMatchObject({ code: 'not_found' });
    expect(await documents.get(CHANGES, 'c1')).toBeNull();
  });
});

test('a new document whose commit was sent twice is made once, and is no error', async () => {
  const store = flakyDocuments(documents, () => 'run twice');
  await makeDocument({ documents: store }, { ...place, data: { n: 1n } }, noWait);
  expect(await read()).toEqual({ n: 1n });
});
