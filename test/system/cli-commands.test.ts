import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { KEY_BYTES, keyKind, makeKey } from '../../functions/core/keys.ts';
import { alertsReply } from '../../functions/router/api/alerts/reply-schemas.ts';
import { ratesReply } from '../../functions/router/api/exchange-rates/reply-schemas.ts';
import { keyReply } from '../../functions/router/api/keys/reply-schemas.ts';
import { ownerReply } from '../../functions/router/api/owners/reply-schemas.ts';
import { eventsReply, usageReply } from '../../functions/router/api/usage/reply-schemas.ts';
import { freePort } from '../support/free-port.ts';
import { type CommandLine, commandLine } from '../support/run-mesh.ts';
import { type Account, type Mesh, startMesh } from '../support/start-mesh.ts';

let mesh: Mesh;
let account: Account;
let cli: CommandLine;
/** The request that was made before all tests. */
let requestId: string;

beforeAll(async () => {
  mesh = await startMesh();
  account = await mesh.makeOwner({ key: { label: 'laptop' } });
  cli = commandLine({ MESH_URL: mesh.url, MESH_KEY: account.key, MESH_ADMIN_KEY: mesh.adminKey });
  const { body } = await mesh.call('POST', '/v1/chat/completions', {
    key: account.key,
    body: { model: 'mesh/echo', messages: [{ role: 'user', content: 'one two three' }], session_id: 's-1' },
  });
  requestId = body.mesh.request_id;
  await untilCounted();
});
afterAll(async () => {
  cli.remove();
  await mesh.close();
});

async function untilCounted(): Promise<void> {
  for (;;) {
    const { body } = await mesh.call('POST', '/v1/usage', { key: account.key, body: {} });
    if (body.total.requests > 0) return;
  }
}

describe('what was used', () => {
  test('is what the API says, for programs', async () => {
    for (const by of [
      'day',
      'hour',
      'model',
      'provider',
      'key',
      'session',
      'client',
      'surface',
      'status',
      'end_user',
    ]) {
      const usage = await cli.json(['usage', '--by', by]);
      expect(usageReply.parse(usage).total).toMatchObject({ requests: 1, prompt_tokens: 4 });
      expect(Object.keys(usage.data[0])).toContain(by);
    }
    expect((await cli.json(['usage', '--session', 's-1'])).total.requests).toBe(1);
    expect((await cli.json(['usage', '--session', 's-2'])).total.requests).toBe(0);
    expect((await cli.json(['usage', '--all'])).total.requests).toBe(1);
    expect((await cli.json(['usage', '--owner', account.ownerId])).total.requests).toBe(1);
  });

  test('is told request by request, the oldest first', async () => {
    const { out } = await cli.run(['tail', '--no-follow', '--json']);
    const page = { data: [JSON.parse(out)], next_cursor: null, scanned: 1, scanned_to: null };
    expect(eventsReply.safeParse(page).success).toBe(true);
    const plain = await cli.run(['tail', '--no-follow'], { columns: 60 });
    expect(plain.out).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}mesh\/echo .*…\n$/);
    expect(plain.out.trimEnd().length).toBeLessThanOrEqual(60);
  });

  test('is told of one request in full, with where it was tried', async () => {
    expect(await cli.json(['requests', 'show', requestId])).toMatchObject({ id: requestId, tried: [{ attempt: 1 }] });
    expect((await cli.run(['requests', 'show', requestId])).out).toMatch(/endpoint +mesh\/echo[\s\S]*Try +Endpoint/);
    expect(await cli.run(['requests', 'show', 'req_none'])).toMatchObject({
      code: 1,
      err: expect.stringMatching(/no request req_none/),
    });
  });
});

