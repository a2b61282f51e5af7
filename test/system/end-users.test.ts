import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { CHANGES } from '../../functions/core/changes.ts';
import { ENTRIES } from '../../functions/core/ledger/entries.ts';
import { FAILED_REQUESTS } from '../../functions/core/ledger/failed-requests.ts';
import type { Write } from '../../functions/core/store/documents.ts';
import { MAX_ERASED } from '../../functions/router/api/end-users/erase-end-user.ts';
import { json, startScriptedUpstream } from '../support/scripted-upstream.ts';
import { type Account, type Mesh, startMesh } from '../support/start-mesh.ts';

let upstream: Awaited<ReturnType<typeof startScriptedUpstream>>;
let mesh: Mesh;
let us: Account;
let others: Account;

beforeAll(async () => {
  upstream = await startScriptedUpstream(() => json({ error: { message: 'down' } }, 500));
  mesh = await startMesh({
    catalogue: {
      providers: { acme: { format: 'chat', base_url: upstream.url, auth: { type: 'none' } } },
      models: {
        'acme/down': {
          context_length: 9_000,
          max_output_tokens: 100,
          endpoints: [{ provider: 'acme', model: 'm', price: { input: '1', output: '2' } }],
        },
      },
    },
  });
});
afterAll(async () => {
  await mesh.close();
  await upstream.close();
});
beforeEach(async () => {
  [us, others] = await Promise.all([mesh.makeOwner({ key: { manage: true } }), mesh.makeOwner()]);
});

const ann = 'ann@example.com';
const ask = (key: string, user: string, model = 'mesh/echo') =>
  mesh.call('POST', '/v1/chat/completions', {
    key,
    body: { model, user, metadata: { name: 'Ann' }, messages: [{ role: 'user', content: 'Hello' }] },
    headers: { 'x-mesh-metadata': 'keep', 'x-session-id': `talk-of-${user.slice(0, 3)}`, 'x-request-id': 'order-7' },
  });
const erase = (body: object, key = us.key) => mesh.call('POST', '/v1/end-users/erase', { key, body });
const eventsOf = async ({ key }: Account) => (await mesh.call('POST', '/v1/usage/events', { key, body: {} })).body.data;
const kept = async (ownerId: string) => {
  const where = [{ field: 'owner_id', op: '==', value: ownerId }] as const;
  const found = [ENTRIES, FAILED_REQUESTS].map((collection) => mesh.documents.query({ collection, where }));
  return (await Promise.all(found)).flat();
};

describe('an end user that is to be forgotten', () => {
  test('is named nowhere any more, in charges and failed requests, and all else stays', async () => {
    for (const user of [ann, ann, 'bob']) expect((await ask(us.key, user)).status).toBe(200);
    expect((await ask(us.key, ann, 'acme/down')).status).toBe(502);
    await ask(others.key, ann);
    const before = await eventsOf(us);
    const [hash] = before.map(({ end_user }: { end_user: string }) => end_user);
    expect((await erase({ user: ann })).body).toEqual({ erased: 3, done: true });
    const nothing = { end_user: null, metadata: null, session: null, label: null };
    const expected = before.map((event: { end_user: string }) =>
      event.end_user === hash ? { ...event, ...nothing } : event,
    );
    expect(await eventsOf(us)).toEqual(expected);
    expect(JSON.stringify((await kept(us.ownerId)).map(({ data }) => Object.values(data).map(String)))).not.toContain(
      hash,
    );
    expect(expected.filter(({ end_user }: { end_user: unknown }) => end_user !== null)).toHaveLength(1);
    // Another owner's Ann is another one.
    expect((await eventsOf(others))[0]).toMatchObject({ metadata: { name: 'Ann' } });
    expect((await erase({ user: ann })).body).toEqual({ erased: 0, done: true });
  });

  test('is erased by the hash too, by the administration for a named owner, and the log has no name', async () => {
    await ask(us.key, ann);
    const [{ end_user }] = await eventsOf(us);
    const admin = (body: object) => erase(body, mesh.adminKey);
    expect((await admin({ end_user })).body.error.param).toBe('owner_id');
    expect((await admin({ end_user, owner_id: 'own_nobody' })).status).toBe(404);
    expect((await admin({ end_user, owner_id: us.ownerId })).body).toEqual({ erased: 1, done: true });
    const acts = await mesh.documents.query({ collection: CHANGES });
    const [act] = acts.filter(({ data }) => data.act === 'end_user.erase' && data.owner_id === us.ownerId);
    expect(act?.data).toMatchObject({ erased: 1n, actor: expect.stringMatching(/^admin:/) });
    expect(JSON.stringify(Object.values(act?.data ?? {}).map(String))).not.toContain(end_user);
  });

  test('is another owner’s to nobody, and to no key that does not manage', async () => {
    await ask(others.key, ann);
    const [{ end_user }] = await eventsOf(others);
    const [theirs, nobodys] = [others.ownerId, 'own_nobody'].map((owner_id) => erase({ end_user, owner_id }));
    expect({ ...(await theirs)?.body, request_id: '' }).toEqual({ ...(await nobodys)?.body, request_id: '' });
    expect((await theirs)?.status).toBe(404);
    expect((await erase({ end_user })).body.erased).toBe(0);
    expect((await erase({ user: ann }, others.key)).status).toBe(403);
    expect((await eventsOf(others))[0].end_user).toBe(end_user);
  });

  test.each([[{}], [{ user: 'a', end_user: `usr_${'0'.repeat(32)}` }], [{ end_user: 'ann' }], [{ user: '' }]])(
    '%j names none',
    async (body) => expect((await erase(body)).status).toBe(400),
  );

  test('of very many requests is erased in several calls', async () => {
    await ask(us.key, ann);
    const [one] = (await kept(us.ownerId)).filter(({ data }) => data.kind === 'charge');
    const made = Array.from({ length: MAX_ERASED + 5 }, (_, n): Write => {
      const data = { ...one?.data, entry_id: `made_${n}`, kind: 'failure', amount: 0n };
      return { kind: 'set', collection: FAILED_REQUESTS, id: `made_${n}`, data, expect: 'absent' };
    });
    await mesh.documents.commit(made);
    expect((await erase({ user: ann })).body).toEqual({ erased: MAX_ERASED, done: false });
    expect((await erase({ user: ann })).body).toEqual({ erased: 6, done: true });
    expect((await kept(us.ownerId)).filter(({ data }) => data.end_user !== undefined)).toEqual([]);
  });
});
