import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { keyKind } from '../../functions/core/keys.ts';
import { adminKeyReply } from '../../functions/router/api/admin-keys/reply-schemas.ts';
import { channelReply, deliveryReply, secretReply } from '../../functions/router/api/alerts/reply-schemas.ts';
import {
  draftReply,
  entriesReply,
  entryReply,
  versionsReply,
} from '../../functions/router/api/catalogue/reply-schemas.ts';
import { providerKeyReply } from '../../functions/router/api/provider-keys/reply-schemas.ts';
import { statementReply } from '../../functions/router/api/statements/reply-schemas.ts';
import { templateReply } from '../../functions/router/api/templates/reply-schemas.ts';
import { type CommandLine, commandLine } from '../support/run-mesh.ts';
import { type Account, type Mesh, startMesh } from '../support/start-mesh.ts';

let mesh: Mesh;
let account: Account;
let cli: CommandLine;

beforeAll(async () => {
  mesh = await startMesh();
  account = await mesh.makeOwner({ key: { manage: true } });
  cli = commandLine({ MESH_URL: mesh.url, MESH_KEY: account.key, MESH_ADMIN_KEY: mesh.adminKey });
});
afterAll(async () => {
  cli.remove();
  await mesh.close();
});

function file(name: string, said: unknown): string {
  const path = join(cli.home, name);
  writeFileSync(path, JSON.stringify(said));
  return path;
}

describe('channels', () => {
  test('are added, tested, seen with what they were told, and deleted', async () => {
    const place = ['channels', 'add', 'webhook', 'https://mesh.invalid/hook', '--owner', account.ownerId];
    const made = await cli.run([...place, '--kinds', 'low_balance,cap_100']);
    const id = made.out.trim();
    expect(made.err).toMatch(/whsec_/);
    const [channel] = await cli.json(['channels', '--owner', account.ownerId]);
    expect(channelReply.parse(channel)).toMatchObject({ id, kinds: ['low_balance', 'cap_100'] });
    const { delivery_id } = await cli.json(['channels', 'test', id]);
    const [delivery] = await cli.json(['channels', 'deliveries', '--channel', id]);
    expect(deliveryReply.parse(delivery)).toMatchObject({ id: delivery_id, message: { type: 'test' } });
    expect((await cli.run(['channels', 'deliveries'])).out).toMatch(/dlv_\w+ .*chn_\w+ +test/);
    expect((await cli.run(['channels', 'rm', id])).out).toBe(`${id} is deleted\n`);
    expect(await cli.json(['channels'])).toEqual([]);
  });

  test('of Slack take their URL from standard input, since it is a secret', async () => {
    const url = 'https://hooks.slack.invalid/services/secret';
    const { out, err } = await cli.run(['channels', 'add', 'slack', '-'], { input: `${url}\n` });
    const [channel] = await cli.json(['channels']);
    expect(channel).toMatchObject({ id: out.trim(), type: 'slack' });
    expect(out + err + JSON.stringify(channel)).not.toContain('/services/secret');
    await cli.json(['channels', 'rm', channel.id]);
    const mail = await cli.json(['channels', 'add', 'email', 'ops@example.com']);
    expect(secretReply.parse(mail).secret).toBeUndefined();
    expect(await cli.run(['channels', 'add', 'pigeon', 'roof'])).toMatchObject({ code: 2 });
  });
});

