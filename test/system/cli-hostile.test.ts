import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, lstatSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Context } from '../../functions/cli/terminal/context.ts';
import { KEY_BYTES, makeKey } from '../../functions/core/keys.ts';
import { type CommandLine, commandLine } from '../support/run-mesh.ts';

/** What goes wrong around the command line: a router that answers anything, damaged files, typos, readers that go. */
const root = fileURLToPath(new URL('../..', import.meta.url));
/** Clears the screen, and as one character of eight bits likewise; the lines and the tab stay. */
const STEERING = 'a\u001b[2Jb\u009b2J\rc\n\td';
const PLAIN = 'a [2Jb 2J c\n\td';

let server: Server;
/** Bodies of the questions, in order. */
let asked: { messages: { role: string; content: string }[] }[];
let cli: CommandLine;
let url: string;

beforeAll(async () => {
  server = createServer(async (request, response) => {
    let text = '';
    for await (const bytes of request) text += bytes;
    if (request.url === '/v1/models') {
      const data = [{ id: 'acme/able', supported_parameters: ['tools'], context_length: 1_000 }];
      return response.end(JSON.stringify({ data, models: [{ slug: 'acme/able' }] }));
    }
    if (request.url === '/v1/usage') return response.end('<html>');
    if (request.url !== '/v1/chat/completions') return response.end('{"object": "key", "data": []}');
    const body = JSON.parse(text);
    asked.push(body);
    const content = body.messages.at(-1).content;
    if (content === 'refuse') {
      response.statusCode = 402;
      return response.end(JSON.stringify({ error: { code: 'no_money', message: STEERING } }));
    }
    if (!body.stream) return response.end(JSON.stringify({ choices: [{ message: { content: `re ${content}` } }] }));
    response.end(
      `data: ${JSON.stringify({ choices: [{ delta: { content: `${STEERING} ${content}` } }] })}\n\ndata: [DONE]\n\n`,
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => void server.close());

beforeEach(() => {
  asked = [];
  cli = commandLine({ MESH_URL: url, MESH_KEY: makeKey('rsk', randomBytes(KEY_BYTES)) });
});
afterEach(() => cli.remove());

/** Somebody at a terminal who types these lines, and Ctrl-D with the last. */
const typed = (text: string) => Object.assign(Readable.from([text]), { isTTY: true }) as Context['stdin'];

describe('what others say cannot steer a terminal', () => {
  test('as an answer, which a file gets whole', async () => {
    expect((await cli.run(['chat', 'hi'], { columns: 80 })).out).toBe(`${PLAIN} hi\n`);
    expect((await cli.run(['chat', 'hi'])).out).toBe(`${STEERING} hi\n`);
  });

  test('nor as a refusal', async () => {
    expect(await cli.run(['chat', 'refuse'])).toMatchObject({ code: 1, err: `mesh: ${PLAIN} (no_money, HTTP 402)\n` });
  });
});

describe('a conversation', () => {
  test('ends well where its input ends while an answer comes', async () => {
    expect(await cli.run(['chat'], { stdin: typed('one\n') })).toMatchObject({ code: 0, err: '' });
    expect(asked.length).toBe(1);
  });

  test('goes on after a refusal, without the question that was refused', async () => {
    const { code, err } = await cli.run(['chat', '--json'], { stdin: typed('one\nrefuse\ntwo\n') });
    expect([code, err]).toEqual([0, expect.stringContaining('no_money')]);
    expect(asked.at(-1)?.messages.map(({ content }) => content)).toEqual(['one', 're one', 'two']);
  });
});

describe('what stands in a file', () => {
  test('that login keeps is written anew where it is damaged', async () => {
    const folder = join(cli.home, '.config', 'mesh');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'settings.json'), '{"url": ');
    expect(await cli.run(['models'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('mesh login writes it anew'),
    });
    const key = makeKey('rsk', randomBytes(KEY_BYTES));
    expect(await cli.run(['login'], { input: key })).toMatchObject({ code: 0 });
    expect(JSON.parse(readFileSync(join(folder, 'settings.json'), 'utf8'))).toEqual({ url, key });
  });

  test('is read with the mark that editors of Windows put before it', async () => {
    const file = join(cli.home, 'prompt.json');
    writeFileSync(file, '\ufeff{\r\n"name": "greeting"\r\n}\r\n');
    expect(await cli.run(['templates', 'put', file])).toMatchObject({ code: 0 });
  });

  test('of a tool is reached through a link, also where it is yet to be made', async () => {
    mkdirSync(join(cli.home, '.claude'));
    const [link, file] = [join(cli.home, '.claude', 'settings.json'), join(cli.home, 'dotfiles.json')];
    symlinkSync('../dotfiles.json', link);
    expect(await cli.run(['configure', 'claude', '-m', 'acme/able'])).toMatchObject({ code: 0 });
    expect([lstatSync(link).isSymbolicLink(), existsSync(file)]).toEqual([true, true]);
    expect(await cli.run(['unconfigure', 'claude'])).toMatchObject({ code: 0 });
    expect([lstatSync(link).isSymbolicLink(), existsSync(file)]).toEqual([true, false]);
  });

  test('of a tool, behind a link that leads back to itself, is told of', async () => {
    mkdirSync(join(cli.home, '.claude'));
    symlinkSync('settings.json', join(cli.home, '.claude', 'settings.json'));
    const { code, err } = await cli.run(['configure', 'claude', '-m', 'acme/able']);
    expect([code, err]).toEqual([1, expect.stringContaining('ELOOP')]);
  });

  test('of a tool that is as it was before is not written again to take that back', async () => {
    mkdirSync(join(cli.home, '.claude'));
    const path = join(cli.home, '.claude', 'settings.json');
    writeFileSync(path, '{}');
    await cli.run(['configure', 'claude', '-m', 'acme/able']);
    writeFileSync(path, '{}');
    const { ino } = lstatSync(path);
    expect(await cli.run(['unconfigure', 'claude'])).toMatchObject({ code: 0 });
    expect(lstatSync(path).ino).toBe(ino);
  });
});

test('tail waits for a router that is started anew, says so once, and ends where it is refused', async () => {
  const down = () => Promise.reject(new TypeError('fetch failed', { cause: { code: 'ECONNREFUSED' } }));
  const none = () => Promise.resolve(new Response('{"data": []}'));
  const refusal = () => Promise.resolve(new Response('{"error": {"message": "No."}}', { status: 401 }));
  const answers = [none, down, down, none, refusal];
  const { code, err } = await cli.run(['tail'], { fetch: () => (answers.shift() ?? refusal)() });
  expect([code, answers.length, err.match(/Waiting for it/g)?.length]).toEqual([1, 0, 1]);
  expect(err).toMatch(/mesh: No\. \(HTTP 401\)\n$/);
});

test('what is no router, but answers, is named', async () => {
  const ran = await cli.run(['usage']);
  expect(ran).toMatchObject({ code: 1, err: expect.stringContaining(`${url} answers, but not as a router does`) });
});

test.each([
  [['launch', 'cluade'], 'claude'],
  [['usage', '--by', 'modle'], 'model'],
])('a misspelt choice of %j is answered with the nearest', async (args, meant) => {
  const hint = expect.stringMatching(new RegExp(`Allowed choices are .*\\n\\(Did you mean ${meant}\\?\\)`));
  expect(await cli.run(args)).toMatchObject({ code: 2, err: hint });
});

test('a misspelt variable is wrong use, with the name that was meant', async () => {
  const ran = await cli.run(['models'], { env: { MESH_URLL: url } });
  expect(ran).toMatchObject({ code: 2, err: expect.stringContaining('did you mean MESH_URL?') });
});

test('exit codes are told also where nobody reads the words', async () => {
  const child = spawn(process.execPath, ['functions/cli/index.ts', 'modles'], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  child.stderr?.destroy();
  expect(await once(child, 'exit')).toEqual([2, null]);
});
