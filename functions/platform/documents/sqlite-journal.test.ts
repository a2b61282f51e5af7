import { execFile } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { build } from 'esbuild';
import type { Documents, Fields } from '../../core/store/documents.ts';
import { SqliteCheckpointer } from './sqlite-checkpointer.ts';
import { openSqliteDocuments } from './sqlite-documents.ts';
import { openFile } from './sqlite-file.ts';
import { JOURNAL_PAGES, MOST_JOURNAL_PAGES } from './sqlite-journal.ts';

const PAGE_BYTES = 4_096;

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mesh-journal-'));
  path = join(folder, 'mesh.db');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const put = (documents: Documents, id: string, data: Fields = {}) =>
  documents.commit([{ kind: 'set', collection: 'things', id, data, expect: 'any' }]);
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** A disk that writes when it is told to. */
class Disk {
  flushes = 0;
  #asked = Promise.withResolvers<void>();
  #end = Promise.withResolvers<void>();

  readonly flush = (): Promise<void> => {
    this.flushes++;
    this.#asked.resolve();
    return this.#end.promise;
  };

  /** When it has been asked to write. */
  asked(): Promise<void> {
    return this.#asked.promise;
  }

  end(error?: Error): void {
    const end = this.#end;
    this.#asked = Promise.withResolvers();
    this.#end = Promise.withResolvers();
    if (error === undefined) end.resolve();
    else end.reject(error);
  }
}

/** Whether it has ended, after everything that goes on without a disk has had its time. */
async function hasEnded(work: Promise<unknown>): Promise<boolean> {
  let ended = false;
  const note = () => {
    ended = true;
  };
  work.then(note, note);
  for (let n = 0; n < 10; n++) await turn();
  return ended;
}

describe('while the disk writes', () => {
  test('the event loop goes on, and a commit is told only when it is there', async () => {
    const disk = new Disk();
    const documents = await openSqliteDocuments(path, disk);
    const commit = put(documents, 'a');
    await disk.asked();
    expect(await hasEnded(commit)).toBe(false);
    disk.end();
    await commit;
    await documents.close();
  });

  test.each<[string, (documents: Documents) => Promise<unknown>]>([
    ['get', (documents) => documents.get('things', 'a')],
    ['query', (documents) => documents.query({ collection: 'things' })],
    ['transaction that only reads', (documents) => documents.transaction((tx) => tx.get('things', 'a'))],
  ])('what is not there yet is not given away: a %s', async (_kind, read) => {
    const disk = new Disk();
    const documents = await openSqliteDocuments(path, disk);
    const commit = put(documents, 'a');
    await disk.asked();
    const found = read(documents);
    expect(await hasEnded(found)).toBe(false);
    expect(await hasEnded(documents.get('things', 'another'))).toBe(true);
    disk.end();
    expect(await found).toMatchObject(_kind === 'query' ? [{ id: 'a' }] : { id: 'a' });
    await commit;
    await documents.close();
  });

  test('listeners do not hear of it', async () => {
    const disk = new Disk();
    const documents = await openSqliteDocuments(path, disk);
    const heard: string[] = [];
    const note = (changes: { document: { id: string } }[]) =>
      heard.push(changes.map(({ document }) => document.id).join());
    documents.listen({ collection: 'things' }, note, () => {});
    await turn();
    const commit = put(documents, 'a');
    await disk.asked();
    for (let n = 0; n < 10; n++) await turn();
    expect(heard).toEqual(['']);
    disk.end();
    await commit;
    await turn();
    expect(heard).toEqual(['', 'a']);
    await documents.close();
  });

  test('whatever else is to be written waits, and goes together', async () => {
    const disk = new Disk();
    const documents = await openSqliteDocuments(path, disk);
    const first = put(documents, 'first');
    await disk.asked();
    const others = Promise.all(['a', 'b', 'c'].map((id) => put(documents, id)));
    expect(await hasEnded(others)).toBe(false);
    expect(disk.flushes).toBe(1);
    disk.end();
    await first;
    await disk.asked();
    disk.end();
    await others;
    expect(disk.flushes).toBe(2);
    await documents.close();
  });

  test('what it is asked to write is in the files already', async () => {
    const copied: string[] = [];
    const flush = async () => {
      const copy = join(folder, `copy-${copied.length}`);
      mkdirSync(copy);
      for (const end of ['', '-wal']) copyFileSync(path + end, join(copy, `mesh.db${end}`));
      copied.push(join(copy, 'mesh.db'));
    };
    const documents = await openSqliteDocuments(path, { flush });
    for (const n of [0n, 1n]) await put(documents, 'a', { n });
    await documents.close();
    for (const [n, copy] of copied.entries()) {
      const again = await openSqliteDocuments(copy);
      expect((await again.get('things', 'a'))?.data).toEqual({ n: BigInt(n) });
      await again.close();
    }
    expect(copied).toHaveLength(2);
  });
});

