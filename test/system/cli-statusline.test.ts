import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type CommandLine, commandLine } from '../support/run-mesh.ts';
import { type Account, type Mesh, startMesh } from '../support/start-mesh.ts';

/** So long it waits here for figures, however busy this machine is. */
const PATIENCE_MS = 10_000;
const told = JSON.stringify({ session_id: 's-1', model: { id: 'mesh/echo' } });

let mesh: Mesh;
let account: Account;
let cli: CommandLine;
/** In front of the router; silent it answers nothing. */
let front: Server;
let isSilent = false;

beforeAll(async () => {
  mesh = await startMesh();
  account = await mesh.makeOwner();
  front = createServer(async (request, response) => {
    if (isSilent) return;
    let body = '';
    for await (const part of request) body += part;
    const { method = 'GET', url, headers } = request;
    const { body: reply } = await mesh.call(method, String(url), {
      key: String(headers.authorization).slice('Bearer '.length),
      ...(body === '' ? {} : { body: JSON.parse(body) }),
    });
    response.end(JSON.stringify(reply));
  });
  await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(front.address() as AddressInfo).port}`;
  cli = commandLine({ MESH_URL: url, MESH_KEY: account.key });
});
beforeEach(() => {
  isSilent = false;
});
afterAll(async () => {
  cli.remove();
  front.closeAllConnections();
  front.close();
  await mesh.close();
});

describe('the status line', () => {
  test('has the model, what the session cost, and the balance', async () => {
    const { out } = await cli.run(['statusline'], { input: told, elapsed: () => -PATIENCE_MS });
    expect(out).toMatch(/^mesh\/echo · \$0\.0000 · \$10\.00 left\n$/);
  });

  test('has the last figures where the router does not answer in time, and ends', async () => {
    isSilent = true;
    let left = 0;
    const slow = {
      input: told,
      now: () => Date.now() + 60_000,
      self: [process.execPath, '--version'] as const,
      leave: () => void left++,
    };
    const before = performance.now();
    const { code, out } = await cli.run(['statusline'], slow);
    expect([code, out]).toEqual([0, 'mesh/echo · $0.0000 · $10.00 left\n']);
    expect(performance.now() - before).toBeLessThan(1_000);
    const unknown = { ...slow, input: JSON.stringify({ session_id: 's-9' }) };
    expect((await cli.run(['statusline'], unknown)).out).toBe('no figures yet\n');
    expect(left).toBe(2);
  });
});

/** Says at its end which modules of Node and which files of ours a process has loaded. */
const spy = `
  import { registerHooks } from 'node:module';
  const files = [];
  registerHooks({ load(url, context, next) { files.push(url); return next(url, context); } });
  process.on('exit', () => process.stderr.write(JSON.stringify({ files, own: process.moduleLoadList })));
`;

interface Loaded {
  files: string[];
  own: string[];
}

/** What a command loads, in a process of its own. */
async function loadedBy(args: readonly string[]): Promise<Loaded> {
  const root = join(import.meta.dirname, '../..');
  const program = join(root, 'functions/cli/index.ts');
  const url = `http://127.0.0.1:${(front.address() as AddressInfo).port}`;
  const env = { HOME: cli.home, MESH_URL: url, MESH_KEY: account.key };
  const hooks = `data:text/javascript,${encodeURIComponent(spy)}`;
  const child = spawn(process.execPath, ['--import', hooks, program, ...args], { env, cwd: cli.home });
  child.stdin.end();
  let err = '';
  child.stderr.on('data', (part) => {
    err += part;
  });
  await new Promise((resolve) => child.on('close', resolve));
  const { files, own } = JSON.parse(err) as { files: string[]; own: string[] };
  const ours = files.filter((file) => file.startsWith('file:')).map((file) => file.split(root)[1] ?? file);
  return { own, files: ours };
}

describe('a start is short, since it', () => {
  test('of the status line loads little of ours, and no fetch', async () => {
    // The fetch alone, which has seconds: where the line is late on a busy machine, it starts a process besides.
    const { files, own } = await loadedBy(['statusline', '--refresh', 's-7']);
    expect(files.filter((file) => !file.startsWith('/node_modules/commander/'))).toMatchSnapshot();
    expect(own).toContain('NativeModule http');
    expect(own.filter((name) => /undici|webstreams\/|stream\/consumers/.test(name))).toEqual([]);
  });

  test('loads no command that is not asked for', async () => {
    const { files } = await loadedBy(['--version']);
    expect(files.filter((file) => file.includes('/commands/'))).toEqual([]);
  });

  test('reads back what it has compiled once, from a folder of the user’s own', async () => {
    await loadedBy(['--version']);
    expect(readdirSync(join(cli.home, '.cache', 'mesh', 'compiled'))).not.toEqual([]);
  });
});
