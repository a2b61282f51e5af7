import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { CHANGES } from '../../functions/core/changes.ts';
import { END_USER_SPENDING } from '../../functions/core/end-users/end-user-spending.ts';
import { ENTRIES } from '../../functions/core/ledger/entries.ts';
import { FAILED_REQUESTS } from '../../functions/core/ledger/failed-requests.ts';
import { SESSIONS } from '../../functions/core/sessions/shared-sessions.ts';
import type { Write } from '../../functions/core/store/documents.ts';
import { MAX_ERASED } from '../../functions/router/api/end-users/erase-end-user.ts';
import { COLLECTIONS } from '../../infra/operate/restore-plan.ts';
import { json, startScriptedUpstream } from '../support/scripted-upstream.ts';
import { type Account, type Mesh, startMesh } from '../support/start-mesh.ts';

let upstream: Awaited<ReturnType<typeof startScriptedUpstream>>;
let mesh: Mesh;
let us: Account;
let others: Account;
/** Ends what the upstream holds back. */
const held: (() => void)[] = [];

beforeAll(async () => {
  const message = { role: 'assistant', content: 'ok' };
  const answer = json({
    ...{ id: 'x', object: 'chat.completion', created: 1, model: 'm' },
    choices: [{ index: 0, message, finish_reason: 'stop' }],
    usage: { prompt_tokens: 5, completion_tokens: 1, total_tokens: 6 },
  });
  upstream = await startScriptedUpstream(({ body }) => {
    const { model } = JSON.parse(body) as { model: string };
    if (model === 'down') return json({ error: { message: 'down' } }, 500);
    if (model !== 'held') return answer;
    const promise = new Promise<void>((resolve) => held.push(resolve));
    return [{ do: 'until', promise }, ...answer];
  });
  const price = { input: '1', output: '2', cache_read: '0.1' };
  const limits = { context_length: 9_000, max_output_tokens: 100 };
  mesh = await startMesh({
    catalogue: {
      providers: { acme: { format: 'chat', base_url: upstream.url, auth: { type: 'none' } } },
      models: {
        'acme/down': { ...limits, endpoints: [{ provider: 'acme', model: 'down', price }] },
        'acme/held': { ...limits, endpoints: [{ provider: 'acme', model: 'held', price }] },
        // Of a model with one endpoint nobody keeps where its sessions are.
        'acme/twice': { ...limits, endpoints: ['m', 'n'].map((model) => ({ provider: 'acme', model, price })) },
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

const limitsOf = async ({ key }: Account, user?: string) =>
  (await mesh.call('GET', `/v1/usage/rate-limits${user === undefined ? '' : `?end_user=${user}`}`, { key })).body
    .spending;
/** The collections in which one of some words stands in a document of an owner, in its name or in a field. */
async function namedIn(ownerId: string, ...words: string[]): Promise<string[]> {
  const named: string[] = [];
  for (const collection of COLLECTIONS) {
    const texts = (await mesh.documents.query({ collection })).map((document) =>
      JSON.stringify(document, (_, part) => (typeof part === 'bigint' ? `${part}` : part)),
    );
    const isNaming = (text: string) => text.includes(ownerId) && words.some((word) => text.includes(word));
    if (texts.some(isNaming)) named.push(collection);
  }
  return named.sort();
}
async function eventually(holds: () => Promise<boolean>): Promise<void> {
  const until = performance.now() + 10_000;
  while (!(await holds())) {
    if (performance.now() > until) throw new Error('It did not come about.');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

describe('an end user that is to be forgotten', () => {
  test('stood in no line of the log, nor did anything that its caller said in its own words', async () => {
    const from = mesh.log.lines.length;
    for (const model of ['mesh/echo', 'acme/down']) await ask(us.key, ann, model);
    const [{ end_user, session, label }] = await eventsOf(us);
    const lines = JSON.stringify(mesh.log.lines.slice(from));
    expect(lines).toContain('"answered"');
    const words = [end_user, session, label, 'Ann', 'ann@'];
    expect(words.every((word) => word.length >= 3)).toBe(true);
    expect(words.filter((word) => lines.includes(word))).toEqual([]);
  });

  test('is named nowhere any more, in charges and failed requests, and all else stays', async () => {
    for (const user of [ann, ann, 'bob']) expect((await ask(us.key, user)).status).toBe(200);
    expect((await ask(us.key, ann, 'acme/down')).status).toBe(502);
    await ask(others.key, ann);
    const before = await eventsOf(us);
    const [hash] = before.map(({ end_user }: { end_user: string }) => end_user);
    expect((await erase({ user: ann })).body).toEqual({ erased: 3, running: 0, done: true });
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
    expect((await erase({ user: ann })).body).toEqual({ erased: 0, running: 0, done: true });
  });

  test('is erased by the hash too, by the administration for a named owner, and the log has no name', async () => {
    await ask(us.key, ann);
    const [{ end_user }] = await eventsOf(us);
    const admin = (body: object) => erase(body, mesh.adminKey);
    expect((await admin({ end_user })).body.error.param).toBe('owner_id');
    expect((await admin({ end_user, owner_id: 'own_nobody' })).status).toBe(404);
    expect((await admin({ end_user, owner_id: us.ownerId })).body).toEqual({ erased: 1, running: 0, done: true });
    const acts = await mesh.documents.query({ collection: CHANGES });
    const [act] = acts.filter(({ data }) => data.act === 'end_user.erase' && data.owner_id === us.ownerId);
    expect(act?.data).toMatchObject({ erased: 1n, actor: expect.stringMatching(/^admin:/) });
    expect(JSON.stringify(Object.values(act?.data ?? {}).map(String))).not.toContain(end_user);
  });

  test('leaves nothing where caps of end users are, in any document, and its money stays where it was', async () => {
    const account = await mesh.makeOwner({ key: { manage: true, end_user_caps: { total: '5' } } });
    for (const user of [ann, 'bob']) expect((await ask(account.key, user, 'acme/twice')).status).toBe(200);
    const hashOf = (user: string) => mesh.services.hashUser(account.ownerId, user);
    const hash = hashOf(ann);
    // Where its session is is told to the other instances a moment later.
    await eventually(async () => (await namedIn(account.ownerId, hash, 'talk-of-ann')).includes(SESSIONS));
    expect(await namedIn(account.ownerId, hash, 'talk-of-ann')).toEqual([END_USER_SPENDING, ENTRIES, SESSIONS]);
    const used = async () => (await mesh.call('POST', '/v1/usage', { key: account.key, body: {} })).body.total;
    await eventually(async () => (await used()).requests === 2);
    const money = async () => [
      (await account.balance()).balance_usd,
      await used(),
      (await eventsOf(account)).map(({ cost }: { cost: object }) => cost),
      (await limitsOf(account)).key,
    ];
    const before = await money();
    expect((await erase({ user: ann }, account.key)).body).toEqual({ erased: 1, running: 0, done: true });
    expect(await namedIn(account.ownerId, hash, 'talk-of-ann')).toEqual([]);
    expect((await erase({ user: ann }, account.key)).body).toEqual({ erased: 0, running: 0, done: true });
    expect(await money()).toEqual(before);
    // Bob is who he was, and Ann somebody new.
    expect((await limitsOf(account, hashOf('bob'))).end_user.total.spent).not.toBe('0');
    expect((await limitsOf(account, hashOf(ann))).end_user.total.spent).toBe('0');
    expect((await ask(account.key, ann)).status).toBe(200);
  });

  test('whose request runs is erased when that has ended, which is charged as any other', async () => {
    const account = await mesh.makeOwner({ key: { manage: true, end_user_caps: { total: '5' } } });
    const running = ask(account.key, ann, 'acme/held');
    await eventually(async () => held.length === 1);
    expect((await erase({ user: ann }, account.key)).body).toEqual({ erased: 0, running: 1, done: false });
    // What it has reserved counts against the cap until it has ended.
    const hash = mesh.services.hashUser(account.ownerId, ann);
    expect(Number((await limitsOf(account, hash)).end_user.total.reserved)).toBeGreaterThan(0);
    for (const answer of held.splice(0)) answer();
    expect((await running).status).toBe(200);
    await eventually(async () => (await erase({ user: ann }, account.key)).body.done);
    const [event] = await eventsOf(account);
    expect([event.end_user, Number(event.cost.usd) > 0]).toEqual([null, true]);
    const [{ data } = { data: {} }] = await mesh.documents.query({
      collection: ENTRIES,
      where: [{ field: 'owner_id', op: '==', value: account.ownerId }],
    });
    expect(data).not.toHaveProperty('end_user');
    expect(await namedIn(account.ownerId, hash, 'talk-of-ann')).toEqual([]);
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
    expect((await erase({ user: ann })).body).toEqual({ erased: MAX_ERASED, running: 0, done: false });
    expect((await erase({ user: ann })).body).toEqual({ erased: 6, running: 0, done: true });
    expect((await kept(us.ownerId)).filter(({ data }) => data.end_user !== undefined)).toEqual([]);
  });
});
