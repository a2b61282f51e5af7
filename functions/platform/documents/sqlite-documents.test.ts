import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, test } from '@jest/globals';
import type { Documents } from '../../core/documents.ts';
import { describeDocuments } from './documents-contract.ts';
import { openSqliteDocuments } from './sqlite-documents.ts';

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
