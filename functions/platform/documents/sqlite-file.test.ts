import { execFile } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Documents } from '../../core/store/documents.ts';
import { STORE_VERSION } from '../../core/store/store-version.ts';
import { openSqliteDocuments } from './sqlite-documents.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mesh-file-'));
  path = join(folder, 'mesh.db');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const write = (documents: Documents) =>
  documents.commit([{ kind: 'set', collection: 'things', id: 'a', data: { n: 1n }, expect: 'any' }]);
const modeOf = (file: string) => (statSync(file).mode & 0o777).toString(8);

describe('a file of a newer version', () => {
  const words = new RegExp(`mesh\\.db .*schema ${STORE_VERSION + 1};.* schema ${STORE_VERSION}\\)`);
  /** Every file with its bytes, its permissions and when it was written. */
  const all = () =>
    readdirSync(folder)
      .filter((name) => !name.endsWith('-shm'))
      .map((name) => {
        const { mode, mtimeMs } = statSync(join(folder, name));
        return [name, mode, mtimeMs, readFileSync(join(folder, name)).toString('base64')];
      });
  const makeNewer = (database: DatabaseSync) =>
    database.exec(`
      PRAGMA journal_mode = WAL;
      CREATE TABLE other (a);
      INSERT INTO other VALUES (1);
      PRAGMA user_version = ${STORE_VERSION + 1};
    `);

  test('is refused, with both versions, and nothing of it is touched', async () => {
    const newer = new DatabaseSync(path);
    makeNewer(newer);
    newer.close();
    chmodSync(path, 0o644);
    const before = all();
    await expect(openSqliteDocuments(path)).rejects.toThrow(words);
    expect(all()).toEqual(before);
    expect(readdirSync(folder)).toEqual(['mesh.db']);
  });

  test('is refused also where only its journal says so, as a process that was killed leaves it', async () => {
    const running = join(folder, 'running.db');
    const newer = new DatabaseSync(running);
    newer.exec('PRAGMA journal_mode = WAL; PRAGMA user_version = 0; PRAGMA wal_checkpoint(TRUNCATE);');
    makeNewer(newer);
    for (const end of ['', '-wal']) copyFileSync(running + end, path + end);
    newer.close();
    expect(readFileSync(path).readInt32BE(60)).toBe(0);
    unlinkSync(running);
    const before = all();
    await expect(openSqliteDocuments(path)).rejects.toThrow(words);
    expect(all()).toEqual(before);
  });
});

describe('permissions', () => {
  test('are the owner’s alone, also of a file and journals that others could read before', async () => {
    for (const end of ['', '-wal', '-shm']) writeFileSync(path + end, '', { mode: 0o666 });
    for (const end of ['', '-wal', '-shm']) chmodSync(path + end, 0o666);
    const documents = await openSqliteDocuments(path);
    await write(documents);
    expect(['', '-wal', '-shm'].map((end) => modeOf(path + end))).toEqual(['600', '600', '600']);
    await documents.close();
  });

  test.each(['0', '277'])('are so whatever the process’s umask is: %s', async (umask) => {
    const code = `
      process.umask(0o${umask});
      const { openSqliteDocuments } = await import(${JSON.stringify(new URL('./sqlite-documents.ts', import.meta.url).href)});
      const { statSync } = await import('node:fs');
      const documents = await openSqliteDocuments(process.argv[1]);
      await documents.commit([{ kind: 'set', collection: 'things', id: 'a', data: {}, expect: 'any' }]);
      console.log(['', '-wal', '-shm'].map((end) => (statSync(process.argv[1] + end).mode & 0o777).toString(8)).join());
      await documents.close();`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', code, path]);
    expect(stdout.trim()).toBe('600,600,600');
  });
});

describe('a file that goes away under a running process', () => {
  test.each([
    ['is deleted', '', () => {}],
    ['is replaced', '', () => writeFileSync(path, 'another')],
    ['loses its journal', '-wal', () => {}],
    ['has its journal replaced', '-wal', () => writeFileSync(`${path}-wal`, 'another')],
  ])('%s: the next write fails, a look says so, and both are well again when it is back', async (_how, end, also) => {
    const documents = await openSqliteDocuments(path);
    await write(documents);
    expect(documents.check?.()).toBeNull();
    renameSync(path + end, `${path}.away`);
    also();
    expect(documents.check?.()).toBe('missing');
    await expect(write(documents)).rejects.toMatchObject({ name: 'StoreUnavailable', trouble: 'missing' });
    renameSync(`${path}.away`, path + end);
    expect(documents.check?.()).toBeNull();
    await write(documents);
    await documents.close();
  });

  test('is not one in memory', async () => {
    const documents = await openSqliteDocuments(':memory:');
    expect(documents.check?.()).toBeNull();
    await documents.close();
    expect(existsSync(':memory:')).toBe(false);
  });
});

test('a journal gathers more than SQLite lets it by itself', async () => {
  const documents = await openSqliteDocuments(path);
  const text = 'x'.repeat(1_000_000);
  for (const id of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']) {
    await documents.commit([{ kind: 'set', collection: 'things', id, data: { text }, expect: 'any' }]);
  }
  expect(statSync(`${path}-wal`).size).toBeGreaterThan(8_000_000);
  expect(statSync(path).size).toBeLessThan(1_000_000);
  await documents.close();
});

test.each([
  ['deleted', 20],
  ['written anew', 20],
  ['deleted', 20_000],
  ['written anew', 20_000],
])('what was %s stands nowhere in the file, of %i bytes', async (act, bytes) => {
  const trace = 'TRACE-OF-SOMEBODY';
  const at = { collection: 'things', expect: 'any' } as const;
  const set = (id: string, text: string) => ({ ...at, kind: 'set' as const, id, data: { text } });
  const before = await openSqliteDocuments(path);
  await before.commit(['a', 'b', 'c'].map((id) => set(id, trace + '.'.repeat(bytes))));
  await before.close();
  expect(readFileSync(path).includes(trace)).toBe(true);
  const documents = await openSqliteDocuments(path);
  await documents.commit(
    ['a', 'b', 'c'].map((id) => (act === 'deleted' ? { ...at, kind: 'delete' as const, id } : set(id, 'gone'))),
  );
  await documents.close();
  expect(readdirSync(folder).filter((name) => readFileSync(join(folder, name)).includes(trace))).toEqual([]);
});