describe('a disk that fails', () => {
  test.each([
    ['EIO', 'io'],
    ['ENOSPC', 'full'],
    ['EDQUOT', 'full'],
    ['EROFS', 'read_only'],
  ])('%s: everybody in the batch is told, nothing more is written, and a new start is well', async (code, trouble) => {
    const disk = new Disk();
    const documents = await openSqliteDocuments(path, disk);
    const commits = [put(documents, 'a'), put(documents, 'b')];
    const told = Promise.all(
      commits.map((each) => expect(each).rejects.toMatchObject({ name: 'StoreUnavailable', trouble })),
    );
    await disk.asked();
    const read = expect(documents.get('things', 'a')).rejects.toMatchObject({ trouble });
    disk.end(Object.assign(new Error('of the disk'), { code }));
    await told;
    await read;
    expect(documents.check?.()).toBe(trouble);
    // The disk would take it now, but behind a gap.
    await expect(put(documents, 'c')).rejects.toMatchObject({ name: 'StoreUnavailable', trouble });
    expect(disk.flushes).toBe(1);
    await documents.close();
    const again = await openSqliteDocuments(path);
    expect(again.check?.()).toBeNull();
    await put(again, 'c');
    expect(await again.get('things', 'c')).not.toBeNull();
    await again.close();
  });
});

describe('the journal', () => {
  test('is written by other threads than the event loop’s', async () => {
    const { database, journal } = await openFile(path);
    expect(database.prepare('PRAGMA synchronous').get()).toEqual({ synchronous: 1 });
    expect(database.prepare('PRAGMA wal_autocheckpoint').get()).toEqual({ wal_autocheckpoint: MOST_JOURNAL_PAGES });
    await journal?.close();
    database.close();
  });

  test('begins anew when it is long, under writes that do not end, with nothing lost', async () => {
    const documents = await openSqliteDocuments(path, { flush: async () => {} });
    // SQLite writes only pages that have changed.
    const text = (n: bigint) => String.fromCharCode(97 + Number(n % 26n)).repeat(1_000_000);
    const ids = ['a', 'b', 'c', 'd'];
    const longest = JOURNAL_PAGES * PAGE_BYTES;
    let length = 0;
    for (let n = 0n; length < 3 * longest; n++) {
      await Promise.all(ids.map((id) => put(documents, id, { n, text: text(n) })));
      length += ids.length * text(n).length;
      await new Promise((resolve) => setTimeout(resolve, 1));
      if (length < longest) expect(statSync(path).size).toBeLessThan(longest);
    }
    expect(statSync(`${path}-wal`).size).toBeLessThan(2 * longest);
    const last = (await documents.get('things', 'a'))?.data.n as bigint;
    await documents.close();
    const again = await openSqliteDocuments(path);
    for (const id of ids) expect((await again.get('things', id))?.data).toEqual({ n: last, text: text(last) });
    await again.close();
  }, 30_000);
});

describe('the thread that empties it', () => {
  test('does so when it is asked, and ends with its database', async () => {
    const { database, journal } = await openFile(path);
    database.exec('INSERT INTO versions VALUES (1)');
    const checkpointer = new SqliteCheckpointer(path);
    expect(await checkpointer.checkpoint('RESTART')).toBe(true);
    expect(await checkpointer.checkpoint('PASSIVE')).toBe(true);
    // A reader of an older state is in the way, and nobody waits for it.
    database.exec('BEGIN; SELECT * FROM versions');
    const { database: other, journal: itsJournal } = await openFile(path);
    other.exec('INSERT INTO versions VALUES (2)');
    expect(await checkpointer.checkpoint('RESTART')).toBe(false);
    database.exec('COMMIT');
    expect(await checkpointer.checkpoint('RESTART')).toBe(true);
    await checkpointer.close();
    await journal?.close();
    await itsJournal?.close();
    database.close();
    other.close();
  });

  test('may die: nothing was moved then, and the next time another is started', async () => {
    const checkpointer = new SqliteCheckpointer(path);
    writeFileSync(path, 'no database at all, and long enough to be looked at');
    expect(await checkpointer.checkpoint('PASSIVE')).toBe(false);
    await checkpointer.close();
    const away = join(folder, 'away.db');
    const nowhere = new SqliteCheckpointer(away);
    expect(await nowhere.checkpoint('PASSIVE')).toBe(false);
    expect(existsSync(away)).toBe(false);
    const { database, journal } = await openFile(away);
    expect(await nowhere.checkpoint('PASSIVE')).toBe(true);
    await journal?.close();
    database.close();
    await nowhere.close();
  });

  test('starts in a bundle of one file as well', async () => {
    const { database, journal } = await openFile(path);
    database.exec('INSERT INTO versions VALUES (1)');
    const outfile = join(folder, 'bundle.cjs');
    const source = fileURLToPath(new URL('./sqlite-checkpointer.ts', import.meta.url));
    const contents = `
      import { SqliteCheckpointer } from ${JSON.stringify(source)};
      const checkpointer = new SqliteCheckpointer(process.argv[2]);
      checkpointer.checkpoint('RESTART').then(async (isComplete) => {
        await checkpointer.close();
        console.log(isComplete);
      });`;
    await build({
      stdin: { contents, resolveDir: folder, loader: 'ts' },
      bundle: true,
      platform: 'node',
      format: 'cjs',
      minifySyntax: true,
      minifyWhitespace: true,
      outfile,
    });
    const { stdout } = await promisify(execFile)(process.execPath, [outfile, path]);
    expect(stdout.trim()).toBe('true');
    await journal?.close();
    database.close();
  });
});
