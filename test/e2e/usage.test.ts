import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Account, type Mesh, startMesh } from '../support/start-mesh.ts';

let mesh: Mesh;
let account: Account;
let stranger: Account;
const ids: string[] = [];
const messages = [{ role: 'user' as const, content: 'Hello there' }];

beforeAll(async () => {
  mesh = await startMesh();
  [account, stranger] = await Promise.all([mesh.makeOwner(), mesh.makeOwner({ currency: 'INR', amount: '100' })]);
  for (let n = 0; n < 5; n++) {
    ids.push((await account.openai.chat.completions.create({ model: 'mesh/echo', messages })).id);
  }
  await untilCounted(5);
});
afterAll(() => mesh.close());

const post = (path: string, body: object, key = account.key, headers = {}) =>
  mesh.call('POST', path, { key, body, headers });
const events = (body: object, key = account.key) => post('/v1/usage/events', body, key);

async function untilCounted(requests: number): Promise<void> {
  for (const deadline = performance.now() + 10_000; performance.now() < deadline; ) {
    if ((await post('/v1/usage', {})).body.total.requests === requests) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error('not counted in time');
}

describe('usage', () => {
  test('adds up by whatever is asked for', async () => {
    const day = new Date().toISOString().slice(0, 10);
    const { body } = await post('/v1/usage', { group_by: ['day', 'model', 'provider', 'key'] });
    // Three tokens in at $0.10 and three out at $0.40 per million: 1,500 nanos each.
    expect(body.data).toEqual([
      {
        day,
        model: 'mesh/echo',
        provider: 'mesh',
        key: account.keyId,
        requests: 5,
        errors: 0,
        prompt_tokens: 15,
        completion_tokens: 15,
        total_tokens: 30,
        cached_tokens: 0,
        cache_write_tokens: 0,
        reasoning_tokens: 0,
        cost_usd: '0.0000075',
        cost_inr: '0.00066',
        amount: '0.0000075',
        currency: 'USD',
      },
    ]);
    expect((await post('/v1/usage', { group_by: ['hour'] })).body.data[0]).toMatchObject({
      hour: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:00:00Z$/),
      requests: 5,
    });
    expect((await post('/v1/usage', { model: 'other' })).body.data).toEqual([]);
    expect((await post('/v1/usage', { start: '2020-01-01', end: '2020-02-01' })).body.total.requests).toBe(0);
  });

  test.each([
    [{ start: '2026-02-30' }, 'start'],
    [{ start: 'yesterday' }, 'start'],
    [{ start: '2026-02-02', end: '2026-02-01' }, 'start'],
    [{ start: '2020-01-01', end: '2026-01-01' }, 'start'],
    [{ group_by: ['prompt'] }, 'group_by.0'],
    [{ group_by: ['hour'], start: '2026-01-01', end: '2026-06-01' }, 'start'],
  ])('%j is refused', async (body, param) => {
    const reply = await post('/v1/usage', body);
    expect([reply.status, reply.body.error.param]).toEqual([400, param]);
  });
});