describe('administration', () => {
  test('makes an owner, gives it money and a key, and shows them', async () => {
    const made = await cli.json(['owners', 'create', 'Acme', '--currency', 'INR', '--low-balance', '5']);
    expect(ownerReply.parse(made)).toMatchObject({ name: 'Acme', currency: 'INR', low_balance: '5' });
    const topup = ['topup', made.id, '20', '--reference', 'invoice-7'];
    expect((await cli.run(topup)).out).toBe('topup of 20 INR, reference invoice-7\n');
    await cli.run(topup);
    expect((await cli.json(['owners', 'show', made.id])).balance).toBe('20');
    expect((await cli.run(['adjust', '--reason', 'Entered twice', '--', made.id, '-2.5'])).code).toBe(0);
    expect((await cli.json(['owners', 'show', made.id])).balance).toBe('17.5');

    const { out, err } = await cli.run(['keys', 'create', made.id, '--label', 'phone', '--daily', '5', '--rpm', '7']);
    expect(keyKind(out.trim())).toBe('rsk');
    const keyId = /key_\w+/.exec(err)?.[0] ?? '';
    const [key] = await cli.json(['keys', '--owner', made.id]);
    expect(keyReply.parse(key)).toMatchObject({ id: keyId, label: 'phone', rpm_limit: 7, spend_caps: { daily: '5' } });
    expect((await cli.json(['keys', 'suspend', keyId])).status).toBe('suspended');
    expect((await cli.run(['keys', 'activate', keyId])).out).toBe(`${keyId} is active\n`);
    expect((await cli.run(['keys', 'show', keyId])).out).toMatch(/status +active/);
  });

  test('asks before a slip is carried out', async () => {
    expect(await cli.run(['topup', account.ownerId, '99999999'])).toMatchObject({
      code: 1,
      err: expect.stringMatching(/confirmation_required/),
    });
    expect(await cli.run(['topup', account.ownerId, 'twenty'])).toMatchObject({ code: 2 });
  });

  test('gives a charge back', async () => {
    const { body } = await mesh.call('POST', '/v1/chat/completions', {
      key: account.key,
      body: { model: 'mesh/echo', messages: [{ role: 'user', content: 'again' }] },
    });
    const { out } = await cli.run(['refund', account.ownerId, body.mesh.request_id, '--reason', 'A wrong answer']);
    expect(out).toMatch(/^refund of 0\.000001 USD/);
    expect(await cli.run(['refund', account.ownerId, body.mesh.request_id])).toMatchObject({ code: 2 });
  });

  test('sets the rate, and says that no breaker has opened and all are believed', async () => {
    expect(ratesReply.safeParse(await cli.json(['rates'])).success).toBe(true);
    const set = ['rates', 'set', '88.5', '--reason', 'The source was down', '--as-of', '2026-11-20', '--confirm'];
    expect((await cli.json(set)).rate).toBe('88.5');
    expect((await cli.run(['rates'])).out).toMatch(/^A dollar is 88\.5 rupees, as of 2026-11-20/);
    expect(await cli.json(['breakers'])).toEqual([]);
    expect((await cli.run(['breakers', 'reset', 'mesh/echo'])).out).toBe('mesh/echo is closed\n');
    expect(await cli.json(['doubts'])).toEqual([]);
    expect((await cli.run(['doubts', 'clear', 'mesh/echo'])).out).toBe('mesh/echo is believed\n');
  });

  test('tells who did what, and what was raised', async () => {
    const { data } = await cli.json(['audit', '--owner', account.ownerId]);
    expect(data.at(-1)).toMatchObject({ act: 'owner.create', about: { owner_id: account.ownerId } });
    expect((await cli.run(['audit', '-n', '500'])).out).toMatch(new RegExp(`owner\\.create .*${account.ownerId}`));
    expect(alertsReply.safeParse(await cli.json(['alerts'])).success).toBe(true);
    expect((await cli.run(['alerts', '--before', '2020-01-01T00:00:00Z'])).out).toBe('No alert was raised.\n');
  });

  test('shows a name that would move the cursor as a plain one, and colours on a terminal alone', async () => {
    await cli.run(['owners', 'create', '\u001b[2Jwiped\u202e']);
    const { out } = await cli.run(['owners']);
    expect(out).toContain(' [2Jwiped ');
    expect(out).not.toContain('\u001b');
    expect((await cli.run(['owners'], { columns: 120 })).out).toContain('\u001b[1mOwner');
  });
});

describe('models are asked', () => {
  test('once, by words, by standard input, or for a program', async () => {
    expect((await cli.run(['chat', 'Hello', 'there', '-m', 'mesh/echo'])).out).toBe('Hello there\n');
    expect((await cli.run(['chat', '-m', 'mesh/echo'], { input: 'from a pipe' })).out).toBe('from a pipe\n');
    expect((await cli.json(['chat', 'Hi', '-m', 'mesh/echo'])).choices[0].message.content).toBe('Hi');
    expect(await cli.run(['chat', 'Hi', '-m', 'mesh/none'])).toMatchObject({
      code: 1,
      err: expect.stringMatching(/model_not_found, HTTP 404/),
    });
  });

  test('and are listed, with prices for a million tokens', async () => {
    expect(await cli.json(['models', 'ECHO'])).toMatchObject([{ id: 'mesh/echo' }]);
    expect((await cli.run(['models', 'echo'])).out).toMatch(/mesh\/echo +128000 +4096 +0\.1 +0\.4 +text/);
  });
});

