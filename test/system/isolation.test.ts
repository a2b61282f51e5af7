import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openaiSurface } from '../../functions/formats/chat/surface.ts';
import { authenticate } from '../../functions/router/access/authenticate.ts';
import { createApi } from '../../functions/router/http/handle.ts';
import type { Route } from '../../functions/router/http/route.ts';
import { createRouteTable } from '../../functions/router/http/route-table.ts';
import { HOST_LIMITS, serve } from '../../functions/router/http/serve.ts';
import { routes } from '../../functions/router/routes.ts';
import type { Services } from '../../functions/router/way/services.ts';
import { type Account, type Mesh, startMesh } from '../support/start-mesh.ts';

/** What belongs to one owner, and what it is called by. */
let mesh: Mesh;
let theirs: { account: Account; ids: string[] };
/** Keys of others, of every kind. */
let intruders: string[];

beforeAll(async () => {
  mesh = await startMesh();
  const account = await mesh.makeOwner({ key: { manage: true } });
  const messages = [{ role: 'user' as const, content: 'hi' }];
  const inSession = { headers: { 'X-Session-Id': 'ours/only' } };
  const { id } = await account.openai.chat.completions.create({ model: 'mesh/echo', messages }, inSession);
  const asked = { key: account.key, body: { name: 'private', system: 'x' } };
  const template = await mesh.call('POST', '/v1/templates', asked);
  const provider = { provider: 'mesh', key: 'sk-isolation-canary' };
  const providerKey = await mesh.call('POST', '/v1/provider-keys', { key: account.key, body: provider });
  const admin = (method: string, path: string, body: object) => mesh.call(method, path, { key: mesh.adminKey, body });
  const channel = await admin('POST', '/v1/alerts/channels', {
    owner_id: account.ownerId,
    type: 'email',
    target: 'ada@example.com',
  });
  const rule = await admin('POST', '/v1/alerts/rules', { owner_id: account.ownerId, percent: 10 });
  theirs = {
    account,
    ids: [
      account.ownerId,
      account.keyId,
      id,
      template.body.id,
      'private',
      channel.body.id,
      rule.body.id,
      providerKey.body.id,
      'ours/only',
    ],
  };
  const [plain, managing, suspended] = await Promise.all(
    [{}, { manage: true }, { manage: true }].map((key) => mesh.makeOwner({ key })),
  );
  await admin('PATCH', `/v1/keys/${suspended?.keyId}`, { status: 'suspended' });
  const reader = await admin('POST', '/v1/admin-keys', { scopes: ['catalogue:read'] });
  intruders = [plain, managing, suspended].map((each) => each?.key ?? '').concat(reader.body.key);
});
afterAll(() => mesh.close());

type Asked = Parameters<Mesh['call']>[2];
type Call = (method: string, path: string, asked: Asked) => ReturnType<Mesh['call']>;

