import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { commandTable } from '../../functions/cli/command-table.ts';
import { routes } from '../../functions/router/routes.ts';
import { type CommandLine, commandLine } from '../support/run-mesh.ts';
import { type Account, type Mesh, startMesh } from '../support/start-mesh.ts';

/** What each command shows to people in 80 and in 120 columns, and to programs as the API's document says it. */

/** Commands that show what the API answers, as they are typed. */
const shown: readonly string[] = [
  'models echo',
  'usage --by model',
  'usage --by day',
  'statement',
  'owners',
  'keys',
  'admin-keys',
  'provider-keys',
  'templates',
  'channels',
  'channels deliveries',
  'catalogue get models',
  'catalogue versions',
  'rates',
  'breakers',
  'doubts',
  'alerts',
  'audit -n 5',
  'tail --no-follow',
];
/** What it shows is its own. */
const doctor = 'doctor';

/** All others, and what they print in place of a table. */
const others: Readonly<Record<string, string>> = {
  serve: 'logs of a router',
  'check-ledger': 'what was counted',
  'replay-events': 'commands',
  'admin-key': 'a key alone',
  login: 'where the key is kept',
  launch: 'nothing of its own',
  configure: 'the change of a file',
  unconfigure: 'the same, taken back',
  chat: 'an answer',
  statusline: 'one line',
  requests: 'every fact of one request',
  topup: 'one line',
  refund: 'one line',
  adjust: 'one line',
  completions: 'a script',
};

/** What no quiet router has, or has in another way each time; held to the API's document as its own answers are. */
const moment = '2026-11-28T03:04:05.678Z';
const canned: Readonly<Record<string, unknown>> = {
  '/v1/breakers': [
    {
      endpoint: 'anthropic/claude-sonnet-4.5@bedrock/us-east-1',
      state: 'open',
      generation: 3,
      reason: 'three failures in a row, the last of them status 503',
      changed_at: moment,
      until: moment,
      successes: 0,
      probing: false,
      shared: true,
    },
  ],
  '/v1/doubts': [{ endpoint: 'mesh/echo@mesh', since: moment, request_id: 'req_01M8HVSZYCJMRGE8XPZ82XDTXF' }],
  '/v1/alerts': {
    data: [{ id: 'alr_1', kind: 'low_balance', subject: 'own_01M8GDA56F8H7XNTJG8H5HPMNF', at: moment, facts: {} }],
    next_before: null,
  },
  '/v1/alerts/deliveries': {
    data: [
      {
        id: 'dlv_01M8HVSZYCJMRGE8XPZ82XDTXF',
        channel_id: 'chn_01M8GDA56F8H7XNTJG8H5HPMNF',
        owner_id: null,
        message: { type: 'low_balance', timestamp: moment, data: {} },
        status: 'failed',
        attempts: 8,
        next_at: null,
        last_status: null,
        last_error: 'no_answer',
        created_at: moment,
        delivered_at: null,
      },
    ],
    next_cursor: null,
  },
};

let mesh: Mesh;
let account: Account;
let cli: CommandLine;

beforeAll(async () => {
  mesh = await startMesh();
  account = await mesh.makeOwner({ key: { label: 'laptop', manage: true } });
  cli = commandLine({ ...env(), NO_COLOR: '1' });
  await mesh.call('POST', '/v1/chat/completions', {
    key: account.key,
    body: { model: 'mesh/echo', messages: [{ role: 'user', content: 'one two three' }] },
  });
  await untilCounted();
  const file = (name: string, said: unknown) => {
    writeFileSync(join(cli.home, name), JSON.stringify(said));
    return join(cli.home, name);
  };
  const model = { ...(await echoOf()), context_length: 9_000 };
  const today = new Date().toISOString().slice(0, 'YYYY-MM-DD'.length);
  for (const line of [
    `keys create ${account.ownerId} --label a-label-that-is-much-longer-than-anybody-needs-it-to-be`,
    'admin-keys create --scopes usage:read,audit:read --label reports',
    `templates put ${file('greet.json', { name: 'greet', messages: [{ role: 'user', content: 'Hello {{ who }}' }] })}`,
    'channels add webhook https://mesh.invalid/hook --kinds low_balance,cap_100',
    `catalogue put models acme/a ${file('a.json', model)}`,
    'catalogue rm models acme/a',
    `rates set 88.5 --reason down --as-of ${today} --confirm`,
    `topup ${account.ownerId} 20 --reference invoice-7`,
    'provider-keys add mesh --env THEIRS --label ours',
  ]) {
    const ran = await cli.run(line.split(' '), { env: { ...env(), THEIRS: 'sk-0123456789-of-somebody-else' } });
    if (ran.code !== 0) throw new Error(`${line}: ${ran.err}`);
  }
});
afterAll(async () => {
  cli?.remove();
  await mesh?.close();
});

