import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ENTRIES } from '../../functions/core/ledger/entries.ts';
import { BEYOND_LIMIT_TOKENS } from '../../functions/core/routing/believed-usage.ts';
import { documentId } from '../../functions/core/store/document-id.ts';
import {
  after,
  json,
  type Script,
  type ScriptedUpstream,
  stall,
  startScriptedUpstream,
  stream,
} from '../support/scripted-upstream.ts';
import { type Account, type CallReply, type Mesh, startMesh } from '../support/start-mesh.ts';

let upstream: ScriptedUpstream;
let script: Script = () => [];
let mesh: Mesh;
let account: Account;

const messages = [{ role: 'user', content: 'How are you?' }];
const frame = (data: unknown) => `data: ${JSON.stringify(data)}\n\n`;
const chunk = (choice: object, more: object = {}) =>
  frame({
    id: 'x',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'm',
    choices: [{ index: 0, ...choice }],
    ...more,
  });
const text = (content: string) => chunk({ delta: { content }, finish_reason: null });
const finish = chunk({ delta: {}, finish_reason: 'stop' });
const usageFrame = (prompt: number, completion: number) =>
  frame({
    id: 'x',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'm',
    choices: [],
    usage: { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion },
  });
const whole = (prompt: number, completion: number) =>
  json({
    id: 'x',
    object: 'chat.completion',
    created: 1,
    model: 'm',
    choices: [{ index: 0, message: { role: 'assistant', content: 'Fine.' }, finish_reason: 'stop' }],
    usage: { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion },
  });

beforeAll(async () => {
  upstream = await startScriptedUpstream((request) => script(request));
  const endpoint = { provider: 'acme', model: 'm', price: { input: '1', output: '1000' } };
  mesh = await startMesh({
    catalogue: {
      providers: { acme: { format: 'chat', base_url: upstream.url, auth: { type: 'none' } } },
      models: {
        'acme/held': { context_length: 8_000, max_output_tokens: 4_000, endpoints: [endpoint] },
        'acme/metered': {
          context_length: 128_000,
          max_output_tokens: 100_000,
          endpoints: [{ ...endpoint, visible_output: true }],
        },
      },
    },
  });
  account = await mesh.makeOwner();
});
afterAll(async () => {
  await mesh.close();
  await upstream.close();
});

interface Asked {
  key?: string;
  headers?: Record<string, string>;
  body?: object;
}
const ask = ({ key = account.key, headers = {}, body = {} }: Asked = {}) =>
  mesh.call('POST', '/v1/chat/completions', {
    key,
    headers,
    body: { model: 'acme/held', max_tokens: 10, messages, ...body },
  });
const admin = (method: string, path: string, body?: unknown) => mesh.call(method, path, { key: mesh.adminKey, body });
const entryOf = async (reply: CallReply) =>
  (await documents().get(ENTRIES, documentId(reply.headers.get('x-mesh-request-id') ?? '')))?.data;
const documents = () => mesh.documents;
const framesOf = (reply: CallReply) =>
  reply.text
    .split('\n\n')
    .filter((each) => each.startsWith('data: {'))
    .map((each) => JSON.parse(each.slice(6)));