describe('the doctor', () => {
  test('has a line for each thing that is right', async () => {
    const { code, out } = await cli.run(['doctor']);
    expect(code).toBe(0);
    const checks = ['router', 'store', 'clock', 'key', 'balance', 'models', 'provider mesh', 'admin key'];
    for (const check of checks) expect(out).toMatch(new RegExp(`^✓ ${check} `, 'm'));
  });

  test('names the credential that a provider lacks, where the admin key is there to ask', async () => {
    const auth = { type: 'bearer', secret: 'acme-api-key' };
    const input = JSON.stringify({ format: 'chat', base_url: 'https://acme.invalid/v1', auth });
    expect(await cli.run(['catalogue', 'put', 'providers', 'acme', '-'], { input })).toMatchObject({ code: 0 });
    const { out } = await cli.run(['doctor']);
    expect(out).toMatch(/^– provider acme +wants ACME_API_KEY \(secret acme-api-key\)$/m);
    const { code, out: without } = await cli.run(['doctor'], { env: { MESH_URL: mesh.url, MESH_KEY: account.key } });
    expect([code, without]).toEqual([
      0,
      expect.stringMatching(/^– other providers +the router tells the admin key alone/m),
    ]);
  });

  test('fails for a key that is unknown, a clock that is wrong, and a router that is not there', async () => {
    const stranger = { MESH_URL: mesh.url, MESH_KEY: makeKey('rsk', randomBytes(KEY_BYTES)) };
    const unknown = await cli.run(['doctor'], { env: stranger });
    expect(unknown).toMatchObject({ code: 1, out: expect.stringMatching(/^✗ key +There is no such API key/m) });
    const late = await cli.run(['doctor'], { now: () => Date.now() + 90_000 });
    expect(late).toMatchObject({ code: 1, out: expect.stringMatching(/^✗ clock +this machine’s is (89|9\d) s away/m) });
    const nobody = await cli.run(['doctor'], { env: { MESH_URL: `http://127.0.0.1:${await freePort()}` } });
    expect(nobody).toMatchObject({ code: 1, out: expect.stringMatching(/^✗ router .*ECONNREFUSED/) });
  });
});

describe('who is meant', () => {
  test('is kept by login for its user alone, after the router has known the key', async () => {
    const own = commandLine({});
    const login = await own.run(['login', '--url', mesh.url], { input: `${account.key}\n${mesh.adminKey}\n` });
    expect(login).toMatchObject({ code: 0 });
    const path = join(own.home, '.config', 'mesh', 'settings.json');
    expect((statSync(path).mode & 0o777).toString(8)).toBe('600');
    expect((await own.json(['models', 'echo'])).length).toBe(1);
    expect((await own.run(['owners'])).code).toBe(0);

    expect(await own.run(['login', '--url', mesh.url], { input: 'rsk_nonsense' })).toMatchObject({ code: 2 });
    const stranger = makeKey('rsk', randomBytes(KEY_BYTES));
    expect(await own.run(['login', '--url', mesh.url], { input: stranger })).toMatchObject({ code: 1 });
    expect(JSON.parse(readFileSync(path, 'utf8')).key).toBe(account.key);
    own.remove();
  });

  test('is said by a flag before the environment, by that before what was kept; and no key goes to another router', async () => {
    const own = commandLine({});
    await own.run(['login', '--url', mesh.url], { input: account.key });
    const asked: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      asked.push(request.headers.authorization);
      response.end('{"data": [], "models": []}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const elsewhere = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    expect(await own.run(['models', '--url', elsewhere])).toMatchObject({
      code: 1,
      err: expect.stringMatching(/There is no key/),
    });
    const env = { MESH_URL: elsewhere, MESH_KEY: account.key };
    expect((await own.run(['models'], { env })).code).toBe(0);
    expect((await own.run(['models', '--url', mesh.url, 'echo'], { env })).out).toContain('mesh/echo');
    expect(asked).toEqual([`Bearer ${account.key}`]);
    server.close();
    own.remove();
  });

  test('is the demo of this folder where nothing else is said', async () => {
    const own = commandLine({ MESH_URL: mesh.url });
    mkdirSync(join(own.home, '.mesh'));
    writeFileSync(
      join(own.home, '.mesh', 'demo-keys.json'),
      JSON.stringify({ inference: account.key, admin: mesh.adminKey }),
    );
    expect((await own.run(['models'])).code).toBe(0);
    own.remove();
  });
});

describe('wrong use', () => {
  test.each([
    [['modles'], /Did you mean models\?/],
    [['usage', '--bye', 'model'], /Did you mean --by\?/],
    [['usage', '--by', 'colour'], /day, hour, model, provider, key, session, client, surface, status, end_user/],
    [['keys', 'creat'], /create/],
    [['usage', '--days', '0'], /from 1 to 366/],
    [['models', '--url', 'nowhere'], /no http or https URL/],
  ])('mesh %j ends with 2, and says what was meant', async (args, words) => {
    const { code, err } = await cli.run(args);
    expect([code, err]).toEqual([2, expect.stringMatching(words)]);
  });

  test('is none to ask for help, which has examples for every command', async () => {
    const { out } = await cli.run(['--help']);
    const names = [...out.matchAll(/^ {2}([a-z][a-z-]*)(?: \[command\])? {3,}\S/gm)].map(([, name]) => name ?? '');
    expect(names.length).toBeGreaterThan(20);
    for (const name of names.filter((each) => each !== 'help')) {
      const help = await cli.run([name, '--help']);
      expect([name, help.code, help.out]).toEqual([name, 0, expect.stringContaining('Examples:')]);
    }
  });
});