const env = () => ({ MESH_URL: mesh.url, MESH_KEY: account.key, MESH_ADMIN_KEY: mesh.adminKey });

async function untilCounted(): Promise<void> {
  for (;;) {
    const { body } = await mesh.call('POST', '/v1/usage', { key: account.key, body: {} });
    if (body.total.requests > 0) return;
  }
}

async function echoOf(): Promise<object> {
  const { body } = await mesh.call('GET', '/v1/catalogue/models/mesh/echo', { key: mesh.adminKey });
  return body.effective;
}

/** As the router answers, or as it would if it had something to say. */
const answer: typeof fetch = async (input, init) => {
  const { pathname } = new URL(String(input));
  return Object.hasOwn(canned, pathname) ? Response.json(canned[pathname]) : fetch(input, init);
};

/** A table without what differs from run to run, at the width that it has. */
function steady(table: string): string {
  return table
    .replaceAll(/(?<=\b(own|key|chn|adm|dlv|tpl|pk|req|ent|top|aud)_)[0-9A-Z]+/g, (id) => 'X'.repeat(id.length))
    .replaceAll(/\d+ ms {2}req_X+…?/g, 'N ms  req_X')
    .replaceAll(/http:\/\/127\.0\.0\.1:\d+ answers in \d+ ms/g, 'http://127.0.0.1:1 answers in N ms')
    .replaceAll(/(rsk|mak)_.{2}….{4}/g, '$1_AA…ZZZZ')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '2026-01-02T03:04:05.678Z')
    .replaceAll(/\d{4}-\d\d-\d\d( \d\d:\d\d:\d\d)?/g, (_, time) => (time ? '2026-01-02 03:04:05' : '2026-01-02'))
    .replaceAll(/^\d{4}-\d\d(?= of)/gm, '2026-01');
}

describe.each([...shown, doctor])('mesh %s', (line) => {
  const args = line.split(' ');

  test.each([80, 120])('is readable in %d columns', async (columns) => {
    const { code, out, err } = await cli.run(args, { columns, fetch: answer });
    expect([code, err]).toEqual([0, '']);
    expect(Math.max(...out.split('\n').map((each) => each.length))).toBeLessThanOrEqual(columns);
    expect(steady(out)).toMatchSnapshot();
  });
});

describe.each(shown)('mesh %s --json', (line) => {
  const args = line.split(' ');

  test('gives programs what the API answers, as its document says it', async () => {
    const replies: { route: string; body: unknown; fault: unknown }[] = [];
    const listen: typeof fetch = async (input, init) => {
      const reply = await answer(input, init);
      const { pathname } = new URL(String(input));
      const body = JSON.parse(await reply.clone().text());
      const route = routeOf(init?.method ?? 'GET', pathname);
      const schema = route?.replies[200];
      replies.push({ route: pathname, body, fault: schema ? schema.safeParse(body).error : 'no such route' });
      return reply;
    };
    const { code, out } = await cli.run([...args, '--json'], { fetch: listen });
    expect(code).toBe(0);
    expect(replies.map(({ route, fault }) => [route, fault])).toEqual(replies.map(({ route }) => [route, undefined]));
    // Whole, or rows of it.
    const rows = replies.flatMap(({ body }) => (body as { data?: unknown[] }).data ?? []);
    const said = JSON.parse(out);
    if (Array.isArray(said))
      expect([...rows, ...replies.flatMap(({ body }) => body)]).toEqual(expect.arrayContaining(said));
    else expect([...rows, ...replies.map(({ body }) => body)]).toContainEqual(said);
  });
});

function routeOf(method: string, path: string) {
  return routes.find((route) => {
    const pattern = route.path.replaceAll(/\{\w+\+\}/g, '.+').replaceAll(/\{\w+\}/g, '[^/]+');
    return route.method === method && new RegExp(`^${pattern}$`).test(path);
  });
}

test('no command is forgotten, here or in the document', () => {
  const named = [...new Set([...shown.map((line) => line.split(' ')[0] ?? ''), doctor, ...Object.keys(others)])];
  expect(named.sort()).toEqual(commandTable.map(({ name }) => name).sort());
  const page = readFileSync(join(import.meta.dirname, '../../functions/router/docs/cli.md'), 'utf8');
  const rows = [...page.matchAll(/^\| (`.+?) \|/gm)].map(([, cell = '']) => cell);
  const documented = rows.flatMap((cell) => [...cell.matchAll(/`([a-z-]+)/g)].map(([, name]) => name));
  expect(named.filter((name) => !documented.includes(name))).toEqual([]);
});
