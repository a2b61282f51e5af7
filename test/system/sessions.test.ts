import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { SESSIONS } from '../../functions/core/sessions/shared-sessions.ts';
import { documentId } from '../../functions/core/store/document-id.ts';
import { type Documents, StoreUnavailable } from '../../functions/core/store/documents.ts';
import { openSqliteDocuments } from '../../functions/platform/documents/sqlite-documents.ts';
import { chatCompletion } from '../support/answers.ts';
import { type Counted, countOperations } from '../support/count-operations.ts';
import { json, type ScriptedUpstream, startScriptedUpstream } from '../support/scripted-upstream.ts';
import { type Account, type CallReply, type Mesh, startMesh } from '../support/start-mesh.ts';

/** Three providers of one model, as good as each other, at prices where what is cached costs a tenth. */
const providers = ['acme', 'bolt', 'core'] as const;
type Provider = (typeof providers)[number];
/** How long anything may take that nobody awaits. */
const WAIT_MS = 25_000;

let upstreams: Record<Provider, ScriptedUpstream>;
let documents: Documents;
let store: Counted;
/** Two routers on one store: of equals the one takes the first, the other the last. */
let one: Mesh;
let other: Mesh;
let account: Account;
let down: Set<Provider>;
/** What becomes of whatever is done to sessions in the store. */
let fate: 'done' | 'refused' | 'unanswered';
let sessions = 0;

beforeAll(async () => {
  const open = (name: Provider) =>
    startScriptedUpstream(() =>
      down.has(name)
        ? json({ error: { message: 'down' } }, 503)
        : json({
            ...chatCompletion,
            usage: { ...chatCompletion.usage, prompt_tokens: 4_000, prompt_tokens_details: { cached_tokens: 3_000 } },
          }),
    );
  const [acme, bolt, core] = await Promise.all(providers.map(open));
  upstreams = { acme, bolt, core } as typeof upstreams;
  documents = await openSqliteDocuments(':memory:');
  store = countOperations(documents, new Set([SESSIONS]));
  const price = { input: '1', output: '1', cache_read: '0.1' };
  const catalogue = {
    providers: Object.fromEntries(
      providers.map((name) => [
        name,
        { format: 'chat', base_url: `${upstreams[name].url}/v1`, auth: { type: 'none' } },
      ]),
    ),
    models: {
      'vendor/model': {
        context_length: 8_000,
        max_output_tokens: 100,
        endpoints: providers.map((provider) => ({ provider, model: 'model', price })),
      },
    },
  };
  const pass = async <T>(concerns: boolean, act: () => Promise<T>): Promise<T> => {
    if (concerns && fate === 'refused') throw new StoreUnavailable('away');
    if (concerns && fate === 'unanswered') await new Promise(() => {});
    return act();
  };
  // The store is closed by the last one out.
  const shaky: Documents = {
    ...store.documents,
    get: (collection, id) => pass(collection === SESSIONS, () => store.documents.get(collection, id)),
    commit: (writes) =>
      pass(
        writes.some(({ collection }) => collection === SESSIONS),
        () => store.documents.commit(writes),
      ),
    close: async () => {},
  };
  one = await startMesh({ documents: shaky, catalogue, random: () => 0 });
  other = await startMesh({ documents: store.documents, catalogue, random: () => 0.89 });
  account = await one.makeOwner({ key: { rpm_limit: null, rpd_limit: null } });
}, 30_000);
afterAll(async () => {
  await one?.close();
  await other?.close();
  for (const upstream of Object.values(upstreams ?? {})) await upstream.close();
}, 30_000);
beforeEach(async () => {
  down = new Set();
  fate = 'done';
  for (const mesh of [one, other]) {
    for (const { endpoint } of mesh.services.health.breakers.list())
      await mesh.services.health.breakers.reset(endpoint);
  }
  store.take();
});

interface Turn {
  session?: string;
  /** Turns before. */
  turn?: number;
  headers?: Record<string, string>;
  more?: object;
  key?: string;
}

