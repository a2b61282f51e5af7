import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, renameSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, expect, test } from '@jest/globals';
import { KEY_BYTES, makeKey } from '../../functions/core/keys.ts';
import { STORE_VERSION } from '../../functions/core/store/store-version.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'mesh-local-'));
const LIMIT_MS = 20_000;
/** Within which it is said that the store’s file is gone, though nobody writes. */
const NOTICED_MS = 5_000;
const adminKey = makeKey('mak', new Uint8Array(KEY_BYTES).fill(7));

let child: ChildProcess | undefined;
afterEach(async () => {
  if (child === undefined || child.exitCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A router as `npm start` runs it; `said` waits for something on stdout or stderr and gives all of it so far. */
function start(path: string) {
  const env = { ...process.env, MESH_STORE: `sqlite:${path}`, MESH_ADMIN_KEY: ` "${adminKey}"\n`, PORT: '0' };
  // Others may read what it makes, if it lets them.
  const mesh = spawn('/bin/sh', ['-c', 'umask 000; exec "$0" functions/router/index.ts', process.execPath], {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child = mesh;
  let output = '';
  const looks = new Set<() => void>();
  for (const stream of [mesh.stdout, mesh.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      for (const look of looks) look();
    });
  }
  const said = (what: RegExp, limitMs = LIMIT_MS) =>
    new Promise<string>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`Not said: ${what}`)), limitMs);
      const look = () => {
        if (!what.test(output)) return;
        clearTimeout(timer);
        looks.delete(look);
        resolve(output);
      };
      looks.add(look);
      look();
    });
  return { mesh, said };
}

test('a local start keeps its files to itself, shows no key that it was given, and notices that its store is gone', async () => {
  const path = join(folder, 'mesh.db');
  const { said } = start(path);
  const banner = await said(/v1\/balance -H/);
  expect(banner).toContain('Admin key          from MESH_ADMIN_KEY');
  expect(banner).not.toContain('mak_');
  const files = ['mesh.db', 'mesh.db-wal', 'mesh.db-shm', 'demo-keys.json'];
  expect(files.map((name) => (statSync(join(folder, name)).mode & 0o777).toString(8))).toEqual(files.map(() => '600'));

  const url = /http:\/\/localhost:\d+/.exec(banner)?.[0];
  const read = async (what: string) => {
    const reply = await fetch(url + what, { headers: { authorization: `Bearer ${adminKey}` } });
    return { status: reply.status, body: await reply.json() };
  };
  expect((await read('/v1/owners')).status).toBe(200);
  renameSync(path, `${path}.away`);
  expect(await said(/"code":"store_closed"/, NOTICED_MS)).toContain('"trouble":"missing"');
  expect(await read('/readyz')).toMatchObject({ status: 503, body: { store: 'missing', place: path } });
  renameSync(`${path}.away`, path);
  await said(/"code":"store_open"/, NOTICED_MS);
  expect((await read('/readyz')).status).toBe(200);
}, 60_000);

test('a store of a newer version is refused with both versions, and the process ends', async () => {
  const path = join(folder, 'newer.db');
  const newer = new DatabaseSync(path);
  newer.exec('PRAGMA user_version = 7');
  newer.close();
  const before = statSync(path).mtimeMs;
  const { mesh, said } = start(path);
  const words = await said(/Mesh Router cannot start: .*\n/);
  expect(words).toContain(path);
  expect(words).toContain(`(schema 7; this one knows schema ${STORE_VERSION})`);
  if (mesh.exitCode === null) await once(mesh, 'exit');
  expect([mesh.exitCode, statSync(path).mtimeMs]).toEqual([1, before]);
}, 60_000);

test('a signal to `npm start` stops the router', async () => {
  const mesh = spawn('npm', ['start'], {
    cwd: root,
    env: { ...process.env, MESH_STORE: `sqlite:${join(folder, 'npm.db')}`, PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  child = mesh;
  let output = '';
  for await (const bytes of mesh.stdout) {
    output += bytes;
    // What follows is read to the end of all that hold the pipe, the router among them.
    if (output.includes('"listening"') && mesh.exitCode === null) mesh.kill('SIGTERM');
  }
  expect(output).toContain('"listening"');
}, 60_000);

test('a check of the ledger fails where there is no ledger', async () => {
  const path = join(folder, 'none.db');
  const check = spawn(process.execPath, ['functions/router/index.ts', 'check-ledger'], {
    cwd: root,
    env: { ...process.env, MESH_STORE: `sqlite:${path}` },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  check.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const [code] = await once(check, 'close');
  expect([code, said]).toEqual([1, `Mesh Router cannot start: ${path}: there is no such file (MESH_STORE).\n`]);
}, 60_000);