describe('admin keys', () => {
  test('are made with scopes, rotated and ended, and printed once', async () => {
    const create = ['admin-keys', 'create', '--scopes', 'usage:read,audit:read', '--label', 'reports'];
    const made = await cli.run(create);
    expect(keyKind(made.out.trim())).toBe('mak');
    const [key] = await cli.json(['admin-keys']);
    expect(adminKeyReply.parse(key)).toMatchObject({ label: 'reports', scopes: ['usage:read', 'audit:read'] });

    const as = (adminKey: string) => cli.run(['audit'], { env: { MESH_URL: mesh.url, MESH_ADMIN_KEY: adminKey } });
    expect((await as(made.out.trim())).code).toBe(0);
    const rotated = await cli.run(['admin-keys', 'rotate', key.id, '--grace', '0']);
    expect(keyKind(rotated.out.trim())).toBe('mak');
    expect((await as(rotated.out.trim())).code).toBe(0);
    expect((await as(made.out.trim())).code).toBe(1);
    expect((await cli.run(['admin-keys', 'rm', key.id])).out).toBe(`${key.id} is suspended\n`);
    expect((await as(rotated.out.trim())).code).toBe(1);
    expect(await cli.run(['admin-keys', 'create'])).toMatchObject({ code: 2 });
  });
});

test('a key is rotated: the new text works, and the old one no longer than its grace', async () => {
  const { id, key } = await cli.json(['keys', 'create', account.ownerId]);
  const { out } = await cli.run(['keys', 'rotate', id, '--grace', '0']);
  const as = (text: string) => cli.run(['models', 'echo'], { env: { MESH_URL: mesh.url, MESH_KEY: text } });
  expect(keyKind(out.trim())).toBe('rsk');
  expect([(await as(out.trim())).code, (await as(key)).code]).toEqual([0, 1]);
});

describe('templates', () => {
  test('are what a file says, version by version', async () => {
    const first = { name: 'greet', system: 'Speak {{ language }}.', model: 'mesh/echo' };
    expect((await cli.run(['templates', 'put', file('greet.json', first)])).out).toBe('greet@1\n');
    const second = JSON.stringify({ name: 'greet', messages: [{ role: 'user', content: 'Hello {{ who }}' }] });
    expect((await cli.run(['templates', 'put', '-'], { input: second })).out).toBe('greet@2\n');
    const now = templateReply.parse(await cli.json(['templates', 'show', 'greet']));
    expect(now).toMatchObject({ version: 2, system: null, model: null, variables: ['who'] });
    expect((await cli.json(['templates', 'show', 'greet@1'])).system).toBe('Speak {{ language }}.');
    expect((await cli.json(['templates'])).map(({ name }: { name: string }) => name)).toEqual(['greet']);
    expect((await cli.run(['templates', 'rm', 'greet'])).out).toBe('greet is deleted\n');
    expect(await cli.run(['templates', 'show', 'greet'])).toMatchObject({ code: 1 });
  });

  test('are refused where the file is none', async () => {
    expect(await cli.run(['templates', 'put', '/nowhere.json'])).toMatchObject({ code: 2 });
    const nameless = await cli.run(['templates', 'put', file('nameless.json', {})]);
    expect(nameless).toMatchObject({ code: 2, err: expect.stringMatching(/name is missing/) });
  });
});

describe('the catalogue of a router that runs', () => {
  const price = (input: string) => ({
    endpoints: [{ provider: 'mesh', model: 'echo', price: { input, output: '1' } }],
  });
  const model = (input: string) => ({ context_length: 9000, max_output_tokens: 100, ...price(input) });

  test('is read, drafted, changed and restored', async () => {
    const all = entriesReply.parse(await cli.json(['catalogue', 'get', 'models']));
    expect(all.data.find(({ id }) => id === 'mesh/echo')).toMatchObject({ served: true });
    expect((await cli.run(['catalogue', 'get', 'providers'])).out).toMatch(/^mesh +builtin +yes$/m);

    const draft = file('draft.json', { models: { 'acme/a': model('1') } });
    expect(draftReply.parse(await cli.json(['catalogue', 'draft', draft]))).toMatchObject({ valid: true });
    expect((await cli.run(['catalogue', 'draft', draft])).out).toMatch(/is right\nadded: acme\/a\n/);
    const wrong = await cli.run(['catalogue', 'draft', file('wrong.json', { models: { 'acme/a': { colour: 1 } } })]);
    expect(wrong).toMatchObject({
      code: 1,
      err: expect.stringMatching(/models\["acme\/a"\]\.colour: is not a known field/),
    });

    const put = await cli.run(['catalogue', 'put', 'models', 'acme/a', file('a.json', model('1'))]);
    expect(put.out).toMatch(/^The catalogue is at version 1\nadded: acme\/a\n/);
    const again = await cli.run(['catalogue', 'put', 'models', 'acme/a', file('a.json', model('2'))]);
    expect(again.out).toMatch(/acme\/a .*input +1 +2$/m);
    expect(entryReply.parse(await cli.json(['catalogue', 'get', 'models', 'acme/a'])).layers).toHaveLength(1);
    expect((await cli.run(['catalogue', 'restore', '1'])).out).toMatch(/version 3[\s\S]*input +2 +1$/m);
    expect((await cli.run(['catalogue', 'rm', 'models', 'acme/a'])).out).toMatch(/version 4\nremoved: acme\/a/);
    const { data } = versionsReply.parse(await cli.json(['catalogue', 'versions']));
    expect(data.map(({ act }) => act)).toEqual(['delete', 'restore', 'put', 'put']);
  });
});

