import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { KEYS } from '../../functions/core/keys.ts';
import type { Documents, Query } from '../../functions/core/store/documents.ts';
import { openSqliteDocuments } from '../../functions/platform/documents/sqlite-documents.ts';
import { type CallReply, type Mesh, startMesh } from '../support/start-mesh.ts';

/** What was asked of the store, and a transaction that waits before it begins. */
const store = { queries: [] as Query[], before: null as (() => Promise<void>) | null };
let mesh: Mesh;

beforeAll(async () => {
  const inner = await openSqliteDocuments(':memory:');
  const documents: Documents = {
    place: inner.place,
    get: (collection, id) => inner.get(collection, id),
    query: (query) => {
      store.queries.push(query);
      return inner.query(query);
    },
    listen: (...given) => inner.listen(...given),
    async transaction(body) {
      const { before } = store;
      store.before = null;
      await before?.();
      return inner.transaction(body);
    },
    commit: (writes) => inner.commit(writes),
    now: () => inner.now(),
    close: () => inner.close(),
  };
  mesh = await startMesh({ documents });
});
afterAll(() => mesh.close());

const admin = (method: string, path: string, body?: object) =>
  mesh.call(method, path, { key: mesh.adminKey, ...(body === undefined ? {} : { body }) });
const statuses = (replies: readonly CallReply[]) => [...new Set(replies.map(({ status }) => status))];

describe('changes', () => {
  test('leave what they do not name, also what restricts a key', async () => {
    const set = {
      label: 'first',
      allowed_models: ['mesh/echo'],
      allowed_regions: ['test'],
      default_model: 'mesh/echo',
      spend_caps: { daily: '1', weekly: null, monthly: null, total: null },
    };
    const { keyId } = await mesh.makeOwner({ key: { ...set, rpm_limit: 7 } });
    expect((await admin('PATCH', `/v1/keys/${keyId}`, { rpm_limit: 8 })).body).toMatchObject({ ...set, rpm_limit: 8 });
    expect((await admin('GET', `/v1/keys/${keyId}`)).body).toMatchObject({ ...set, rpm_limit: 8 });
  });

  test('of one key, twenty at once, all succeed, and each field is as one of them says', async () => {
    const { keyId } = await mesh.makeOwner();
    const changes = Array.from({ length: 20 }, (_, n) => [
      admin('PATCH', `/v1/keys/${keyId}`, { label: `label ${n}` }),
      admin('PATCH', `/v1/keys/${keyId}`, { rpm_limit: n + 1 }),
    ]).flat();
    expect(statuses(await Promise.all(changes))).toEqual([200]);
    const { body } = await admin('GET', `/v1/keys/${keyId}`);
    expect(body.label).toMatch(/^label \d+$/);
    expect(body.rpm_limit).toBeLessThanOrEqual(20);
  });

  test('of one owner, twenty at once, all succeed while it spends', async () => {
    const { ownerId, openai } = await mesh.makeOwner();
    const messages = [{ role: 'user' as const, content: 'hi' }];
    const changes = Array.from({ length: 20 }, async (_, n) => {
      await openai.chat.completions.create({ model: 'mesh/echo', messages });
      return admin('PATCH', `/v1/owners/${ownerId}`, n % 2 ? { name: `name ${n}` } : { rpm_limit: 1_000 + n });
    });
    expect(statuses(await Promise.all(changes))).toEqual([200]);
    const { body } = await admin('GET', `/v1/owners/${ownerId}`);
    expect([body.name, body.rpm_limit]).toEqual([expect.stringMatching(/^name \d+$/), expect.any(Number)]);
  });
});

describe('a suspension', () => {
  test('succeeds among twenty changes at once, and stays', async () => {
    const { keyId } = await mesh.makeOwner();
    const changes = Array.from({ length: 20 }, (_, n) => admin('PATCH', `/v1/keys/${keyId}`, { label: `label ${n}` }));
    const gone = admin('DELETE', `/v1/keys/${keyId}`);
    expect([(await gone).status, ...statuses(await Promise.all(changes))]).toEqual([204, 200]);
    expect((await admin('GET', `/v1/keys/${keyId}`)).body.status).toBe('suspended');
  });

  test.each([
    ['DELETE', undefined],
    ['PATCH', { status: 'suspended' }],
  ])('by %s is not undone by an activation that was under way when it came', async (method, body) => {
    const { keyId } = await mesh.makeOwner();
    const path = `/v1/keys/${keyId}`;
    await admin('DELETE', path);
    let wait = () => {};
    const begun = new Promise<void>((begin) => {
      store.before = () => {
        begin();
        return new Promise((resolve) => {
          wait = resolve;
        });
      };
    });
    const activation = admin('PATCH', path, { status: 'active', label: 'back' });
    await begun;
    await admin(method, path, body);
    wait();
    const { status, body: told } = await activation;
    expect([status, told.status, told.label]).toEqual([200, 'suspended', 'back']);
    expect((await admin('GET', path)).body).toMatchObject({ status: 'suspended', label: 'back' });
    // One that begins after it does.
    expect((await admin('PATCH', path, { status: 'active' })).body.status).toBe('active');
    expect((await admin('GET', path)).body.status).toBe('active');
  });
});

