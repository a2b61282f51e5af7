import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { END_USER_SPENDING } from '../../functions/core/end-users/end-user-spending.ts';
import { ENTRIES } from '../../functions/core/ledger/entries.ts';
import {
  json,
  type Script,
  type ScriptedUpstream,
  startScriptedUpstream,
  stream,
} from '../support/scripted-upstream.ts';
import { type Account, type CallReply, type Mesh, startMesh } from '../support/start-mesh.ts';

let upstream: ScriptedUpstream;
let mesh: Mesh;
let script: Script = () => [];

const answer = (completion: number) =>
  json({
    id: 'x',
    object: 'chat.completion',
    created: 1,
    model: 'm',
    choices: [{ index: 0, message: { role: 'assistant', content: 'Fine.' }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 10, completion_tokens: completion, total_tokens: 10 + completion },
  });

beforeAll(async () => {
  upstream = await startScriptedUpstream((request) => script(request));
  mesh = await startMesh({
    catalogue: {
      providers: { acme: { format: 'chat', base_url: upstream.url, auth: { type: 'none' } } },
      models: {
        'acme/metered': {
          context_length: 128_000,
          max_output_tokens: 100_000,
          endpoints: [{ provider: 'acme', model: 'm', price: { input: '0', output: '1000' }, visible_output: true }],
        },
        // A token of an answer costs a thousandth of a dollar.
        'acme/held': {
          context_length: 8_000,
          max_output_tokens: 4_000,
          endpoints: [{ provider: 'acme', model: 'm', price: { input: '0', output: '1000' } }],
        },
      },
    },
  });
});
afterAll(async () => {
  await mesh.close();
  await upstream.close();
});

const ask = (account: Account, user: string | null, max_tokens: number, headers: Record<string, string> = {}) =>
  mesh.call('POST', '/v1/chat/completions', {
    key: account.key,
    headers,
    body: {
      model: 'acme/held',
      max_tokens,
      messages: [{ role: 'user', content: 'How are you?' }],
      ...(user === null ? {} : { user }),
    },
  });
const capped = (caps: object) => mesh.makeOwner({ key: { end_user_caps: caps } });
const statuses = (replies: CallReply[]) => replies.map(({ status }) => status).sort();
const figuresOf = async ({ key, keyId }: Account, user: string) => {
  const asked = await Promise.all([
    mesh.call('GET', `/v1/usage/rate-limits?end_user=${user}`, { key }),
    mesh.call('GET', `/v1/keys/${keyId}/limits?end_user=${user}`, { key: mesh.adminKey }),
  ]);
  const [own, administrations] = asked.map(({ body }) => body.spending.end_user);
  expect(administrations).toEqual(own);
  return own;
};
const hashOfLast = async ({ key }: Account) =>
  (await mesh.call('POST', '/v1/usage/events', { key, body: {} })).body.data[0].end_user as string;

test('requests at once cannot spend more than the cap of their user, and another user is not concerned', async () => {
  const account = await capped({ daily: '0.3' });
  script = () => answer(100);
  const replies = await Promise.all(Array.from({ length: 6 }, () => ask(account, 'ann', 100)));
  expect(statuses(replies)).toEqual([200, 200, 200, 402, 402, 402]);
  const [refused] = replies.filter(({ status }) => status === 402);
  const { error } = refused?.body ?? {};
  expect(error).toMatchObject({ code: 'spend_limit_exceeded', details: { reason: 'end_user_cap', window: 'daily' } });
  expect(error.details.resets_at).toMatch(/T00:00:00.000Z$/);
  expect(error.message).toContain("The end user's daily cap does not cover it");
  expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThan(0);
  expect((await ask(account, 'bob', 100)).status).toBe(200);
});

test('what was held and not charged comes back, and a request that fails takes nothing', async () => {
  const account = await capped({ total: '0.1' });
  script = () => answer(40);
  expect((await ask(account, 'ann', 100)).status).toBe(200);
  script = () => json({ error: { message: 'no' } }, 400);
  expect((await ask(account, 'ann', 60)).status).toBe(400);
  const user = await hashOfLast(account);
  expect(await figuresOf(account, user)).toMatchObject({
    total: { spent: '0.04', reserved: '0', cap: '0.1', remaining: '0.06', resets_at: null },
    daily: { spent: '0.04', cap: null },
  });
  script = () => answer(60);
  expect((await ask(account, 'ann', 61)).status).toBe(402);
  expect((await ask(account, 'ann', 60)).status).toBe(200);
});

test('a stream that is paid for as it goes ends well where its user’s cap ends', async () => {
  // The owner has enough for all of it.
  const account = await mesh.makeOwner({ amount: '100', key: { end_user_caps: { total: '8' } } });
  const frame = (data: unknown) =>
    `data: ${JSON.stringify({ id: 'x', object: 'chat.completion.chunk', created: 1, model: 'm', ...(data as object) })}\n\n`;
  const words = Array.from({ length: 60 }, () =>
    frame({ choices: [{ index: 0, delta: { content: 'one two three '.repeat(25) }, finish_reason: null }] }),
  );
  script = () => stream([...words, 'data: [DONE]\n\n']);
  const reply = await mesh.call('POST', '/v1/chat/completions', {
    key: account.key,
    body: { model: 'acme/metered', stream: true, user: 'ann', messages: [{ role: 'user', content: 'Hello' }] },
  });
  expect(reply.text).toContain('"finish_reason":"length"');
  const { total } = await figuresOf(account, await hashOfLast(account));
  expect(total).toMatchObject({ reserved: '0', cap: '8' });
  // More than the first slice was held for, and never more than the cap.
  expect(Number(total.spent)).toBeGreaterThan(2.048);
  expect(Number(total.spent)).toBeLessThanOrEqual(8);
});

test('all who name nobody are one user, and a header names somebody', async () => {
  const account = await capped({ total: '0.1' });
  script = () => answer(100);
  expect((await ask(account, null, 100)).status).toBe(200);
  expect((await ask(account, null, 100)).status).toBe(402);
  expect((await ask(account, null, 100, { 'X-OpenWebUI-User-Id': 'ann' })).status).toBe(200);
  expect((await ask(account, 'ann', 100)).status).toBe(402);
  expect((await figuresOf(account, 'none')).total.spent).toBe('0.1');
});

test('a request that is refused leaves its Idempotency-Key free, and the books as they were', async () => {
  const account = await capped({ total: '0.1' });
  script = () => answer(100);
  const named = { 'Idempotency-Key': `k-${account.keyId}` };
  // Both pass the first look, and one is refused when it reserves.
  const replies = await Promise.all(['a', 'b'].map((id) => ask(account, 'ann', 100, { 'Idempotency-Key': id })));
  expect(statuses(replies)).toEqual([200, 402]);
  expect((await ask(account, 'ann', 100, named)).status).toBe(402);
  const again = await mesh.call('PATCH', `/v1/keys/${account.keyId}`, {
    key: mesh.adminKey,
    body: { end_user_caps: null },
  });
  expect(again.body.end_user_caps).toEqual({ daily: null, weekly: null, monthly: null, total: null });
  const refusedId = replies[0]?.status === 402 ? 'a' : 'b';
  expect((await ask(account, 'ann', 100, { 'Idempotency-Key': refusedId })).status).toBe(200);
  expect(await account.balance()).toMatchObject({ reserved_usd: '0', balance_usd: '9.8' });
});

test('nothing is written for a key without such caps', async () => {
  const account = await mesh.makeOwner();
  script = () => answer(100);
  expect((await ask(account, 'ann', 100)).status).toBe(200);
  const stored = await mesh.services.documents.query({ collection: END_USER_SPENDING });
  expect(stored.filter(({ data }) => data.key_id === account.keyId)).toEqual([]);
  expect((await mesh.services.documents.query({ collection: ENTRIES })).length).toBeGreaterThan(0);
  expect(await figuresOf(account, 'none')).toBeNull();
});

test('an end user is asked for by its hash', async () => {
  const { key } = await capped({ total: '1' });
  const reply = await mesh.call('GET', '/v1/usage/rate-limits?end_user=ann', { key });
  expect([reply.status, reply.body.error.param]).toEqual([400, 'end_user']);
});

test('a key that manages gives its keys no more for their users than it has', async () => {
  const manager = await mesh.makeOwner({
    key: { manage: true, end_user_caps: { daily: '1', monthly: null, total: null } },
  });
  const make = (end_user_caps?: object | null) =>
    mesh.call('POST', '/v1/keys', {
      key: manager.key,
      body: { ...(end_user_caps === undefined ? {} : { end_user_caps }) },
    });
  expect((await make()).body.end_user_caps.daily).toBe('1');
  expect((await make({ daily: '0.5', total: '9' })).status).toBe(201);
  for (const more of [null, { daily: '2' }, { total: '1' }]) {
    const { status, body } = await make(more);
    expect([status, body.error.param]).toEqual([403, 'end_user_caps.daily']);
  }
});

test('a cap a thousand times too large is asked about', async () => {
  const { ownerId } = await mesh.makeOwner();
  const body = { owner_id: ownerId, end_user_caps: { daily: '200000' } };
  expect((await mesh.call('POST', '/v1/keys', { key: mesh.adminKey, body })).body.error).toMatchObject({
    code: 'confirmation_required',
  });
});