/** What an answer says, without what is new with each request and without what the caller said himself. */
async function saidTo(call: Call, method: string, path: string, asked: Asked, id: string): Promise<unknown[]> {
  const { status, text, headers } = await call(method, path, asked);
  const requestId = headers.get('x-mesh-request-id');
  const always = requestId === null ? text : text.replaceAll(requestId, '…');
  return [status, always.replaceAll(id, '{id}').replaceAll(/"(as_of|end|start)":"[^"]*"/g, '')];
}

const NOBODY = 'not_there';

/** The ids of another owner that a route answers otherwise than one that nobody has, to whatever key. */
async function leaksOf({ method, path }: Pick<Route<Services>, 'method' | 'path'>, call: Call): Promise<string[]> {
  const leaks: string[] = [];
  for (const key of intruders) {
    const asked = { key, ...(method === 'GET' || method === 'DELETE' ? {} : { body: {} }) };
    const ask = (id: string) =>
      saidTo(call, method, path.replace(/\{id\+?\}/, encodeURIComponent(id)), asked, id).then((said) => said.join(' '));
    const nothing = await ask(NOBODY);
    for (const id of theirs.ids) if ((await ask(id)) !== nothing) leaks.push(id);
  }
  return leaks;
}

const named = routes.filter(({ path, access }) => path.includes('{id') && access !== 'open');
test.each(named.map((route) => [`${route.method} ${route.path}`, route] as const))(
  '%s of another owner answers as if it did not exist',
  async (_name, route) => expect(await leaksOf(route, mesh.call)).toEqual([]),
);

/** Fields by which a question names what may be another's. */
const references = ['owner_id', 'key_id', 'session', 'end_user', 'template'] as const;
const fieldsOf = (schema: unknown): string[] => Object.keys((schema as { shape?: object } | undefined)?.shape ?? {});
const referring = routes.flatMap((route) =>
  references
    .filter((field) => fieldsOf(route.query).includes(field) || fieldsOf(route.body).includes(field))
    .map((field) => [`${route.method} ${route.path}`, field, route] as const),
);
/** What a body cannot be without. */
const least: Readonly<Record<string, object>> = {
  '/v1/provider-keys': { provider: 'mesh', key: 'sk-isolation' },
  '/v1/end-users/erase': { user: 'ann' },
};

test('the newest paths are among those that name an owner', () => {
  const paths = referring.filter(([, field]) => field === 'owner_id').map(([name]) => name);
  for (const path of ['POST /v1/end-users/erase', 'GET /v1/statements/{id}', 'GET /v1/sessions/{id+}']) {
    expect(paths).toContain(path);
  }
  expect(paths).toEqual(expect.arrayContaining(['POST /v1/keys', 'GET /v1/provider-keys', 'POST /v1/usage/events']));
});

test.each(referring)('%s with the %s of another owner answers as with nobody’s', async (_name, field, route) => {
  const { method, path, query } = route;
  const inQuery = fieldsOf(query).includes(field);
  const month = new Date().toISOString().slice(0, 7);
  const at = path.replace(/\{id\+?\}/, path.includes('statements') ? month : NOBODY);
  for (const key of intruders) {
    const ask = (id: string) => {
      const body = method === 'GET' ? {} : { body: { ...least[path], ...(inQuery ? {} : { [field]: id }) } };
      const question = inQuery ? `?${field}=${encodeURIComponent(id)}` : '';
      return saidTo(mesh.call, method, at + question, { key, ...body }, id);
    };
    const nothing = await ask(NOBODY);
    for (const id of theirs.ids) expect([path, await ask(id)]).toEqual([path, nothing]);
  }
});

test('a path that only says whether something is there is found out', async () => {
  const planted: Route<Services> = {
    method: 'GET',
    path: '/v1/planted/{id}',
    operationId: 'planted',
    tag: 'usage',
    summary: 'Whether there is something',
    access: 'inference',
    surface: openaiSurface,
    replies: { 200: null },
    async handle(call, services, id) {
      await authenticate(call, services.keys);
      return { status: 200, body: { is_there: id === theirs.account.keyId } };
    },
  };
  const api = createApi(mesh.services, {
    table: createRouteTable([planted]),
    surface: openaiSurface,
    corsOrigins: [],
    proxies: 0,
  });
  const host = await serve(api.handle, 0, '127.0.0.1', HOST_LIMITS);
  const call: Call = async (_method, path, asked) => {
    const reply = await fetch(`http://127.0.0.1:${host.port}${path}`, {
      headers: { authorization: `Bearer ${asked?.key}` },
    });
    return { status: reply.status, headers: reply.headers, text: await reply.text(), body: null };
  };
  const leaks = await leaksOf(planted, call);
  await host.close(1_000);
  expect(new Set(leaks)).toEqual(new Set([theirs.account.keyId]));
});

test('lists of an owner have nothing of another', async () => {
  for (const { method, path, access } of routes) {
    if (method !== 'GET' || path.includes('{') || access === 'open') continue;
    for (const key of intruders) {
      const { text } = await mesh.call(method, path, { key });
      expect([path, theirs.ids.filter((id) => text.includes(`"${id}"`))]).toEqual([path, []]);
    }
  }
  for (const path of ['/v1/usage', '/v1/usage/events', '/v1/usage/refusals']) {
    for (const key of intruders) {
      const { text } = await mesh.call('POST', path, { key, body: {} });
      expect([path, theirs.ids.filter((id) => text.includes(`"${id}"`))]).toEqual([path, []]);
    }
  }
});
