import { connect } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { bodyBudget } from '../../functions/router/http/body-budget.ts';
import { LARGE_BODY_BYTES, MAX_BODY_DEPTH, MAX_BODY_VALUES } from '../../functions/router/http/read-body.ts';
import { json, type ScriptedUpstream, startScriptedUpstream } from '../support/scripted-upstream.ts';
import { type Account, type Mesh, startMesh } from '../support/start-mesh.ts';

let mesh: Mesh;
let account: Account;
let upstream: ScriptedUpstream;
beforeAll(async () => {
  upstream = await startScriptedUpstream(() => json({ error: { message: 'down' } }, 503));
  const endpoint = { provider: 'down', model: 'm', price: { input: '3', output: '15' } };
  mesh = await startMesh({
    catalogue: {
      providers: { down: { format: 'chat', base_url: `${upstream.url}/v1`, auth: { type: 'none' } } },
      models: { 'down/m': { context_length: 8_000, max_output_tokens: 100, endpoints: [endpoint] } },
    },
  });
});
afterAll(async () => {
  await mesh.close();
  await upstream.close();
});
beforeEach(async () => {
  account = await mesh.makeOwner();
});

const CHAT = '/v1/chat/completions';
const good = { model: 'mesh/echo', max_tokens: 5, messages: [{ role: 'user', content: 'Hello.' }] };
const post = (key: string, body: unknown, path = CHAT) => mesh.call('POST', path, { key, body });
/** A chat request with `more` in it. */
const withMore = (more: string) => `${JSON.stringify(good).slice(0, -1)},"metadata":${more}}`;
const nested = (depth: number) => withMore('['.repeat(depth - 1) + ']'.repeat(depth - 1));
const long = (bytes: number) => withMore(`"${'x'.repeat(bytes)}"`);

describe('what a body would become is looked at before it is built', () => {
  test('one that is nested too deep is refused, and says how deep it may be', async () => {
    const { status, body } = await post(account.key, nested(MAX_BODY_DEPTH + 1));
    expect(status).toBe(400);
    expect(body.error).toMatchObject({ code: 'bad_request', details: { max_depth: MAX_BODY_DEPTH } });
    // One less is not refused for that.
    expect((await post(account.key, nested(MAX_BODY_DEPTH))).text).not.toContain('max_depth');
  });

  test('one of too many values is refused, and says how many it may have', async () => {
    const { status, body } = await post(account.key, withMore(`[${'{},'.repeat(MAX_BODY_VALUES)}1]`));
    expect(status).toBe(400);
    expect(body.error).toMatchObject({ code: 'bad_request', details: { max_values: MAX_BODY_VALUES } });
  });

  test('a large one is answered like a small one, and gives its bytes back', async () => {
    const content = `${'é\\u00e9\n"'.repeat(400_000)} ok`;
    const { status, body } = await post(account.key, { ...good, messages: [{ role: 'user', content }] });
    expect({ status, code: body.error?.code }).toEqual({ status: 400, code: 'context_length_exceeded' });
    expect(bodyBudget.bytes()).toBe(0);
  });

  test('a large one that is damaged is not valid JSON', async () => {
    const damaged = Buffer.concat([Buffer.from('{"a":"'), Buffer.alloc(2 * LARGE_BODY_BYTES, 0xff), Buffer.from('"}')]);
    for (const body of [long(2 * LARGE_BODY_BYTES).replace('"metadata":', '"metadata"'), damaged]) {
      const reply = await fetch(mesh.url + CHAT, {
        method: 'POST',
        headers: { authorization: `Bearer ${account.key}` },
        body,
      });
      expect(reply.status).toBe(400);
      expect(await reply.text()).toContain('The body is not valid JSON.');
    }
  });
});

