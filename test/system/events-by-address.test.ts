import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Account, type Mesh, startMesh } from '../support/start-mesh.ts';

let mesh: Mesh;
let account: Account;
let other: Account;
const ids: string[] = [];

async function ask({ key }: Account, session: string): Promise<string> {
  const body = { model: 'mesh/echo', messages: [{ role: 'user', content: 'hi' }] };
  const reply = await mesh.call('POST', '/v1/chat/completions', { key, body, headers: { 'x-session-id': session } });
  return reply.headers.get('x-mesh-request-id') ?? '';
}

beforeAll(async () => {
  mesh = await startMesh();
  account = await mesh.makeOwner();
  other = await mesh.makeOwner();
  for (const session of ['first', 'second', 'second']) ids.push(await ask(account, session));
  await ask(other, 'first');
});
afterAll(() => mesh.close());

const get = (query: string, key = account.key, headers: Record<string, string> = {}) =>
  mesh.call('GET', `/v1/usage/events?${query}`, { key, headers });
const idsOf = (reply: { body: { data: { id: string }[] } }) => reply.body.data.map(({ id }) => id);

describe('events by an address', () => {
  test('are the page that POST answers, and go on by its cursor', async () => {
    const posted = await mesh.call('POST', '/v1/usage/events', { key: account.key, body: { session: 'second' } });
    const { body } = await get('session=second');
    expect(body).toEqual(posted.body);
    expect(body).toMatchObject({ scanned: 2, scanned_to: null, next_cursor: null });
    const first = await get('limit=2&streamed=false');
    expect(idsOf(first)).toEqual([ids[2], ids[1]]);
    expect(first.body).toMatchObject({ scanned: 2, scanned_to: first.body.data[1].created_at });
    const rest = await get(`limit=2&streamed=false&cursor=${encodeURIComponent(first.body.next_cursor)}`);
    expect([idsOf(rest), rest.body.next_cursor]).toEqual([[ids[0]], null]);
    expect((await get('streamed=true')).body.data).toEqual([]);
  });

  test('are not sent again until there is something new', async () => {
    const busy = await mesh.makeOwner();
    for (let n = 0; n < 2; n++) await ask(busy, 'x');
    for (const query of ['', 'limit=1']) {
      const named = (await get(query, busy.key)).headers.get('etag') ?? '';
      const again = await get(query, busy.key, { 'if-none-match': named });
      expect([query, again.status, again.text, again.headers.get('etag')]).toEqual([query, 304, '', named]);
    }
    const known = { 'if-none-match': (await get('', busy.key)).headers.get('etag') ?? '' };
    await ask(busy, 'x');
    const after = await get('', busy.key, known);
    expect([after.status, after.body.data.length]).toEqual([200, 3]);
    // The name of one's answer is no answer to anybody else.
    expect((await get('', other.key, known)).status).toBe(200);
  });

  test('say what was held: enough for what was charged', async () => {
    for (const { held, cost } of (await get('')).body.data)
      expect(Number(held)).toBeGreaterThanOrEqual(Number(cost.amount));
  });

  test('are of the owner of a key or of a request, where an operator says no more', async () => {
    expect(idsOf(await get(`key_id=${account.keyId}`, mesh.adminKey))).toEqual([...ids].reverse());
    expect(idsOf(await get(`request_id=${ids[1]}`, mesh.adminKey))).toEqual([ids[1]]);
    const status = async (query: string) => (await get(query, mesh.adminKey)).status;
    expect(await Promise.all(['', 'session=first', 'key_id=key_none', 'request_id=req_none'].map(status))).toEqual([
      400, 400, 404, 404,
    ]);
  });

  test('of another owner are not there', async () => {
    for (const query of [`key_id=${account.keyId}`, `request_id=${ids[0]}`, 'session=second']) {
      expect([query, (await get(query, other.key)).body.data]).toEqual([query, []]);
    }
    expect((await get(`owner_id=${account.ownerId}`, other.key)).status).toBe(404);
  });

  test.each(['limit=0', 'limit=201', 'limit=x', 'streamed=maybe', 'unknown=1', 'cursor=x', 'min_cost=x', 'start=x'])(
    '%s is refused',
    async (query) => {
      const reply = await get(query);
      expect([reply.status, reply.body.error.code]).toEqual([400, 'invalid_request_error']);
    },
  );
});

test.each(['/v1/health/endpoints', '/v1/breakers'])('%s is not sent again where nothing has changed', async (path) => {
  const first = await mesh.call('GET', path, { key: mesh.adminKey });
  const headers = { 'if-none-match': first.headers.get('etag') ?? '' };
  const again = await mesh.call('GET', path, { key: mesh.adminKey, headers });
  expect([first.status, again.status, again.text]).toEqual([200, 304, '']);
});