test('a change of the catalogue over another one than was seen is refused, in words', async () => {
  const entry = file('b.json', {
    context_length: 9000,
    max_output_tokens: 100,
    endpoints: [{ provider: 'mesh', model: 'echo', price: { input: '1', output: '1' } }],
  });
  const { version } = await cli.json(['catalogue', 'get', 'models', 'mesh/echo']);
  const put = (seen: number) => cli.run(['catalogue', 'put', 'models', 'acme/b', entry, '--if-version', String(seen)]);
  expect(await put(version)).toMatchObject({ code: 0 });
  expect(await put(version)).toMatchObject({
    code: 1,
    out: '',
    err: expect.stringMatching(
      new RegExp(`The catalogue is at version ${version + 1} by now: look at it, and send the change again.*conflict`),
    ),
  });
  for (const args of [
    ['rm', 'models', 'acme/b'],
    ['restore', '0'],
  ]) {
    const late = await cli.run(['catalogue', ...args, '--if-version', String(version)]);
    expect([args, late]).toEqual([args, expect.objectContaining({ code: 1 })]);
  }
  expect(await cli.run(['catalogue', 'rm', 'models', 'acme/b', '--if-version', `${version + 1}`])).toMatchObject({
    code: 0,
  });
});

describe('keys for providers', () => {
  const canary = 'sk-canary-0123456789';
  const env = (more = {}) => ({ MESH_URL: mesh.url, MESH_KEY: account.key, MESH_ADMIN_KEY: mesh.adminKey, ...more });

  test('are added from a variable, a file or standard input, listed, tested and deleted', async () => {
    const key = join(cli.home, 'provider.key');
    writeFileSync(key, `${canary}\n`);
    const ids: string[] = [];
    for (const [args, more] of [
      [['--env', 'THEIRS', '--label', 'ours', '--fallback', 'platform'], { env: env({ THEIRS: canary }) }],
      [['--file', key], {}],
      [['--file', '-', '--models', 'mesh/echo=theirs,acme/a=a'], { input: `${canary}\n` }],
      [[], { input: canary }],
    ] as const) {
      const ran = await cli.run(['provider-keys', 'add', 'mesh', ...args], more);
      expect(ran).toMatchObject({ code: 0, err: '', out: expect.stringMatching(/^pk_\w+\n$/) });
      ids.push(ran.out.trim());
    }
    const listed = await cli.json(['provider-keys']);
    expect(listed.map((each: unknown) => providerKeyReply.parse(each).id).sort()).toEqual([...ids].sort());
    const found = (id: string | undefined) => listed.find((each: { id: string }) => each.id === id);
    expect(found(ids[0])).toMatchObject({ label: 'ours', fallback: 'platform', masked: '…6789' });
    expect(found(ids[2])).toMatchObject({ models: { 'mesh/echo': 'theirs', 'acme/a': 'a' } });
    expect(JSON.stringify(listed)).not.toContain(canary);
    expect(await cli.json(['provider-keys', '--owner', account.ownerId])).toHaveLength(4);
    expect(await cli.json(['provider-keys', '--all'])).toHaveLength(4);

    const [id = ''] = ids;
    const tested = await cli.run(['provider-keys', 'test', id]);
    expect(tested).toMatchObject({ code: 0, out: 'works, asked mesh/echo\n' });
    for (const each of ids) {
      expect((await cli.run(['provider-keys', 'rm', each])).out).toBe(`${each} is deleted\n`);
    }
    expect(await cli.json(['provider-keys'])).toEqual([]);
  });

  test('that do not work make the test of them fail', async () => {
    const place = ['--base-url', 'https://127.0.0.1:9/v1', '--models', 'mesh/echo=gpt'];
    const made = await cli.run(['provider-keys', 'add', 'compatible', '--owner', account.ownerId, ...place], {
      input: canary,
    });
    const { code, out, err } = await cli.run(['provider-keys', 'test', made.out.trim(), '--owner', account.ownerId]);
    expect([code, out, err]).toEqual([
      1,
      expect.stringMatching(/^unreachable /),
      expect.stringMatching(/does not work/),
    ]);
    await cli.run(['provider-keys', 'rm', made.out.trim()]);
  });

  test.each([
    [['add'], {}, 2],
    [['add', 'mesh', '--file', '/nowhere', '--env', 'THEIRS'], {}, 2],
    [['add', 'mesh', '--file', '/nowhere'], {}, 2],
    [['add', 'mesh', '--env', 'NOT_SET'], {}, 1],
    [['add', 'mesh', '--models', 'a=b=c'], { input: canary }, 2],
    [['add', 'mesh', '--models', 'a='], { input: canary }, 2],
    [['add', 'mehs'], { input: canary }, 1],
    [['add', 'mesh', canary], {}, 2],
  ])('%j is refused, and the key not repeated', async (args, more, code) => {
    const ran = await cli.run(['provider-keys', ...args], more);
    expect(ran).toMatchObject({ code, out: '' });
    if (!args.includes(canary)) expect(ran.err).not.toContain(canary);
    expect(await cli.json(['provider-keys'])).toEqual([]);
  });
});