describe('lists', () => {
  const ids = (rows: { id: string }[]) => rows.map(({ id }) => id);
  const put = (id: string, data: object) =>
    mesh.documents.commit([{ kind: 'set', collection: KEYS, id, data: { ...data }, expect: 'absent' }]);
  const next = ({ headers }: CallReply) => /^<(.+)>; rel="next"$/.exec(headers.get('link') ?? '')?.[1];

  /** All pages, each by what the one before says. */
  async function follow(first: string, onPage: () => Promise<unknown> = async () => {}): Promise<string[][]> {
    const pages: string[][] = [];
    for (let path: string | undefined = first; path !== undefined; ) {
      const reply: CallReply = await admin('GET', path);
      const rows = Array.isArray(reply.body) ? reply.body : reply.body.data;
      pages.push(ids(rows));
      await onPage();
      path = next(reply);
      if (!Array.isArray(reply.body)) expect(reply.body.next_cursor === null).toBe(path === undefined);
    }
    return pages;
  }

  test('of keys have each key once, also while keys are made', async () => {
    const { ownerId, keyId } = await mesh.makeOwner();
    const make = async () => (await admin('POST', '/v1/keys', { owner_id: ownerId })).body.id;
    const made = [keyId];
    for (let n = 0; n < 6; n++) made.push(await make());
    let more = 2;
    const pages = await follow(`/v1/keys?owner_id=${ownerId}&limit=3`, async () => {
      if (more-- > 0) made.push(await make());
    });
    expect(pages.map(({ length }) => length)).toEqual([3, 3, 3]);
    expect(pages.flat()).toEqual(made);
    expect((await admin('GET', `/v1/keys?owner_id=${ownerId}`)).body.map(({ id }: { id: string }) => id)).toEqual(made);
  });

  test('of owners have each owner once', async () => {
    for (let n = 0; n < 4; n++) await mesh.makeOwner();
    const all = ids((await admin('GET', '/v1/owners')).body);
    const pages = await follow('/v1/owners?limit=3');
    expect(pages.flat()).toEqual(all);
    expect(new Set(all).size).toBe(all.length);
  });

  test('that were asked for without a page are arrays as ever, of a thousand, and a link leads to the rest', async () => {
    const { ownerId, keyId } = await mesh.makeOwner();
    const created_at = new Date();
    const expected = Array.from({ length: 1_100 }, (_, n) => `key_z${String(n).padStart(4, '0')}`);
    await Promise.all(
      expected.map((key_id) => put(key_id, { key_id, owner_id: ownerId, status: 'active', created_at })),
    );
    const path = `/v1/keys?owner_id=${ownerId}`;
    const first = await admin('GET', path);
    expect([Array.isArray(first.body), first.body.length]).toEqual([true, 1_000]);
    const pages = await follow(path);
    expect(pages.map(({ length }) => length)).toEqual([1_000, 101]);
    expect(pages.flat()).toEqual([keyId, ...expected]);
    expect((await follow(`${path}&limit=1000`)).flat()).toEqual(pages.flat());
  });

  test('end where they end: a page that is exactly full is the last', async () => {
    const { ownerId } = await mesh.makeOwner();
    const { body, headers } = await admin('GET', `/v1/keys?owner_id=${ownerId}&limit=1`);
    expect([body.data.length, body.next_cursor, headers.get('link')]).toEqual([1, null, null]);
  });

  test.each(['limit=0', 'limit=1001', 'limit=', 'limit=x', 'cursor=', 'cursor=x'])(
    'with %s are a 400',
    async (query) => {
      for (const path of ['/v1/keys', '/v1/owners']) {
        const { status, body } = await admin('GET', `${path}?${query}`);
        expect([status, body.error.param]).toEqual([400, query.split('=')[0]]);
      }
    },
  );

  test('take no cursor of another list', async () => {
    const [one, other] = [await mesh.makeOwner(), await mesh.makeOwner()];
    await admin('POST', '/v1/keys', { owner_id: one.ownerId });
    const { next_cursor } = (await admin('GET', `/v1/keys?owner_id=${one.ownerId}&limit=1`)).body;
    for (const path of [`/v1/keys?owner_id=${other.ownerId}`, '/v1/keys?', '/v1/owners?']) {
      expect((await admin('GET', `${path}&cursor=${next_cursor}`)).status).toBe(400);
    }
  });

  test('of owners ask the store as often for thirty with leases as for one', async () => {
    const owners = await Promise.all(Array.from({ length: 30 }, () => mesh.makeOwner()));
    const messages = [{ role: 'user' as const, content: 'hi' }];
    // Two at once, so that the key is not quiet, and its lease stays.
    for (const { openai } of owners) {
      const ask = () => openai.chat.completions.create({ model: 'mesh/echo', messages });
      await Promise.all([ask(), ask()]);
    }
    const leased = await mesh.documents.query({ collection: 'owners' });
    expect(leased.filter(({ data }) => data.leased !== 0n).length).toBeGreaterThanOrEqual(30);
    store.queries.length = 0;
    const { body } = await admin('GET', '/v1/owners');
    expect(store.queries.map(({ collection }) => collection).sort()).toEqual(['leases', 'owners']);
    for (const { ownerId } of owners) {
      const alone = (await admin('GET', `/v1/owners/${ownerId}`)).body;
      expect(body.find(({ id }: { id: string }) => id === ownerId)).toEqual(alone);
    }
  });
});
