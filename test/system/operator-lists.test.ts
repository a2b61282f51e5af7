import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { MAX_PAGE } from '../../functions/router/api/usage/query-events.ts';
import { type Account, type Mesh, startMesh } from '../support/start-mesh.ts';

let mesh: Mesh;
beforeAll(async () => {
  mesh = await startMesh();
});
afterAll(() => mesh.close());

const admin = (method: string, path: string, body?: object, headers = {}) =>
  mesh.call(method, path, { key: mesh.adminKey, headers, ...(body === undefined ? {} : { body }) });
const say = ({ openai }: Account) =>
  openai.chat.completions.create({ model: 'mesh/echo', messages: [{ role: 'user', content: 'Hello there' }] });

/** All pages of a list, by its cursors. */
async function follow(path: string): Promise<{ id: string }[][]> {
  const pages: { id: string }[][] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const { status, body } = await admin(
      'GET',
      `${path}${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`,
    );
    expect(status).toBe(200);
    pages.push(body.data);
    cursor = body.next_cursor;
  }
  return pages;
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (const deadline = performance.now() + 10_000; performance.now() < deadline; ) {
    if (await isSo()) return;
    await pause(10);
  }
  throw new Error('it did not become so in time');
}

describe('owners are found', () => {
  const make = async (name: string) => (await admin('POST', '/v1/owners', { name, currency: 'USD' })).body.id as string;
  const find = async (words: string, limit = 50) =>
    (await follow(`/v1/owners?limit=${limit}&q=${encodeURIComponent(words)}`)).flat().map(({ id }) => id);

  test('by the beginning of a name, whatever its case, in the order of names, page by page', async () => {
    const [zebra, acme, acmeToo] = [await make('Acmé Zebra'), await make('ACMÉ foods'), await make('acmé foods')];
    await make('The Acmé');
    const found = await find('acMÉ', 1);
    expect(found).toEqual([...[acme, acmeToo].sort(), zebra]);
    expect(await find('acmé z')).toEqual([zebra]);
    expect(await find('acmé%')).toEqual([]);
  });

  test('by their id, or how that begins', async () => {
    const id = await make('Somebody');
    expect(await find(id)).toEqual([id]);
    expect(await find(id.slice(0, -1))).toContain(id);
  });

  test('by the name that they have, and not by the one they had', async () => {
    const id = await make('Old name');
    await admin('PATCH', `/v1/owners/${id}`, { name: 'New name' });
    expect([await find('old name'), await find('new name')]).toEqual([[], [id]]);
  });

  test.each([
    ['markup', '<img src=x onerror=alert(1)>'],
    ['right to left', '\u202eשלום'],
    ['emoji', '🔥 & "quotes" | pipes'],
    ['patterns', '%_\\'],
    ['256 letters that are 18 each', 'ﷺ'.repeat(256)],
  ])('whatever they are called: %s', async (_what, name) => {
    const id = await make(name);
    expect(await find(name)).toEqual([id]);
  });

  test('and a cursor of one search is not one of another', async () => {
    await make('Page one');
    await make('Page two');
    const { body } = await admin('GET', '/v1/owners?limit=1&q=page');
    const cursor = encodeURIComponent(body.next_cursor);
    expect((await admin('GET', `/v1/owners?limit=1&q=pag&cursor=${cursor}`)).status).toBe(400);
  });
});

describe('owners whose money is low', () => {
  const low = async () => (await follow('/v1/owners/low?limit=1')).flat().map(({ id }) => id);

  test('are listed from the request that made them so until there is money again', async () => {
    const [first, second] = [await mesh.makeOwner({ amount: '10' }), await mesh.makeOwner({ amount: '10' })];
    for (const { ownerId } of [first, second]) {
      const less = { amount: '-9.5', currency: 'USD', reference: 'less', reason: 'to make it low' };
      await admin('POST', `/v1/owners/${ownerId}/adjustments`, less);
    }
    expect(await low()).toEqual([]);
    await say(first);
    await until(async () => (await low()).length === 1);
    await say(second);
    await until(async () => (await low()).length === 2);
    expect(await low()).toEqual([second.ownerId, first.ownerId]);
    const [row] = (await admin('GET', '/v1/owners/low')).body.data;
    expect(row).toMatchObject({ id: second.ownerId, low_below: '1', low_balance: null });
    expect(Number(row.available)).toBeLessThan(1);

    await admin('POST', `/v1/owners/${first.ownerId}/topups`, { amount: '20', currency: 'USD', reference: 'more' });
    expect(await low()).toEqual([second.ownerId]);
    // Low a second time, of another topup: it was told of twice, and is here once.
    const gone = { amount: '-20', currency: 'USD', reference: 'gone', reason: 'to make it low again' };
    await admin('POST', `/v1/owners/${first.ownerId}/adjustments`, gone);
    await say(first);
    await until(async () => (await low()).includes(first.ownerId));
    expect(await low()).toEqual([first.ownerId, second.ownerId]);
    await admin('POST', `/v1/owners/${first.ownerId}/topups`, { amount: '20', currency: 'USD', reference: 'again' });
    const more = { amount: '5', currency: 'USD', reference: 'more', reason: 'it was meant well' };
    await admin('POST', `/v1/owners/${second.ownerId}/adjustments`, more);
    expect(await low()).toEqual([]);
    await admin('PATCH', `/v1/owners/${second.ownerId}`, { low_balance: '6' });
    expect(await low()).toEqual([second.ownerId]);
  });

  test('are nobody’s but the administration’s', async () => {
    const { key } = await mesh.makeOwner();
    expect((await mesh.call('GET', '/v1/owners/low', { key })).status).toBe(403);
    expect((await admin('GET', '/v1/owners/low?cursor=x')).status).toBe(400);
  });
});

