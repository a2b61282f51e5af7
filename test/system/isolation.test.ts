import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { routes } from '../../functions/router/routes.ts';
import { type Account, type Mesh, startMesh } from '../support/start-mesh.ts';

/** What belongs to one owner, and what it is called by. */
let mesh: Mesh;
let theirs: { account: Account; ids: string[] };
let intruders: Record<string, string>;

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
  const admin = (path: string, body: object) => mesh.call('POST', path, { key: mesh.adminKey, body });
  const channel = await admin('/v1/alerts/channels', {
    owner_id: account.ownerId,
    type: 'email',
    target: 'ada@example.com',
  });
  const rule = await admin('/v1/alerts/rules', { owner_id: account.ownerId, percent: 10 });
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
  const [plain, managing] = [await mesh.makeOwner(), await mesh.makeOwner({ key: { manage: true } })];
  intruders = { 'a key': plain.key, 'a key that manages': managing.key };
});
afterAll(() => mesh.close());

/** What an answer says, without what is new with each request. */
const saidBy = (reply: { status: number; text: string }, requestId: string | null) =>
  [reply.status, requestId === null ? reply.text : reply.text.replaceAll(requestId, '…')] as const;

const named = routes.filter(({ path, access }) => path.includes('{id') && access !== 'open');

test.each(named.map((route) => [`${route.method} ${route.path}`, route] as const))(
  '%s of another owner answers as if it did not exist',
  async (_name, { method, path, surface }) => {
    for (const key of Object.values(intruders)) {
      const ask = async (id: string) => {
        const asked = { key, ...(method === 'GET' || method === 'DELETE' ? {} : { body: {} }) };
        const reply = await mesh.call(method, path.replace(/\{id\+?\}/, encodeURIComponent(id)), asked);
        const [status, text] = saidBy(reply, reply.headers.get('x-mesh-request-id'));
        // A name that the caller said himself may be repeated to him.
        return [status, text.replaceAll(id, '{id}')];
      };
      for (const id of theirs.ids)
        expect([surface.name, await ask(id)]).toEqual([surface.name, await ask('not_there')]);
    }
  },
);

test('lists of an owner have nothing of another', async () => {
  for (const { method, path, access } of routes) {
    if (method !== 'GET' || path.includes('{') || access === 'open') continue;
    for (const key of Object.values(intruders)) {
      const { text } = await mesh.call(method, path, { key });
      expect([path, theirs.ids.filter((id) => text.includes(`"${id}"`))]).toEqual([path, []]);
    }
  }
  for (const path of ['/v1/usage', '/v1/usage/events', '/v1/usage/refusals']) {
    for (const key of Object.values(intruders)) {
      const { text } = await mesh.call('POST', path, { key, body: {} });
      expect([path, theirs.ids.filter((id) => text.includes(`"${id}"`))]).toEqual([path, []]);
    }
  }
});