describe('rates', () => {
  test('a new key has a hundred requests a minute: all pass, the next is told when to come again', async () => {
    script = () => whole(5, 5);
    const { key } = await mesh.makeOwner();
    const replies = await Promise.all(Array.from({ length: 101 }, () => ask({ key })));
    const passed = replies.filter(({ status }) => status === 200);
    const [refused] = replies.filter(({ status }) => status === 429);
    expect(passed).toHaveLength(100);
    expect(passed.map(({ headers }) => headers.get('x-ratelimit-limit-requests'))).toEqual(Array(100).fill('100'));
    expect(refused?.body.error).toMatchObject({
      code: 'rate_limit_exceeded',
      details: { reason: 'rpm', scope: 'key' },
    });
    expect(refused?.headers.get('x-ratelimit-remaining-requests')).toBe('0');
    expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(Number(refused?.headers.get('retry-after'))).toBeLessThanOrEqual(64);
    const figures = await mesh.call('GET', '/v1/usage/rate-limits', { key });
    expect(figures.body.key.requests_per_minute).toMatchObject({ limit: 100, remaining: 0 });
    expect(figures.body.key.requests_per_day).toMatchObject({ limit: 10_000, remaining: 9_900 });
  });

  test('tokens a minute are counted as used, not as feared', async () => {
    script = () => whole(50, 50);
    const { key } = await mesh.makeOwner({ key: { tpm_limit: 1_000 } });
    const first = await ask({ key, body: { max_tokens: 500 } });
    expect(first.status).toBe(200);
    expect(first.headers.get('x-ratelimit-limit-tokens')).toBe('1000');
    const second = await ask({ key, body: { max_tokens: 800 } });
    expect(second.status).toBe(200);
    // An answer is limited to what is left of the limit beside the input.
    const sent = JSON.parse(upstream.requests.at(-1)?.body ?? '{}');
    expect(sent.max_tokens ?? sent.max_completion_tokens).toBe(800);
    const refused = await ask({ key, body: { messages: [{ role: 'user', content: 'word '.repeat(2_000) }] } });
    expect(refused.body.error).toMatchObject({ code: 'rate_limit_exceeded', details: { reason: 'tpm', limit: 1_000 } });
    expect(refused.headers.get('retry-after')).toBeNull();
  });

  test('an owner’s rate holds over all its keys', async () => {
    script = () => whole(5, 5);
    const one = await mesh.makeOwner();
    await admin('PATCH', `/v1/owners/${one.ownerId}`, { rpm_limit: 3 });
    const other = (await admin('POST', '/v1/keys', { owner_id: one.ownerId })).body.key;
    const replies = [];
    for (const key of [one.key, other, one.key, other]) replies.push(await ask({ key }));
    expect(replies.map(({ status }) => status)).toEqual([200, 200, 200, 429]);
    expect(replies[3]?.body.error.details).toMatchObject({ scope: 'owner', reason: 'rpm' });
  });

  test('requests at once are limited', async () => {
    let go = () => {};
    const until = new Promise<void>((resolve) => {
      go = resolve;
    });
    script = () => [{ do: 'until', promise: until }, ...whole(5, 5)];
    const { key } = await mesh.makeOwner({ key: { concurrency_limit: 2 } });
    const running = [ask({ key }), ask({ key })];
    await upstream.until(({ requests }) => requests.length > 0);
    await new Promise((resolve) => setTimeout(resolve, 100));
    const third = await ask({ key });
    expect(third.body.error).toMatchObject({
      code: 'rate_limit_exceeded',
      details: { reason: 'concurrency', limit: 2 },
    });
    go();
    expect((await Promise.all(running)).map(({ status }) => status)).toEqual([200, 200]);
    expect((await ask({ key })).status).toBe(200);
  });
});

describe('caps', () => {
  test('a key’s cap is hard; raising it lets the next request through', async () => {
    script = () => whole(10, 10);
    const { key, keyId } = await mesh.makeOwner({ key: { spend_cap_usd: '0.015', spend_cap_window: 'daily' } });
    expect((await ask({ key })).status).toBe(200);
    const refused = await ask({ key });
    expect(refused.status).toBe(402);
    expect(refused.body.error).toMatchObject({
      code: 'spend_limit_exceeded',
      details: { reason: 'key_cap', window: 'daily', affordable_max_tokens: 4 },
    });
    const { details, message, retry_after_seconds } = refused.body.error;
    const resetsAt = Date.parse(details.resets_at);
    expect([resetsAt % 86_400_000, Math.floor((resetsAt - Date.now()) / 86_400_000)]).toEqual([0, 0]);
    expect(message).toContain(`resets ${details.resets_at.slice(0, 10)} 00:00 UTC`);
    expect(Math.abs(retry_after_seconds - (resetsAt - Date.now()) / 1_000)).toBeLessThan(10);
    expect(refused.headers.get('retry-after')).toBe(String(retry_after_seconds));
    const limits = (await admin('GET', `/v1/keys/${keyId}/limits`)).body;
    expect(limits).toMatchObject({
      key: { spend_cap_usd: '0.015', spend_cap_window: 'daily', rpm_limit: 100 },
      effective: { rpm_limit: { limit: 100, tier: 'key' } },
      spending: { key: { daily: { cap: '0.015', spent: '0.01001' } } },
    });
    await admin('PATCH', `/v1/keys/${keyId}`, { spend_cap_usd: '1' });
    expect((await ask({ key })).status).toBe(200);
  });

  test.each(['-1', 'x', '1e3', '0.0000000001', ''])('a cap of %j is refused', async (cap) => {
    const reply = await admin('POST', '/v1/keys', { owner_id: account.ownerId, spend_caps: { daily: cap } });
    expect([reply.status, reply.body.error.param]).toEqual([400, 'spend_caps.daily']);
  });
});