describe('events', () => {
  test('come the newest first, page by page, also while new ones arrive', async () => {
    const first = await events({ limit: 2 });
    expect(first.body.data.map(({ id }: { id: string }) => id)).toEqual([ids[4], ids[3]]);
    expect(first.body.data[0]).toMatchObject({
      model: 'mesh/echo',
      outcome: 'finished',
      prompt_tokens: 3,
      cost: { currency: 'USD', amount: '0.0000015', inr: '0.000132', basis: 'exact' },
    });
    ids.push((await account.openai.chat.completions.create({ model: 'mesh/echo', messages })).id);
    const second = await events({ limit: 2, cursor: first.body.next_cursor });
    const third = await events({ limit: 2, cursor: second.body.next_cursor });
    const rest = [...second.body.data, ...third.body.data].map(({ id }: { id: string }) => id);
    expect(rest).toEqual([ids[2], ids[1], ids[0]]);
    expect(third.body.next_cursor).toBeNull();
  });

  test('are filtered', async () => {
    const found = async (body: object) => (await events(body)).body.data.map(({ id }: { id: string }) => id);
    expect(await found({ request_id: ids[1] })).toEqual([ids[1]]);
    expect(await found({ model: 'other' })).toEqual([]);
    expect(await found({ basis: 'estimated' })).toEqual([]);
    expect(await found({ min_cost: '1' })).toEqual([]);
    expect(await found({ outcome: 'finished', key_id: account.keyId })).toHaveLength(ids.length);
  });

  test('as CSV have a line each', async () => {
    const reply = await events({ format: 'csv' });
    const lines = reply.text.trim().split('\r\n');
    expect(reply.headers.get('content-type')).toContain('text/csv');
    expect(reply.headers.get('x-mesh-truncated')).toBe('false');
    expect(lines).toHaveLength(ids.length + 1);
    expect(lines[0]?.split(',').slice(0, 3)).toEqual(['id', 'label', 'created_at']);
    expect(lines.at(-1)).toContain(`${ids[0]},`);
  });

  test.each([
    [{ limit: 0 }, 'limit'],
    [{ limit: 201 }, 'limit'],
    [{ cursor: 'x' }, 'cursor'],
    [{ min_cost: '-1' }, 'min_cost'],
    [{ prompt: 'x' }, 'prompt'],
  ])('%j is refused', async (body, param) => {
    const reply = await events(body);
    expect(reply.status).toBe(400);
    if (param !== 'prompt') expect(reply.body.error.param).toBe(param);
  });

  test('a cursor of another list is refused', async () => {
    const { next_cursor } = (await events({ limit: 1 })).body;
    expect((await events({ limit: 1, cursor: next_cursor, model: 'mesh/echo' })).status).toBe(400);
    expect((await events({ limit: 1, cursor: next_cursor }, stranger.key)).status).toBe(400);
  });
});

describe('one owner sees nothing of another', () => {
  test('not its events, attempts or generations: they answer like what does not exist', async () => {
    expect((await events({}, stranger.key)).body.data).toEqual([]);
    for (const ask of [events, (body: object, key: string) => post('/v1/usage', body, key)]) {
      const replies = [account.ownerId, 'own_nobody'].map((owner_id) => ask({ owner_id }, stranger.key));
      const [others, nobodys] = await Promise.all(replies);
      expect(others?.status).toBe(404);
      expect({ ...others?.body, request_id: '' }).toEqual({ ...nobodys?.body, request_id: '' });
    }
    for (const path of ['/v1/usage/events/{id}/attempts', '/v1/generation?id={id}']) {
      const [others, nobodys] = await Promise.all(
        [ids[0], 'req_nobody'].map((id) => mesh.call('GET', path.replace('{id}', String(id)), { key: stranger.key })),
      );
      expect(others?.status).toBe(404);
      expect({ ...others?.body, request_id: '' }).toEqual({ ...nobodys?.body, request_id: '' });
    }
    const own = await mesh.call('GET', `/v1/usage/events/${ids[0]}/attempts`, { key: account.key });
    expect(own.body).toEqual([expect.objectContaining({ attempt: 1, outcome: 'ok' })]);
  });

  test('the admin key sees everybody’s, one at a time', async () => {
    const all = await events({ owner_id: account.ownerId }, mesh.adminKey);
    expect(all.body.data).toHaveLength(ids.length);
    expect((await events({}, mesh.adminKey)).body.error.param).toBe('owner_id');
    const lines = await mesh.call('GET', `/v1/owners/${account.ownerId}/entries?kind=topup`, { key: mesh.adminKey });
    expect(lines.body.data).toMatchObject([{ kind: 'topup', amount: '10', reference: 'first' }]);
    const bad = await mesh.call('GET', `/v1/owners/${account.ownerId}/entries?kind=gift`, { key: mesh.adminKey });
    expect(bad.body.error.param).toBe('kind');
  });
});

test('credits are what was put in and what was spent', async () => {
  const { data } = (await mesh.call('GET', '/v1/credits', { key: account.key })).body;
  expect(data.total_credits).toBeCloseTo(10, 9);
  expect(data.total_usage).toBeCloseTo(0.000_001_5 * ids.length, 9);
});
