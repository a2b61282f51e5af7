import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import { afterAll, describe, expect, test } from '@jest/globals';
import type { Documents, Query } from '../../core/store/documents.ts';
import { describeDocuments } from './documents-contract.ts';
import { openSqliteDocuments } from './sqlite-documents.ts';
import { toSql } from './sqlite-query.ts';
import { prepareSchema } from './sqlite-schema.ts';

const folder = mkdtempSync(join(tmpdir(), 'mesh-documents-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describeDocuments('SQLite in memory', () => openSqliteDocuments(':memory:'));
describeDocuments('SQLite in a file', () => openSqliteDocuments(join(folder, 'deep', 'mesh.db')));

const increment = (documents: Documents) =>
  documents.transaction(async (tx) => {
    const n = ((await tx.get('counters', 'n'))?.data.n as bigint | undefined) ?? 0n;
    tx.write({ kind: 'set', collection: 'counters', id: 'n', data: { n: n + 1n }, expect: 'any' });
  });

test('what was committed is there when the file is opened again', async () => {
  const path = join(folder, 'again.db');
  const first = await openSqliteDocuments(path);
  await increment(first);
  await first.close();
  const second = await openSqliteDocuments(path);
  expect((await second.get('counters', 'n'))?.data).toEqual({ n: 1n });
  await second.close();
});

test('two connections to one file do not lose each other’s increments, and hear of each other', async () => {
  const path = join(folder, 'shared.db');
  const [one, two] = await Promise.all([
    openSqliteDocuments(path, { pollMs: 5 }),
    openSqliteDocuments(path, { pollMs: 5 }),
  ]);
  const heard = new Promise<void>((resolve) => {
    two.listen(
      { collection: 'counters' },
      (changes) => {
        if (changes.some(({ document }) => document.data.n === 40n)) resolve();
      },
      () => {},
    );
  });
  await Promise.all(Array.from({ length: 40 }, (_, at) => increment(at % 2 ? one : two)));
  await heard;
  expect((await one.get('counters', 'n'))?.data).toEqual({ n: 40n });
  await Promise.all([one.close(), two.close()]);
});

test('what was not there, or is deleted, is seen when another connection has made it', async () => {
  const path = join(folder, 'absent.db');
  const [one, two] = [await openSqliteDocuments(path), await openSqliteDocuments(path)];
  const put = (expect: 'absent' | 'present', n: bigint) =>
    two.commit([{ kind: 'set', collection: 'things', id: 'a', data: { n }, expect }]);
  expect(await one.get('things', 'a')).toBeNull();
  await put('absent', 1n);
  expect((await one.get('things', 'a'))?.data).toEqual({ n: 1n });
  await one.commit([{ kind: 'delete', collection: 'things', id: 'a', expect: 'present' }]);
  expect(await one.get('things', 'a')).toBeNull();
  await expect(put('present', 2n)).rejects.toThrow();
  await put('absent', 3n);
  expect((await one.get('things', 'a'))?.data).toEqual({ n: 3n });
  await Promise.all([one.close(), two.close()]);
});

test('processes that share a file do not lose each other’s increments', async () => {
  const path = join(folder, 'processes.db');
  const code = `
    import { openSqliteDocuments } from ${JSON.stringify(new URL('./sqlite-documents.ts', import.meta.url).href)};
    const documents = await openSqliteDocuments(process.argv[1]);
    for (let i = 0; i < 30; i++) await documents.transaction(async (tx) => {
      const n = (await tx.get('counters', 'n'))?.data.n ?? 0n;
      tx.write({ kind: 'set', collection: 'counters', id: 'n', data: { n: n + 1n }, expect: 'any' });
    });
    await documents.close();`;
  const run = () => promisify(execFile)(process.execPath, ['--input-type=module-typescript', '-e', code, path]);
  await Promise.all([run(), run(), run()]);
  const documents = await openSqliteDocuments(path);
  expect((await documents.get('counters', 'n'))?.data).toEqual({ n: 90n });
  await documents.close();
}, 30_000);

test('a field name that is no name never becomes SQL', async () => {
  const documents = await openSqliteDocuments(':memory:');
  const where = [{ field: "x') OR 1=1 --", op: '==' as const, value: 'a' }];
  await expect(documents.query({ collection: 'c', where })).rejects.toThrow(TypeError);
  await documents.close();
});

describe('what is indexed', () => {
  const at = (day: number) => new Date(Date.UTC(2026, 10, day));
  const entry = (entry_id: string, owner_id: string, day: number) => ({ entry_id, owner_id, created_at: at(day) });
  const ofOwner = (owner: string) => ({ field: 'owner_id', op: '==' as const, value: owner });
  const newestFirst = { field: 'created_at', direction: 'desc' as const };

  test('is found by text and by time, wherever it has moved', async () => {
    const documents = await openSqliteDocuments(':memory:');
    const put = (id: string, data: ReturnType<typeof entry>) =>
      documents.commit([{ kind: 'set', collection: 'entries', id, data, expect: 'any' }]);
    await put('aaaa_1', entry('1', 'x', 1));
    await put('bbbb_2', entry('2', 'x', 3));
    await put('cccc_3', entry('3', 'x', 2));
    await put('dddd_4', entry('4', 'y', 2));
    const found = async (query: Omit<Query, 'collection'>) =>
      (await documents.query({ collection: 'entries', ...query })).map(({ data }) => data.entry_id).join('');
    expect(await found({ where: [ofOwner('x')], orderBy: newestFirst })).toBe('231');
    const since = { field: 'created_at', op: '>=' as const, value: at(2) };
    expect(await found({ where: [ofOwner('x'), since], orderBy: newestFirst })).toBe('23');
    await put('bbbb_2', entry('2', 'y', 1));
    expect(await found({ where: [ofOwner('x')], orderBy: newestFirst })).toBe('31');
    expect(await found({ where: [ofOwner('y')], orderBy: { field: 'entry_id', direction: 'asc' } })).toBe('24');
    expect(await found({ where: [{ field: 'owner_id', op: '==', value: 7n }] })).toBe('');
    await documents.close();
  });

  test.each<Query>([
    { collection: 'entries', where: [ofOwner('x')], orderBy: newestFirst },
    { collection: 'entries', where: [ofOwner('x')], orderBy: { field: 'entry_id', direction: 'asc' } },
    { collection: 'rollups', where: [ofOwner('x')], orderBy: { field: 'place', direction: 'asc' } },
    {
      collection: 'rollups',
      where: [{ field: 'shard', op: '==', value: 1n }],
      orderBy: { field: 'place', direction: 'asc' },
      without: 'hours',
    },
    { collection: 'leases', where: [ofOwner('x')] },
    { collection: 'keys', where: [{ field: 'key_id', op: '==', value: 'k' }] },
  ])('is not looked through: $collection', (query) => {
    const database = new DatabaseSync(':memory:');
    prepareSchema(database);
    const { sql, values } = toSql(query);
    const plan = database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...values);
    expect(String(plan[0]?.detail)).toMatch(new RegExp(`SEARCH documents USING INDEX ${query.collection}_by_`));
    database.close();
  });

  test.each([
    ['entries', 'key_id'],
    ['entries', 'session'],
    ['failed_requests', 'key_id'],
    ['failed_requests', 'session'],
  ])('of one owner in %s is found by an index with its %s, in its order', (collection, field) => {
    const database = new DatabaseSync(':memory:');
    prepareSchema(database);
    const where: Query['where'] = [
      ofOwner('x'),
      { field: 'kind', op: '==', value: 'charge' },
      { field, op: '==', value: 'k' },
      { field: 'created_at', op: '>=', value: new Date(1) },
      { field: 'created_at', op: '<', value: new Date(2) },
    ];
    const { sql, values } = toSql({ collection, where, orderBy: newestFirst });
    const plan = database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...values);
    expect(String(plan[0]?.detail)).toContain(`USING INDEX ${collection}_by_owner_id_${field}_created_at`);
    database.close();
  });

  test('is found in a file that was made before it had columns', async () => {
    const path = join(folder, 'older.db');
    const older = new DatabaseSync(path);
    older.exec(`
      CREATE TABLE documents (collection TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL, data TEXT NOT NULL,
        PRIMARY KEY (collection, id));
      CREATE TABLE versions (last INTEGER NOT NULL);
      CREATE INDEX entries_by_owner_id_created_at ON documents (json_extract(data, '$.owner_id')) WHERE collection = 'entries';
      INSERT INTO versions VALUES (7);
      INSERT INTO documents VALUES
        ('entries', 'aaaa_1', 6, '{"entry_id":"1","owner_id":"x","created_at":{"$date":1}}'),
        ('entries', 'bbbb_2', 7, '{"entry_id":"2","owner_id":"x","created_at":{"$date":2}}');
    `);
    older.close();
    for (let time = 0; time < 2; time++) {
      const documents = await openSqliteDocuments(path);
      const found = await documents.query({ collection: 'entries', where: [ofOwner('x')], orderBy: newestFirst });
      expect(found.map(({ id, version }) => `${id} ${version}`)).toEqual(['bbbb_2 7', 'aaaa_1 6']);
      await documents.close();
    }
  });
});

test('a listener that throws, also when it is told so, ends nothing and hears everything again', async () => {
  const documents = await openSqliteDocuments(':memory:', { pollMs: 5 });
  const heard: number[] = [];
  let errors = 0;
  const again = new Promise<void>((resolve) => {
    documents.listen(
      { collection: 'c' },
      (changes) => {
        heard.push(changes.length);
        if (heard.length === 3) resolve();
        throw new Error('of the listener');
      },
      () => {
        errors++;
        throw new Error('of its error handler');
      },
    );
  });
  await documents.commit([{ kind: 'set', collection: 'c', id: 'a', data: {}, expect: 'any' }]);
  await again;
  expect([heard.at(-2), heard.at(-1), errors]).toEqual([1, 1, 3]);
  await documents.close();
});