describe('a body is read only where its key may ask', () => {
  test('a key that has no requests left is told so, whatever it sends', async () => {
    const { key } = await mesh.makeOwner({ key: { rpm_limit: 2 } });
    for (const _ of [1, 2]) expect((await post(key, good)).status).toBe(200);
    // Only the head of a request is sent: nobody waits for its body.
    const { port } = new URL(mesh.url);
    const socket = connect(Number(port), '127.0.0.1');
    const head = [`POST ${CHAT} HTTP/1.1`, 'host: mesh', `authorization: Bearer ${key}`, 'content-length: 1000000'];
    socket.write(`${head.join('\r\n')}\r\n\r\n`);
    const [bytes] = await new Promise<Buffer[]>((resolve) => socket.once('data', (data) => resolve([data])));
    socket.destroy();
    expect(String(bytes)).toMatch(/^HTTP\/1.1 429 .*retry-after: /is);
  });

  test('without balance, large bodies are refused before they have come', async () => {
    const poor = await mesh.makeOwner({ amount: '0.000001' });
    await mesh.call('POST', `/v1/owners/${poor.ownerId}/adjustments`, {
      key: mesh.adminKey,
      body: { amount: '-0.000001', currency: 'USD', reference: 'gone', reason: 'test' },
    });
    const { status, body } = await post(poor.key, long(LARGE_BODY_BYTES + 1));
    expect(status).toBe(402);
    expect(body.error).toMatchObject({ code: 'spend_limit_exceeded', details: { max_bytes: LARGE_BODY_BYTES } });
    // Nor where their length was not announced.
    const chunked = await fetch(mesh.url + CHAT, {
      method: 'POST',
      headers: { authorization: `Bearer ${poor.key}` },
      body: new Blob([long(LARGE_BODY_BYTES + 1)]).stream(),
      duplex: 'half',
    } as RequestInit);
    expect(chunked.status).toBe(402);
    // What is small is read, and what is free is free.
    expect((await post(poor.key, '{')).status).toBe(400);
    const selection = await post(
      poor.key,
      { ...good, model: undefined, metadata: 'x'.repeat(LARGE_BODY_BYTES) },
      SELECT,
    );
    expect(selection.status).not.toBe(402);
  });

  test('an owner whose money running requests hold has money', async () => {
    expect(await mesh.services.leases.hasMoney(account.ownerId)).toBe(true);
    expect((await post(account.key, good)).status).toBe(200);
    expect(await mesh.services.leases.hasMoney(account.ownerId)).toBe(true);
    expect((await post(account.key, long(LARGE_BODY_BYTES))).status).not.toBe(402);
  });
});

const SELECT = '/v1/router/select';

describe('requests a minute', () => {
  const LIMIT = 3;
  test.each([
    ['that are not JSON', '{', 400],
    ['that are wrong', { ...good, messages: 'none' }, 400],
    ['for a model that there is not', { ...good, model: 'no/such' }, 404],
  ])('count requests %s', async (_, body, refusal) => {
    const { key } = await mesh.makeOwner({ key: { rpm_limit: LIMIT } });
    const statuses: number[] = [];
    for (let sent = 0; sent < LIMIT + 2; sent++) statuses.push((await post(key, body)).status);
    expect(statuses).toEqual([refusal, refusal, refusal, 429, 429]);
  });

  test('count a request that fails once, and not once more for its failure', async () => {
    const { key } = await mesh.makeOwner({ key: { rpm_limit: LIMIT } });
    const statuses: number[] = [];
    for (const body of [good, '{', good, good]) statuses.push((await post(key, body)).status);
    expect(statuses).toEqual([200, 400, 200, 429]);
  });

  test.each([false, true])('count a request whose upstreams fail (streamed: %s)', async (streamed) => {
    const { key, balance } = await mesh.makeOwner({ key: { rpm_limit: 2 } });
    const asked = upstream.requests.length;
    const statuses: number[] = [];
    for (let sent = 0; sent < 4; sent++)
      statuses.push((await post(key, { ...good, model: 'down/m', stream: streamed })).status);
    expect(statuses).toEqual([502, 502, 429, 429]);
    expect(upstream.requests.length).toBe(asked + 2);
    expect((await balance()).balance_usd).toBe('10');
  });

  test('count choices of a model', async () => {
    const { key } = await mesh.makeOwner({ key: { rpm_limit: 1 } });
    const ask = { messages: good.messages };
    const first = await post(key, ask, SELECT);
    expect(first.status).not.toBe(429);
    expect((await post(key, ask, SELECT)).status).toBe(429);
  });

  test('do not count what is refused for money', async () => {
    const { key } = await mesh.makeOwner({ amount: '0.00000001', key: { rpm_limit: LIMIT } });
    for (let sent = 0; sent < 3 * LIMIT; sent++) expect((await post(key, good)).status).toBe(402);
    for (let sent = 0; sent < LIMIT; sent++) expect((await post(key, '{')).status).toBe(400);
    expect((await post(key, '{')).status).toBe(429);
  });
});