describe('a metered stream', () => {
  const long = (pieces: number, piece = 'x'.repeat(400)) => Array.from({ length: pieces }, () => text(piece));

  test('starts with less than its whole bound, and ends well when the money does', async () => {
    // 100,000 tokens would cost 100 dollars; there are 5.
    const { key, balance } = await mesh.makeOwner({ amount: '5' });
    script = () => after(60, stream(long(60)), stall);
    const reply = await ask({ key, body: { model: 'acme/metered', stream: true, max_tokens: undefined } });
    expect(reply.status).toBe(200);
    expect(reply.text.endsWith('data: [DONE]\n\n')).toBe(true);
    const frames = framesOf(reply);
    expect(frames.at(-1)).toMatchObject({
      choices: [{ finish_reason: 'length' }],
      mesh: { stopped: 'spend_limit', settled: true, cost: { basis: 'estimated' } },
    });
    const delivered = frames.filter(({ choices }) => choices[0]?.delta?.content).length;
    // As many as the money bounds: of one letter again and again, a token is two letters at least.
    expect(delivered).toBeGreaterThanOrEqual(8);
    expect(delivered).toBeLessThan(60);
    expect(upstream.aborted.length).toBeGreaterThan(0);
    const { balance_usd } = await balance();
    expect(Number(balance_usd)).toBeGreaterThanOrEqual(0);
    expect((Number(balance_usd) + Number(frames.at(-1).cost)).toFixed(9)).toBe('5.000000000');
    expect(await entryOf(reply)).toMatchObject({ outcome: 'spend_limit', basis: 'estimated' });
  });

  test('with enough money is charged as reported, whatever was held on the way', async () => {
    const { key, balance } = await mesh.makeOwner({ amount: '50' });
    script = () => stream([...long(60), finish, usageFrame(5, 3_000)]);
    const reply = await ask({ key, body: { model: 'acme/metered', stream: true, max_tokens: undefined } });
    expect(framesOf(reply).at(-1)).toMatchObject({ cost: '3.000005', mesh: { cost: { basis: 'exact' } } });
    expect((await balance()).balance_usd).toBe('46.999995');
  });

  test('begins with what there is, where that is less than a slice', async () => {
    const { key, balance } = await mesh.makeOwner({ amount: '0.5' });
    script = () => stream([text('Fine.'), finish, usageFrame(5, 3)]);
    const reply = await ask({ key, body: { model: 'acme/metered', stream: true, max_tokens: undefined } });
    expect(framesOf(reply).at(-1)).toMatchObject({ cost: '0.003005', mesh: { cost: { basis: 'exact' } } });
    expect((await balance()).balance_usd).toBe('0.496995');
  });

  test('that cannot pay for the least of slices is refused, and says how much could be paid for', async () => {
    const { key } = await mesh.makeOwner({ amount: '0.06' });
    const reply = await ask({ key, body: { model: 'acme/metered', stream: true, max_tokens: undefined } });
    expect([reply.status, reply.body.error.code]).toEqual([402, 'spend_limit_exceeded']);
  });
});

/** Output tokens that are believed of an answer of ten: more than was held, and not more than can be true. */
const MOST_OUTPUT = 10 + BEYOND_LIMIT_TOKENS.chat;