test('alerts are listed by kind, and page by page each is there', async () => {
  const { body: all } = await admin('GET', '/v1/alerts?kind=low_balance');
  expect(all.data.length).toBeGreaterThan(1);
  expect((await admin('GET', '/v1/alerts?kind=rate_jump')).body.data).toEqual([]);
  expect((await admin('GET', '/v1/alerts?kind=anything')).status).toBe(400);
  const seen = new Set<string>();
  for (let before: string | null = '', page = 0; before !== null && page < 10; page++) {
    const more = before === '' ? '' : `&before=${encodeURIComponent(before)}`;
    const { body } = await admin('GET', `/v1/alerts?kind=low_balance&limit=2${more}`);
    for (const { id } of body.data) seen.add(id);
    before = body.next_before;
    if (seen.size === all.data.length) break;
  }
  expect(seen.size).toBe(all.data.length);
});

test('the ledger as a file has every line that its pages have, and runs no formula', async () => {
  const { ownerId } = await mesh.makeOwner({ amount: '10' });
  // More than a page that the store is asked for.
  for (let at = 0; at <= MAX_PAGE; at++) {
    const gift = { amount: '0.000000001', currency: 'USD', reference: `gift-${at}`, reason: '=HYPERLINK("x"),\n"y"' };
    await admin('POST', `/v1/owners/${ownerId}/adjustments`, gift);
  }
  const path = `/v1/owners/${ownerId}/entries`;
  const lines = (await follow(`${path}?limit=150`)).flat();
  const file = await admin('GET', path, undefined, { accept: 'text/csv' });
  expect(file.headers.get('x-mesh-truncated')).toBe('false');
  const rows = file.text.split('\r\n');
  expect(rows[0]).toBe('id,created_at,kind,amount,currency,reference,reason,request_id,key_id');
  expect(rows.slice(1, -1).map((row) => row.split(',')[0])).toEqual(lines.map(({ id }) => id));
  expect(file.text).toContain(`,0.000000001,USD,gift-0,"'=HYPERLINK(""x""),\n""y""",`);
  const part = await admin('GET', `${path}?format=csv&limit=3`);
  expect([part.text.split('\r\n').length, part.headers.get('x-mesh-truncated')]).toEqual([5, 'true']);
  const rest = await admin('GET', `${path}?cursor=${encodeURIComponent(part.headers.get('x-mesh-next-cursor') ?? '')}`);
  expect(rest.body.data.map(({ id }: { id: string }) => id)).toEqual(lines.slice(3, 53).map(({ id }) => id));
}, 60_000);

test('usage says within what time half of the first tokens came, and 95 of 100, by row and for all', async () => {
  const account = await mesh.makeOwner();
  for (let at = 0; at < 3; at++) await say(account);
  const used = async () =>
    (await mesh.call('POST', '/v1/usage', { key: account.key, body: { group_by: ['model'] } })).body;
  await until(async () => (await used()).total.requests === 3);
  const { data, total } = await used();
  for (const sums of [data[0], total]) {
    expect(sums.first_token_p50_ms).toBeGreaterThan(0);
    expect(sums.first_token_p95_ms).toBeGreaterThanOrEqual(sums.first_token_p50_ms);
  }
  const nothing = await mesh.makeOwner();
  const { body } = await mesh.call('POST', '/v1/usage', { key: nothing.key, body: {} });
  expect(body.total).toMatchObject({ first_token_p50_ms: null, first_token_p95_ms: null });
});

test('deliveries are listed the newest first, page by page', async () => {
  const target = 'http://127.0.0.1:9/hook';
  const { body: channel } = await admin('POST', '/v1/alerts/channels', { type: 'webhook', target });
  const ids: string[] = [];
  for (let at = 0; at < 3; at++) {
    ids.unshift((await admin('POST', `/v1/alerts/channels/${channel.id}/test`)).body.delivery_id);
    // Ids of one millisecond are in any order.
    await pause(2);
  }
  const pages = await follow(`/v1/alerts/deliveries?limit=2&channel_id=${channel.id}`);
  expect(pages.map((page) => page.map(({ id }) => id))).toEqual([ids.slice(0, 2), ids.slice(2)]);
  await admin('DELETE', `/v1/alerts/channels/${channel.id}`);
});

test('endpoints are listed with what they cost and can', async () => {
  const { body } = await admin('GET', '/v1/health/endpoints');
  expect(body.endpoints.find(({ model }: { model: string }) => model === 'mesh/echo')).toMatchObject({
    context_length: 128_000,
    max_completion_tokens: 4_096,
    pricing: { prompt: '0.0000001', completion: '0.0000004' },
    supported_parameters: expect.arrayContaining(['json_mode', 'seed']),
  });
});
