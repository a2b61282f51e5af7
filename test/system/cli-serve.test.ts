import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';

/** `mesh` as it is typed, in processes of its own: routers are run, and plans carried out. */
const program = fileURLToPath(new URL('../../functions/cli/index.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'mesh-serve-'));
const bin = join(folder, 'bin');
jest.setTimeout(60_000);
/** What is still running ends with its test. */
const running = new Set<() => Promise<unknown>>();

beforeAll(() => mkdirSync(bin));
afterEach(async () => {
  for (const stop of running) await stop();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Starts `mesh` in a folder of its own, whose name is `place`; nothing of our environment is in its. */
function mesh(place: string, args: readonly string[], env: Record<string, string> = {}) {
  const cwd = join(folder, place);
  mkdirSync(cwd, { recursive: true });
  const child = spawn(process.execPath, [program, ...args], {
    cwd,
    env: { PATH: `${bin}:${process.env.PATH}`, HOME: folder, ...env },
  });
  let out = '';
  const looks = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      out += text;
      for (const look of looks) look();
    });
  }
  const ended = once(child, 'close').then(([code]) => ({ code, out }));
  const stop = async () => {
    child.kill('SIGKILL');
    await ended;
  };
  running.add(stop);
  void ended.then(() => running.delete(stop));
  const said = (what: RegExp) =>
    new Promise<string>((resolve, reject) => {
      const look = () => what.test(out) && resolve(out);
      looks.add(look);
      look();
      void ended.then(() => reject(new Error(`It ended and never said ${what}: ${out}`)));
    });
  return { child, cwd, ended, said };
}

function write(place: string, name: string, text: string): string {
  mkdirSync(join(folder, place), { recursive: true });
  writeFileSync(join(folder, place, name), text);
  return join(folder, place, name);
}

/** A program that writes down what it is told. */
function standIn(name: string): string {
  const calls = join(folder, `${name}.txt`);
  writeFileSync(join(bin, name), `#!/bin/sh\necho "${name} $*" >> "${calls}"\n`);
  chmodSync(join(bin, name), 0o755);
  return calls;
}

const endpoint = (provider: string) => [{ provider, model: 'm', price: { input: '1', output: '2' } }];
const model = (provider: string) => ({ context_length: 9_000, max_output_tokens: 100, endpoints: endpoint(provider) });
const provider = (secret: string) => ({
  format: 'chat',
  base_url: 'http://127.0.0.1:9/v1',
  auth: { type: 'bearer', secret },
});

describe('mesh serve', () => {
  test('says all that the first minute needs, reads .env, is for this machine alone, answers, and stops in order', async () => {
    write('first', '.env', 'ACME_API_KEY=sk-acme\n');
    const overlay = {
      providers: { acme: provider('acme-api-key'), other: provider('other-api-key') },
      models: { 'acme/a': model('acme'), 'other/o': model('other') },
    };
    const catalogue = write('first', 'own.json', JSON.stringify(overlay));
    const opened = standIn('xdg-open');
    const args = ['serve', '--port', '0', '--data', 'data', '--catalogue', catalogue, '--open'];
    const { child, ended, said } = mesh('first', args);
    const banner = await said(/mesh launch claude/);
    const url = /http:\/\/localhost:(\d+)/.exec(banner) ?? [];
    expect(banner).toContain(`${url[0]}/docs`);
    expect(banner).toContain(`${url[0]}/console/`);
    expect(banner).toMatch(/Demo owner's key +rsk_\w+/);
    expect(banner).toMatch(/Serving 2 models:\n {4}.*acme\/a/);
    await said(/other is not served: it wants the variable OTHER_API_KEY/);
    expect(banner).toContain('this machine alone (MESH_HOST=0.0.0.0 lets others in)');
    expect(await reachFromOutside(Number(url[1]))).not.toBe('reached');

    const keys = JSON.parse(readFileSync(join(folder, 'first', 'data', 'demo-keys.json'), 'utf8'));
    const env = { MESH_URL: url[0] ?? '', MESH_KEY: keys.inference };
    expect(await mesh('client', ['chat', 'It', 'works', '-m', 'mesh/echo'], env).ended).toEqual({
      code: 0,
      out: 'It works\n',
    });
    child.kill('SIGINT');
    expect((await ended).code).toBe(0);
    expect(readFileSync(opened, 'utf8')).toBe(`xdg-open ${url[0]}/\n`);

    const check = await mesh('first', ['check-ledger', '--data', 'data']).ended;
    expect([check.code, check.out]).toEqual([0, expect.stringMatching(/1 owners checked, 0 wrong/)]);
  });

  test.each([
    ['a misspelt variable of .env', '.env', 'MESH_STROE=x\n', ['serve'], 1, [/MESH_STROE; did you mean MESH_STORE\?/]],
    ['an unknown region', '.env', 'MESH_REGION=asia-sotuh1\n', ['serve'], 1, [/asia-sotuh1.*asia-south1/]],
    ['a misspelt argument', 'x', '', ['serve', '--prot', '80'], 2, [/Did you mean --port\?/]],
    ['a port that is none', 'x', '', ['serve', '--port', '80000'], 2, [/from 0 to 65535/]],
    [
      'a catalogue, with all of its mistakes',
      'own.json',
      '{"modles": {}, "providers": {"acme": {"colour": 1}}}',
      ['serve', '--catalogue', 'own.json'],
      1,
      [/own\.json: modles: is not a known field/, /own\.json: providers\.acme\.colour: is not a known field/],
    ],
    [
      'a store that is no database',
      'mesh.db',
      'nothing of the kind\n'.repeat(99),
      ['serve', '--data', '.'],
      1,
      [/mesh\.db/],
    ],
    [
      'books that are not there',
      'x',
      '',
      ['check-ledger', '--data', 'none'],
      1,
      [/none\/mesh\.db: there is no such file/],
    ],
  ])('%s is refused in words that say where', async (name, file, text, args, code, words) => {
    const place = name.replaceAll(/\W/g, '-');
    write(place, file, text);
    const ended = await mesh(place, args, { PORT: '0' }).ended;
    expect(ended.code).toBe(code);
    for (const each of words) expect(ended.out).toMatch(each);
  });
});

/** What comes of a connection to this machine's own address in its network, by which others reach it. */
async function reachFromOutside(port: number): Promise<string> {
  const outside = Object.values(networkInterfaces())
    .flatMap((each) => each ?? [])
    .find(({ internal, family }) => !internal && family === 'IPv4');
  if (outside === undefined) {
    process.stderr.write('SKIPPED: this machine has no address but its own, so nobody could try to come in\n');
    return 'no way';
  }
  const socket = connect(port, outside.address);
  try {
    return await once(socket, 'connect').then(
      () => 'reached',
      ({ code }: NodeJS.ErrnoException) => String(code),
    );
  } finally {
    socket.destroy();
  }
}

describe('mesh replay-events', () => {
  const since = '2026-11-26T10:15:00Z';

  test('runs what it prints with --dry-run, and asks before what was parked goes', async () => {
    const calls = standIn('gcloud');
    const args = ['replay-events', 'warehouse', '--since', since, '--empty-parked'];
    const dry = await mesh('replay', [...args, '--project', 'p', '--dry-run']).ended;
    const printed = dry.out.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    expect([dry.code, printed[0]]).toEqual([
      0,
      `gcloud pubsub subscriptions seek usage-warehouse --time=${since} --project=p`,
    ]);
    expect(printed).toHaveLength(3);

    const { child, ended } = mesh('replay', args, { GOOGLE_CLOUD_PROJECT: 'p' });
    child.stdin.end('no\n');
    const refused = await ended;
    expect([refused.code, refused.out]).toEqual([1, expect.stringContaining('nobody said yes')]);
    expect(readFileSync(calls, 'utf8').trim().split('\n')).toEqual(printed.slice(0, 2));
  });

  test.each([
    [['charges', '--since', 'yesterday', '--project', 'p'], 2, /no moment/],
    [['charge', '--since', since], 2, /charges, warehouse/],
    [['charges'], 2, /--since/],
    [['charges', '--since', since], 1, /name its project with --project/],
  ])('%j is refused', async (args, code, words) => {
    expect(await mesh('replay', ['replay-events', ...args]).ended).toEqual({ code, out: expect.stringMatching(words) });
  });
});