describe('what is charged', () => {
  test('a provider that reports more than was held: the rest comes from the balance, as an entry of its own', async () => {
    const { key, balance } = await mesh.makeOwner({ amount: '5' });
    script = () => whole(10, MOST_OUTPUT);
    const reply = await ask({ key });
    expect(reply.body.cost).toBe('0.02601');
    expect((await balance()).balance_usd).toBe('4.97399');
    const entry = await entryOf(reply);
    expect(entry?.overage).toBeGreaterThan(0n);
    const { entry_id } = entry ?? {};
    expect((await documents().get(ENTRIES, documentId(`${entry_id}.overage`)))?.data).toMatchObject({
      kind: 'overage',
      amount: entry?.overage,
    });
  });

  test('what even the balance cannot pay is ours', async () => {
    const { key, balance } = await mesh.makeOwner({ amount: '0.02' });
    script = () => whole(10, MOST_OUTPUT);
    const reply = await ask({ key });
    expect(reply.body.mesh.cost.amount).toBe('0.02');
    expect((await balance()).balance_usd).toBe('0');
    expect((await entryOf(reply))?.written_off).toBeGreaterThan(0n);
  });

  test('a client that leaves after the finish is charged by the report that comes a moment later', async () => {
    const { key, ownerId } = await mesh.makeOwner();
    script = () => [
      ...stream([text('Fine.'), finish]),
      { do: 'wait', milliseconds: 120 },
      { do: 'send', bytes: Buffer.from(usageFrame(7, 3)) },
      { do: 'send', bytes: Buffer.from('data: [DONE]\n\n') },
    ];
    const client = new AbortController();
    const reply = await fetch(`${mesh.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}` },
      body: JSON.stringify({ model: 'acme/held', max_tokens: 10, stream: true, messages }),
      signal: client.signal,
    });
    const reader = reply.body?.getReader();
    let seen = '';
    while (!seen.includes('"finish_reason":"stop"'))
      seen += Buffer.from((await reader?.read())?.value ?? []).toString();
    client.abort();
    const entry = await untilCharged(ownerId);
    expect(entry).toMatchObject({ basis: 'exact', input_tokens: 7n, output_tokens: 3n });
  });

  test('a refund gives a charge back, once for each reference; an adjustment corrects', async () => {
    script = () => whole(10, 10);
    const { key, ownerId, balance } = await mesh.makeOwner({ amount: '5' });
    const { body } = await ask({ key });
    const back = { request_id: body.id, reference: 'sorry', reason: 'It was our fault.' };
    for (let time = 0; time < 2; time++) {
      expect((await admin('POST', `/v1/owners/${ownerId}/refunds`, back)).body).toMatchObject({
        kind: 'refund',
        amount: '0.01001',
        reason: 'It was our fault.',
      });
    }
    expect((await balance()).balance_usd).toBe('5');
    const fix = { amount: '-1.5', currency: 'USD', reference: 'fix', reason: 'Counted twice.' };
    expect((await admin('POST', `/v1/owners/${ownerId}/adjustments`, fix)).body.amount).toBe('-1.5');
    expect((await balance()).balance_usd).toBe('3.5');
    const tooMuch = await admin('POST', `/v1/owners/${ownerId}/adjustments`, { ...fix, amount: '-9', reference: 'b' });
    expect([tooMuch.status, tooMuch.body.error.code]).toEqual([409, 'conflict']);
  });
});

describe('an Idempotency-Key', () => {
  const named = (name: string) => ({ 'idempotency-key': name });

  test('is charged once: a second request is told of the first, not to retry, and costs nothing', async () => {
    script = () => whole(10, 10);
    const { key, balance } = await mesh.makeOwner({ amount: '5' });
    const first = await ask({ key, headers: named('a') });
    const second = await ask({ key, headers: named('a') });
    expect(second.status).toBe(409);
    expect(second.headers.get('x-should-retry')).toBe('false');
    expect(second.body.error).toMatchObject({
      code: 'conflict',
      details: { request_id: first.body.id, state: 'charged', cost: { amount: '0.01001', currency: 'USD' } },
    });
    expect((await balance()).balance_usd).toBe('4.98999');
    const other = await ask({ key, headers: named('a'), body: { max_tokens: 9 } });
    expect([other.status, other.body.error.code]).toEqual([422, 'validation_error']);
    expect((await ask({ key, headers: named('b') })).status).toBe(200);
  });

  test('of two requests at once lets one through', async () => {
    script = () => whole(10, 10);
    const { key } = await mesh.makeOwner();
    const asked = upstream.requests.length;
    const replies = await Promise.all(Array.from({ length: 5 }, () => ask({ key, headers: named('same') })));
    expect(replies.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409, 409]);
    expect(upstream.requests.length - asked).toBe(1);
  });

  test('is free again after a failure that cost nothing, and is its owner’s own', async () => {
    const { key } = await mesh.makeOwner();
    script = () => json({ error: { message: 'no' } }, 500);
    expect((await ask({ key, headers: named('a') })).status).toBe(502);
    script = () => whole(10, 10);
    expect((await ask({ key, headers: named('a') })).status).toBe(200);
    const stranger = await mesh.makeOwner();
    expect((await ask({ key: stranger.key, headers: named('a') })).status).toBe(200);
  });

  test('that is none is refused', async () => {
    expect((await ask({ headers: named('x'.repeat(256)) })).status).toBe(400);
    expect((await ask({ headers: named('a b') })).status).toBe(400);
  });
});

async function untilCharged(ownerId: string) {
  for (const deadline = performance.now() + 5_000; performance.now() < deadline; ) {
    const found = await documents().query({
      collection: ENTRIES,
      where: [{ field: 'owner_id', op: '==', value: ownerId }],
    });
    const charge = found.find(({ data }) => data.kind === 'charge');
    if (charge !== undefined) return charge.data;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error('nothing was charged');
}