describe('a statement', () => {
  test('is what became of the money in a month, for people, for programs, and as a file', async () => {
    const month = new Date().toISOString().slice(0, 'YYYY-MM'.length);
    const statement = statementReply.parse(await cli.json(['statement']));
    expect(statement).toMatchObject({ month, owner_id: account.ownerId, topups: '10' });
    expect(await cli.json(['statement', month, '--owner', account.ownerId])).toMatchObject({ topups: '10' });
    const { out } = await cli.run(['statement', month]);
    expect(out).toMatch(new RegExp(`^${month} of Test, in USD, not over yet\\n`));
    expect(out).toMatch(/^Topups +10$/m);
    expect(out).toMatch(/Z {2}topup +10 {2}first +–$/m);
    expect((await cli.run(['statement', '--format', 'csv'])).out).toContain('closing');
    expect((await cli.run(['statement', '--format', 'html'])).out).toMatch(/^<!doctype html>/i);
  });

  test('of no month, or of one that is not there yet, is refused', async () => {
    expect(await cli.run(['statement', 'november'])).toMatchObject({ code: 1, err: expect.stringMatching(/2026-11/) });
    expect(await cli.run(['statement', '2999-01'])).toMatchObject({ code: 1 });
    expect(await cli.run(['statement', '--format', 'pdf'])).toMatchObject({ code: 2 });
    expect(await cli.run(['statement', '--format', 'csv', '--json'])).toMatchObject({ code: 2 });
  });
});

test('the audit is a CSV file for a spreadsheet', async () => {
  const { out } = await cli.run(['audit', '-n', '500', '--csv']);
  expect(out).toMatch(/^id,at,act,actor,request_id,about\r?\n/);
  expect(out).toContain('owner.create');
  expect(await cli.run(['audit', '--csv', '--json'])).toMatchObject({ code: 2 });
});
