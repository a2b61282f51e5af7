import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ENTRIES } from '../../functions/core/ledger/entries.ts';
import { noSums, ROLLUPS, rollupOf } from '../../functions/core/ledger/rollups.ts';
import { documentId } from '../../functions/core/store/document-id.ts';
import type { Write } from '../../functions/core/store/documents.ts';
import { MAX_CSV_ROWS } from '../../functions/router/api/usage/query-events.ts';
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
        first_token_p50_ms: expect.any(Number),
        first_token_p95_ms: expect.any(Number),
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
    expect((await post('/v1/usage', { group_by: [] })).body.data).toMatchObject([{ requests: 5, amount: '0.0000075' }]);
    expect((await post('/v1/usage', { start: '2020-01-01', end: '2020-02-01' })).body.total.requests).toBe(0);
  });

  test('can be of those requests alone that an outcome or an end user names', async () => {
    const all = (await post('/v1/usage', {})).body.total;
    expect((await post('/v1/usage', { outcome: 'finished' })).body.total).toEqual(all);
    expect((await post('/v1/usage', { outcome: 'client_gone' })).body.total.requests).toBe(0);
    expect((await post('/v1/usage', { end_user: 'usr_nobody' })).body.total.requests).toBe(0);
    const everybody = await post('/v1/usage', { outcome: 'finished' }, mesh.adminKey);
    expect([everybody.status, everybody.body.error.param]).toEqual([400, 'owner_id']);
  });

  test.each([
    [{ start: '2026-02-30' }, 'start'],
    [{ start: 'yesterday' }, 'start'],
    [{ start: '2026-02-02', end: '2026-02-01' }, 'start'],
    [{ start: '2020-01-01', end: '2026-01-01' }, 'start'],
    [{ group_by: ['prompt'] }, 'group_by.0'],
    [{ group_by: 'day' }, 'group_by'],
    [{ start: '2026-02-01T00:00:00' }, 'start'],
    [{ end: 20261123 }, 'end'],
    [{ limit: 0 }, 'limit'],
    [{ limit: -1 }, 'limit'],
    [{ limit: 1e9 }, 'limit'],
    [{ limit: 1.5 }, 'limit'],
    [{ key_id: '' }, 'key_id'],
    [{ format: 'xml' }, 'format'],
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

  test('are found by the caller’s own label, and by our id whatever the day', async () => {
    const headers = { 'x-request-id': 'order-4711' };
    const labelled = await post('/v1/chat/completions', { model: 'mesh/echo', messages }, account.key, headers);
    const id = labelled.body.id;
    const found = async (body: object, key = account.key) => (await events(body, key)).body.data;
    expect(await found({ request_id: 'order-4711' })).toMatchObject([{ id, label: 'order-4711' }]);
    expect(await found({ request_id: id })).toMatchObject([{ id }]);
    expect(await found({ request_id: id, start: '2020-01-01', end: '2020-01-02' })).toEqual([]);
    expect(await found({ request_id: id, model: 'other' })).toEqual([]);
    expect(await found({ request_id: id, min_cost: '0' })).toHaveLength(1);
    expect(await found({ request_id: id }, stranger.key)).toEqual([]);
    expect(await found({ request_id: 'order-4711' }, stranger.key)).toEqual([]);
    expect(await found({ request_id: '../owners/x' })).toEqual([]);
    ids.push(id);
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
    [{ limit: -1 }, 'limit'],
    [{ limit: 201 }, 'limit'],
    [{ limit: 1e9 }, 'limit'],
    [{ limit: '5' }, 'limit'],
    [{ basis: 'guessed' }, 'basis'],
    [{ min_cost: '0.1234567891' }, 'min_cost'],
    [{ start: '2026-02-02', end: '2026-02-01' }, 'start'],
    [{ cursor: 'x' }, 'cursor'],
    [{ min_cost: '-1' }, 'min_cost'],
    [{ prompt: 'x' }, 'prompt'],
  ])('%j is refused', async (body, param) => {
    const reply = await events(body);
    expect(reply.status).toBe(400);
    if (param !== 'prompt') expect(reply.body.error.param).toBe(param);
  });

  test('names that are too long are refused', async () => {
    for (const name of ['request_id', 'model', 'key_id', 'cursor']) {
      const reply = await events({ [name]: 'x'.repeat(2_000) });
      expect([reply.status, reply.body.error.param]).toEqual([400, name]);
    }
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

describe('in OpenRouter’s words', () => {
  const read = async (path: string, key = account.key) => (await mesh.call('GET', path, { key })).body.data;

  test('credits are what was put in and what was spent, to the nano once nothing is running', async () => {
    expect(await read('/v1/credits')).toEqual({ total_credits: 10, total_usage: nanos(1_500 * ids.length) });
    const body = { request_id: ids[0], reference: 'back', reason: 'A test' };
    await mesh.call('POST', `/v1/owners/${account.ownerId}/refunds`, { key: mesh.adminKey, body });
    // What is given back was put in, and what was used stays used.
    expect(await read('/v1/credits')).toEqual({
      total_credits: 10.000_001_5,
      total_usage: nanos(1_500 * ids.length),
    });
  });

  test('an owner who pays in rupees reads dollars', async () => {
    const { total_credits } = await read('/v1/credits', stranger.key);
    expect(total_credits).toBeCloseTo(100 / 88, 6);
  });

  test('a key says what it has spent and what its caps leave', async () => {
    const capped = await mesh.makeOwner({ key: { label: 'Shop', spend_caps: { daily: '0.01', total: '5' } } });
    const fresh = await read('/v1/key', capped.key);
    expect(fresh).toMatchObject({ label: 'Shop', limit: 0.01, limit_remaining: 0.01, limit_reset: 'daily', usage: 0 });
    await capped.openai.chat.completions.create({ model: 'mesh/echo', messages });
    const used = await read('/v1/key', capped.key);
    expect(used).toMatchObject({ usage: 0.000_001_5, usage_daily: 0.000_001_5, usage_monthly: 0.000_001_5 });
    expect(used.limit_remaining).toBeLessThan(0.01);
    expect(await read('/v1/key')).toMatchObject({ limit: null, limit_remaining: null, rate_limit: { requests: 100 } });
    expect((await read('/v1/key')).label).toMatch(/^rsk_..…....$/);
  });

  test('a generation is one charge, and without an id the question is refused', async () => {
    expect(await read(`/v1/generation?id=${ids[0]}`)).toMatchObject({
      id: ids[0],
      total_cost: 0.000_001_5,
      native_tokens_prompt: 3,
      provider_responses: [{ endpoint_id: expect.any(String), status: 200 }],
      mesh: { cost: { amount: '0.0000015' } },
    });
    const reply = await mesh.call('GET', '/v1/generation', { key: account.key });
    expect([reply.status, reply.body.error.param]).toEqual([400, 'id']);
  });
});

describe('the lines of a ledger', () => {
  const read = (query: string, key = mesh.adminKey) =>
    mesh.call('GET', `/v1/owners/${account.ownerId}/entries${query}`, { key });

  test('come page by page, of all kinds or of one', async () => {
    const { body } = await read('?limit=200');
    expect(body.data).toHaveLength(ids.length + 2);
    expect(body.data[0]).toMatchObject({ kind: 'refund', request_id: ids[0], amount: '0.0000015' });
    expect(body.data.at(-1)).toMatchObject({ kind: 'topup', amount: '10', reference: 'first', request_id: null });
    const first = (await read('?limit=4&kind=charge')).body;
    const second = (await read(`?limit=200&kind=charge&cursor=${first.next_cursor}`)).body;
    const charges = [...first.data, ...second.data].map(({ id }: { id: string }) => id);
    expect(charges).toEqual([...ids].reverse());
    expect(second.next_cursor).toBeNull();
    expect((await read(`?kind=topup&cursor=${first.next_cursor}`)).status).toBe(400);
  });

  test.each([
    ['?limit=0', 'limit'],
    ['?limit=-1', 'limit'],
    ['?limit=1e2', 'limit'],
    ['?limit=201', 'limit'],
    ['?limit=1000000000', 'limit'],
    ['?kind=gift', 'kind'],
    ['?cursor=x', 'cursor'],
  ])('%s is refused', async (query, param) => {
    const reply = await read(query);
    expect([reply.status, reply.body.error.param]).toEqual([400, param]);
  });

  test('a field that does not exist is refused, and an inference key as well', async () => {
    expect((await read('?owner=x')).status).toBe(400);
    expect((await read('', account.key)).status).toBe(403);
    expect((await mesh.call('GET', '/v1/owners/own_nobody/entries', { key: mesh.adminKey })).status).toBe(404);
  });
});

describe('of very many charges', () => {
  const rest = 25;
  const count = MAX_CSV_ROWS + rest;
  let large: Account;
  const cells = (line: string) => line.split(',');
  /** Charges that nobody ever paid, of an owner whose books are made up to fit. */
  beforeAll(async () => {
    large = await mesh.makeOwner();
    const begin = Date.now() - 3_600_000;
    const writes = Array.from({ length: count }, (_, n): Write => {
      const entryId = `req_made${String(n).padStart(6, '0')}`;
      const data = {
        entry_id: entryId,
        owner_id: large.ownerId,
        key_id: large.keyId,
        kind: 'charge',
        currency: 'USD',
        amount: 0n,
        overage: 0n,
        written_off: 0n,
        cost_pico_usd: 0n,
        fx_rate: 88_000_000n,
        fx_as_of: '2026-11-20',
        fx_source: 'test',
        created_at: new Date(begin + Math.floor(n / 3)),
        requested_model: n === 0 ? '=HYPERLINK("http://evil.example","नमस्ते 👍")' : 'mesh/echo',
        model: 'mesh/echo',
        provider: 'mesh',
        outcome: 'finished',
        basis: 'exact',
      };
      return { kind: 'set', collection: ENTRIES, id: documentId(entryId), data, expect: 'absent' };
    });
    await mesh.documents.commit(writes);
  });

  const csv = async (body: object) => {
    const reply = await post('/v1/usage/events', { format: 'csv', ...body }, large.key);
    const [header = '', ...lines] = reply.text.trimEnd().split('\r\n');
    return { reply, header, lines, ids: lines.map((line) => cells(line)[0]) };
  };

  test('a CSV file says that there are more, and where; the next file has exactly those', async () => {
    const first = await csv({});
    expect(first.lines).toHaveLength(MAX_CSV_ROWS);
    expect(first.reply.headers.get('x-mesh-truncated')).toBe('true');
    const second = await csv({ cursor: first.reply.headers.get('x-mesh-next-cursor') });
    expect(second.lines).toHaveLength(rest);
    expect(second.reply.headers.get('x-mesh-truncated')).toBe('false');
    expect(second.reply.headers.get('x-mesh-next-cursor')).toBeNull();
    expect(new Set([...first.ids, ...second.ids]).size).toBe(count);
    expect(second.header).toBe(first.header);
    // What a caller wrote is text in a spreadsheet, and amounts are numbers.
    expect(second.lines.find((line) => line.startsWith('req_made000000'))).toContain(
      `"'=HYPERLINK(""http://evil.example"",""नमस्ते 👍"")"`,
    );
    expect(cells(String(second.lines[0]))[cells(second.header).indexOf('amount')]).toBe('0');
  });

  test('a file of exactly what there is, is not called truncated', async () => {
    const { body } = await post('/v1/usage/events', { limit: 1 }, large.key);
    const start = body.data[0].created_at;
    const end = new Date(Date.parse(start) + 1).toISOString();
    const truncated = async (limit: number) => {
      const { reply, lines } = await csv({ start, end, limit });
      return [lines.length, reply.headers.get('x-mesh-truncated')];
    };
    const there = (await csv({ start, end })).lines.length;
    expect(await truncated(there)).toEqual([there, 'false']);
    const older = new Date(Date.parse(start) - 1).toISOString();
    expect((await csv({ start: older, end, limit: there })).reply.headers.get('x-mesh-truncated')).toBe('true');
    const one = await csv({ request_id: body.data[0].id });
    expect([one.ids, one.reply.headers.get('x-mesh-truncated')]).toEqual([[body.data[0].id], 'false']);
  });

  test('CSV may be asked for by Accept, and `format` has the last word', async () => {
    const accept = { accept: 'text/csv, */*;q=0.1' };
    const type = async (body: object) =>
      (await post('/v1/usage/events', body, account.key, accept)).headers.get('content-type');
    expect(await type({})).toBe('text/csv; charset=utf-8');
    expect(await type({ format: 'json' })).toContain('application/json');
  });

  test('a client that leaves in the middle of a file, or takes nothing of it, harms nobody', async () => {
    const body = JSON.stringify({ format: 'csv' });
    const { hostname, port } = new URL(mesh.url);
    const socket = connect(Number(port), hostname);
    socket.write(
      `POST /v1/usage/events HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${large.key}\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    );
    await new Promise((resolve) => socket.once('readable', resolve));
    // The file is larger than what the connection takes up unread, so it is being waited for now.
    expect((await events({ limit: 1 })).status).toBe(200);
    socket.destroy();
    expect((await csv({})).lines).toHaveLength(MAX_CSV_ROWS);
    expect(mesh.log.lines.filter(({ level }) => level === 'error')).toEqual([]);
  });

  test('rows of usage beyond the limit are told of, and the total is of all', async () => {
    const models = Array.from({ length: 1_100 }, (_, n) => {
      const created_at = new Date();
      const own = { owner_id: large.ownerId, key_id: large.keyId, provider: 'mesh', currency: 'USD', created_at };
      const { id, fields } = rollupOf({ id: '', version: '', data: { ...own, model: `made/${n}` } }, 'day', 0);
      const data = { ...fields, ...noSums, requests: 1n, usd: BigInt(n), amount: BigInt(n) };
      return { kind: 'set', collection: ROLLUPS, id, data, expect: 'absent' } as const;
    });
    await mesh.documents.commit(models);
    const { body } = await post('/v1/usage', { group_by: ['model'], limit: 2 }, large.key);
    expect(body.data.map(({ model }: { model: string }) => model)).toEqual(['made/1099', 'made/1098']);
    expect([body.truncated, body.total.requests, body.total.currency]).toEqual([true, 1_100, 'USD']);
    const file = await post('/v1/usage', { group_by: ['model'], limit: 2, format: 'csv' }, large.key);
    expect(file.text.split('\r\n')).toHaveLength(4);
    expect(file.headers.get('x-mesh-truncated')).toBe('true');
  });
});

function nanos(amount: number): number {
  return amount / 1_000_000_000;
}