/** Long enough to be cached. */
const PROMPT = `You write code. ${'word '.repeat(2_000)}`;
/** How fast they are is this machine's business: what they cost decides. */
const profile = { 'x-mesh-weight-profile': 'cost_first' };
const first = () => [
  { role: 'system', content: PROMPT },
  { role: 'user', content: `Begin with file ${sessions}.` },
];
const later = (turn: number) =>
  Array.from({ length: turn }, (_, n) => [
    { role: 'assistant', content: `Done ${n}.` },
    { role: 'user', content: `Go on with ${n}.` },
  ]).flat();

const ask = (mesh: Mesh, { session, turn = 0, headers = {}, more = {}, key = account.key }: Turn = {}) =>
  mesh.call('POST', '/v1/chat/completions', {
    key,
    headers: {
      'x-mesh-explain': '1',
      ...profile,
      ...(session === undefined ? {} : { 'x-session-id': session }),
      ...headers,
    },
    body: { model: 'vendor/model', max_tokens: 5, messages: [...first(), ...later(turn)], ...more },
  });
const servedBy = ({ headers }: CallReply) => headers.get('x-mesh-routing-provider');
const stayOf = ({ body }: CallReply) => body.mesh.decision.session;

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const deadline = performance.now() + WAIT_MS; !(await holds()); ) {
    if (performance.now() > deadline) throw new Error('It was waited for in vain.');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Nobody awaits the writing of a session. */
const written = (session: string) =>
  until(async () => {
    const id = documentId(`${account.ownerId}|vendor/model|${session}`);
    return (await documents.get(SESSIONS, id)) !== null;
  });

beforeEach(() => {
  sessions++;
});

test('without a session, of equals each router takes its own', async () => {
  const off = { 'x-session-affinity': 'off' };
  expect(servedBy(await ask(one, { headers: off }))).toBe('acme');
  expect(servedBy(await ask(other, { headers: off }))).toBe('core');
});

describe('a session that its client names', () => {
  test('stays where it began, through another router too', async () => {
    const session = `named-${sessions}`;
    const begun = await ask(one, { session });
    expect([servedBy(begun), stayOf(begun)]).toEqual(['acme', null]);
    await written(session);
    const next = await ask(other, { session, turn: 1 });
    expect([servedBy(next), stayOf(next)?.stay]).toEqual(['acme', 'kept']);
    expect(stayOf(next).cached_tokens).toBeGreaterThan(1_024);
    expect(store.take()).toMatchObject({ reads: 2, writes: 1 });
    for (let turn = 2; turn < 6; turn++) {
      expect(servedBy(await ask(turn % 2 === 0 ? one : other, { session, turn }))).toBe('acme');
    }
    expect(store.take()).toMatchObject({ reads: 0, writes: 0 });
  });

  test.each([
    ['/v1/messages', 'x-claude-code-session-id'],
    ['/v1/responses', 'session-id'],
  ])('on %s by %s', async (path, header) => {
    const session = `of-${header}`;
    const messages = [{ role: 'user', content: PROMPT }];
    const body =
      path === '/v1/messages'
        ? { model: 'vendor/model', max_tokens: 5, messages }
        : { model: 'vendor/model', max_output_tokens: 16, input: messages };
    const call = (mesh: Mesh) =>
      mesh.call('POST', path, { key: account.key, headers: { ...profile, [header]: session }, body });
    expect(servedBy(await call(other))).toBe('core');
    await written(session);
    expect(servedBy(await call(one))).toBe('core');
  });

  test('is another one with another owner', async () => {
    const session = `owned-${sessions}`;
    const stranger = await one.makeOwner();
    expect(servedBy(await ask(one, { session }))).toBe('acme');
    expect(stayOf(await ask(one, { session, key: stranger.key }))).toBeNull();
    expect(servedBy(await ask(other, { session, key: stranger.key }))).toBe('acme');
  });

  test('has what became of it on its charge', async () => {
    const session = `charged-${sessions}`;
    await ask(one, { session });
    await ask(one, { session, turn: 1 });
    const { body } = await one.call('POST', '/v1/usage/events', { key: account.key, body: { session } });
    const [last, begun] = body.data as { session: string; decision: { session?: unknown[] } }[];
    expect(last?.decision.session).toEqual(['acme/model', 'kept', expect.any(Number)]);
    expect([begun?.session, begun?.decision.session]).toEqual([session, undefined]);
  });
});

describe('a session that nobody names', () => {
  test('is known by how it begins, in the memory of its router alone', async () => {
    expect(servedBy(await ask(other))).toBe('core');
    const next = await ask(other, { turn: 1 });
    expect([servedBy(next), stayOf(next).stay]).toEqual(['core', 'kept']);
    expect(stayOf(await ask(one, { turn: 1 }))).toBeNull();
    expect(store.take()).toMatchObject({ reads: 0, writes: 0, calls: 0 });
  });
});

describe('a session changes nothing', () => {
  test('of what its caller says', async () => {
    const session = `said-${sessions}`;
    expect(servedBy(await ask(one, { session }))).toBe('acme');
    for (const provider of [{ order: ['core'] }, { only: ['core'] }, { ignore: ['acme', 'bolt'] }]) {
      expect(servedBy(await ask(one, { session: `${session}-2`, turn: 1, more: { provider } }))).toBe('core');
      expect(servedBy(await ask(one, { session, headers: { 'x-session-affinity': 'off' } }))).toBe('acme');
    }
    const sorted = await ask(other, { session, more: { provider: { sort: 'price' } } });
    expect(stayOf(sorted)).toBeNull();
  });

  test('where it is switched off, and learns nothing there', async () => {
    const session = `off-${sessions}`;
    const off = { 'x-session-affinity': 'off' };
    expect(servedBy(await ask(one, { session }))).toBe('acme');
    await written(session);
    await ask(other, { session });
    expect(servedBy(await ask(other, { session, headers: off }))).toBe('core');
    const back = await ask(other, { session });
    expect([servedBy(back), stayOf(back).stay]).toEqual(['acme', 'kept']);
  });
});

test('an outage in the middle of a session moves it once, on both routers, and it stays where it went', async () => {
  const session = `outage-${sessions}`;
  expect(servedBy(await ask(one, { session }))).toBe('acme');
  await written(session);
  expect(servedBy(await ask(other, { session, turn: 1 }))).toBe('acme');
  down.add('acme');
  const isOpen = (mesh: Mesh) => mesh.services.health.breakers.standing('acme/model').admits !== 'all';
  // Its breaker opens on the requests of other callers.
  for (let n = 0; !isOpen(other); n++) {
    const pass = await other.services.health.breakers.enter({ id: 'acme/model', provider: 'acme' }, `key_${n}`);
    pass?.failed();
  }
  await until(() => isOpen(one));
  const moved = await ask(other, { session, turn: 2 });
  expect(stayOf(moved)).toMatchObject({ endpoint: 'acme/model', stay: 'breaker' });
  const home = servedBy(moved);
  expect(home).not.toBe('acme');
  await until(async () => {
    const stored = await documents.get(SESSIONS, documentId(`${account.ownerId}|vendor/model|${session}`));
    return stored?.data.endpoint === `${home}/model`;
  });
  const heard = await ask(one, { session, turn: 3 });
  expect([servedBy(heard), stayOf(heard).stay]).toEqual([home, 'kept']);
  // What was down is well again, and as good as where the session is now.
  down.clear();
  for (const mesh of [one, other]) await mesh.services.health.breakers.reset('acme/model');
  for (const mesh of [one, other, one, other]) {
    const back = await ask(mesh, { session, turn: 4 });
    expect([servedBy(back), stayOf(back).stay]).toEqual([home, 'kept']);
  }
}, 60_000);

test('an endpoint that fails once loses the session to the one that served it', async () => {
  const session = `once-${sessions}`;
  expect(servedBy(await ask(one, { session }))).toBe('acme');
  down.add('acme');
  const moved = await ask(one, { session, turn: 1 });
  const home = servedBy(moved);
  expect(home).not.toBe('acme');
  down.clear();
  expect(servedBy(await ask(one, { session, turn: 2 }))).toBe(home);
});

// The last ones: after them the router does not ask the store for sessions for a while.
test.each(['refused', 'unanswered'] as const)(
  'where what concerns sessions in the store is %s, requests are served, and stay by memory',
  async (bad) => {
    fate = bad;
    const session = `store-${bad}`;
    const begun = await ask(one, { session, more: { provider: { order: ['bolt'] } } });
    expect([begun.status, servedBy(begun)]).toEqual([200, 'bolt']);
    const next = await ask(one, { session, turn: 1 });
    expect([next.status, servedBy(next), stayOf(next).stay]).toEqual([200, 'bolt', 'kept']);
  },
);
