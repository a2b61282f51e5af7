import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { STORE_VERSION } from '../../functions/core/store/store-version.ts';
import { openSqliteDocuments } from '../../functions/platform/documents/sqlite-documents.ts';
import { prepareSchema } from '../../functions/platform/documents/sqlite-schema.ts';
import { before, expectBroughtOver, writesOfBefore } from '../support/store-of-before.ts';

const TIMEOUT_MS = 240_000;

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mesh-before-'));
  path = join(folder, 'mesh.db');
  makeFile();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** The file of that version: its tables and indexes, its rows, its number. */
function makeFile(): void {
  const file = new DatabaseSync(path);
  file.exec(`PRAGMA journal_mode = WAL; ${before.schema.join('; ')}; PRAGMA user_version = ${before.schemaVersion};`);
  file.prepare('INSERT INTO versions VALUES (?)').run(before.last);
  const insert = file.prepare('INSERT INTO documents (collection, id, version, data) VALUES (?, ?, ?, ?)');
  for (const { collection, id, version, data } of before.documents) insert.run(collection, id, version, data);
  file.close();
}

/** A file whose process is gone before its n-th command: not even what it had begun is undone by it. */
function dyingAt(file: DatabaseSync, n: number): DatabaseSync {
  let commands = 0;
  const exec = (sql: string) => {
    if (commands === n) throw new Error('stopped');
    file.exec(sql);
    commands++;
  };
  return { prepare: (sql: string) => file.prepare(sql), exec } as DatabaseSync;
}

function look(at: string, sql: string): unknown[] {
  const file = new DatabaseSync(at, { readOnly: true });
  const found = file.prepare(sql).all();
  file.close();
  return found;
}
const rowsOf = (at: string) => look(at, 'SELECT collection, id, version, data FROM documents ORDER BY rowid');
const versionOf = (at: string) => (look(at, 'PRAGMA user_version') as { user_version: number }[])[0]?.user_version;

test('a SQLite file of before is brought over with nothing lost', async () => {
  const documents = await openSqliteDocuments(path);
  await expectBroughtOver(documents, Number.POSITIVE_INFINITY);
  await documents.close();
});

test(
  'also where the process that brings it over is stopped before any of its writes, and another goes on',
  async () => {
    let stops = 0;
    for (let isThrough = false; !isThrough; ) {
      const documents = await openSqliteDocuments(':memory:');
      await documents.commit(writesOfBefore);
      isThrough = await expectBroughtOver(documents, stops);
      if (!isThrough) stops++;
      await documents.close();
    }
    expect(stops).toBeGreaterThan(10);
  },
  TIMEOUT_MS,
);

test('also where it is stopped in the middle of changing the schema: the file is as it was, and the next start changes it', async () => {
  const rows = rowsOf(path);
  let stops = 0;
  for (let isThrough = false; !isThrough; ) {
    const file = new DatabaseSync(path);
    try {
      prepareSchema(dyingAt(file, stops));
      isThrough = true;
    } catch {
      stops++;
    }
    file.close();
    expect([versionOf(path), rowsOf(path)]).toEqual([isThrough ? STORE_VERSION : before.schemaVersion, rows]);
  }
  expect(stops).toBeGreaterThan(10);
  const documents = await openSqliteDocuments(path);
  await expectBroughtOver(documents, Number.POSITIVE_INFINITY);
  await documents.close();
});