test('a catalogue file is checked before it is used', async () => {
  const file = join(cli.home, 'catalogue.json');
  writeFileSync(file, JSON.stringify({ modles: {}, providers: { acme: { colour: 1 } } }));
  const wrong = await cli.run(['catalogue', 'check', file]);
  expect(wrong).toMatchObject({ code: 1 });
  expect(wrong.err).toContain(`${file}: modles: is not a known field`);
  expect(wrong.err).toContain(`${file}: providers.acme.colour: is not a known field`);
  writeFileSync(file, '{}');
  expect((await cli.run(['catalogue', 'check', file])).out).toMatch(/catalogue\.json is right: \d+ models in all\n/);
});

test('its version is that of the project', async () => {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  expect(await cli.run(['--version'])).toEqual({ code: 0, out: `${version}\n`, err: '' });
});

test('an admin key is minted, and printed alone', async () => {
  expect(keyKind((await cli.run(['admin-key'])).out.trim())).toBe('mak');
});

describe('completions', () => {
  test('of bash complete commands, subcommands, options and their values', async () => {
    const { out } = await cli.run(['completions', 'bash']);
    const complete = (...words: string[]) => {
      const typed = `COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}`;
      return execFileSync('bash', ['-c', `${out}\n${typed}\n_mesh; echo "\${COMPREPLY[@]}"`], {
        encoding: 'utf8',
      }).trim();
    };
    expect(complete('mesh', 'mod')).toBe('models');
    expect(complete('mesh', 'keys', 'cr')).toBe('create');
    expect(complete('mesh', 'usage', '--sess')).toBe('--session');
    expect(complete('mesh', 'usage', '--by', '')).toBe(
      'day hour model provider key session client surface status end_user',
    );
    expect(complete('mesh', 'launch', 'c')).toBe('claude codex');
  });

  const testWith = (shell: string) => {
    if (hasProgram(shell)) return test;
    process.stderr.write(`SKIPPED: there is no ${shell} here, so its completions were not tried\n`);
    return test.skip;
  };

  testWith('zsh')('of zsh complete the same in a zsh that has just been started', async () => {
    const { out } = await cli.run(['completions', 'zsh']);
    writeFileSync(join(cli.home, '_mesh.zsh'), out);
    const complete = (typed: string) => {
      // What a terminal shows when somebody types that and presses tab. The line editor says when it reads keys, a marker that it is over.
      const script = `zmodload zsh/zpty; zpty shell zsh -f -i
        zpty -w shell 'PROMPT=; autoload -U compinit; compinit -D -u; source ${cli.home}/_mesh.zsh; zle-line-init() { print -n rea""dy }; zle -N zle-line-init'
        zpty -r shell line '*ready*'
        zpty -w -n shell $'${typed}\t'
        zpty -w shell '; print o''ver'
        zpty -r shell line '*over*'; print -r -- $line; zpty -d shell`;
      return execFileSync('zsh', ['-f', '-c', script], { encoding: 'utf8', timeout: SHELL_LIMIT_MS });
    };
    expect(complete('mesh keys cr')).toContain('mesh keys create');
    expect(complete('mesh usage --sess')).toContain('mesh usage --session');
  });

  testWith('fish')('of fish complete commands, subcommands, options and their values', async () => {
    const { out } = await cli.run(['completions', 'fish']);
    writeFileSync(join(cli.home, 'mesh.fish'), out);
    const complete = (typed: string) => {
      const script = `source ${cli.home}/mesh.fish; complete -C ${JSON.stringify(typed)}`;
      const env = { ...process.env, HOME: cli.home };
      const said = execFileSync('fish', ['-c', script], { encoding: 'utf8', env, timeout: SHELL_LIMIT_MS });
      return said
        .trim()
        .split('\n')
        .map((line) => line.split('\t')[0]);
    };
    expect(complete('mesh mod')).toEqual(['models']);
    expect(complete('mesh keys cr')).toEqual(['create']);
    expect(complete('mesh usage --sess')).toEqual(['--session']);
    expect(complete('mesh usage --by ')).toContain('end_user');
    expect(complete('mesh launch c').sort()).toEqual(['claude', 'codex']);
  });

  test('are for no other shell', async () => {
    expect((await cli.run(['completions', 'tcsh'])).code).toBe(2);
  });
});

/** How long a shell may take for one completion. */
const SHELL_LIMIT_MS = 30_000;

function hasProgram(name: string): boolean {
  try {
    execFileSync(name, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
