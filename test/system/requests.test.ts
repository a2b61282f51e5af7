import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { MAX_BODY_BYTES } from '../../functions/router/http/read-body.ts';
import { type Account, type Mesh, startMesh } from '../support/start-mesh.ts';

let mesh: Mesh;
let account: Account;
const hello = { model: 'mesh/echo', messages: [{ role: 'user', content: 'Hello from Mesh' }] };

beforeAll(async () => {
  mesh = await startMesh({ env: {} });
  account = await mesh.makeOwner();
});
afterAll(() => mesh.close());

const chat = (body: unknown, headers: Record<string, string> = {}) =>
  mesh.call('POST', '/v1/chat/completions', { key: account.key, body, headers });

describe('a chat completion', () => {
  test('is answered, priced, and takes exactly its cost from the balance', async () => {
    const before = Number((await account.balance()).balance_usd);
    const { status, headers, body } = await chat(hello);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      object: 'chat.completion',
      model: 'mesh/echo',
      provider: 'mesh',
      system_fingerprint: expect.stringMatching(/^fp_[0-9a-f]{16}$/),
      choices: [
        { index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'Hello from Mesh', refusal: null } },
      ],
      usage: { prompt_tokens: 4, completion_tokens: 4, total_tokens: 8, cost: 0.000002 },
      cost: '0.000002',
      mesh: {
        settled: true,
        cost: { currency: 'USD', amount: '0.000002', usd: '0.000002', inr: '0.000176', fx_rate: '88', basis: 'exact' },
      },
    });
    expect(body.id).toBe(headers.get('x-mesh-request-id'));
    expect(headers.get('x-mesh-version')).toBe('2026-08');
    expect(headers.get('x-mesh-routing-model')).toBe('mesh/echo');
    const after = await account.balance();
    expect(before - Number(after.balance_usd)).toBeCloseTo(0.000002, 9);
    expect(after.reserved_usd).toBe('0');
  });

  test('streams in frames that every client can read, with usage and cost last', async () => {
    const { headers, text } = await chat({ ...hello, stream: true });
    expect(headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(text).not.toContain('\r');
    const frames = text.trimEnd().split('\n\n');
    expect(frames.pop()).toBe('data: [DONE]');
    const parsed = frames.map((frame) => JSON.parse(frame.replace(/^data: /, '')));
    for (const frame of parsed)
      expect(frame).toMatchObject({ object: 'chat.completion.chunk', provider: 'mesh', choices: [{ index: 0 }] });
    expect(parsed[0].choices[0].delta.role).toBe('assistant');
    const last = parsed.at(-1);
    expect(last).toMatchObject({
      choices: [{ finish_reason: 'stop' }],
      usage: { prompt_tokens: 4, completion_tokens: 4 },
      cost: '0.000002',
      mesh: { settled: true },
    });
    expect(parsed.slice(0, -1).every((frame) => !('usage' in frame))).toBe(true);
  });

  test.each([
    ['nobody', {}, {}, false],
    ['who did not want it', { stream_options: { include_usage: false } }, {}, false],
    ['who asked for it', { stream_options: { include_usage: true } }, {}, true],
    ['Mesh’s own SDKs', {}, { 'x-meshapi-sdk': 'node/1' }, true],
  ])('has a frame without choices for %s: that is %3$j', async (_who, more, headers, hasOne) => {
    const { text } = await chat({ ...hello, stream: true, ...more }, headers);
    const frames = text.trimEnd().split('\n\n').slice(0, -1);
    const parsed = frames.map((frame) => JSON.parse(frame.replace(/^data: /, '')));
    const empty = parsed.filter(({ choices }) => choices.length === 0);
    expect(empty).toEqual(hasOne ? [parsed.at(-1)] : []);
    expect(parsed.filter((frame) => 'usage' in frame)).toEqual([parsed.at(-1)]);
    expect(parsed.at(-1)).toMatchObject({ cost: '0.000002', mesh: { settled: true }, provider: 'mesh' });
  });

  test('works through the official client, streamed and whole', async () => {
    const whole = await account.openai.chat.completions.create(hello as never);
    expect((whole as { choices: { message: { content: string } }[] }).choices[0]?.message.content).toBe(
      'Hello from Mesh',
    );
    let text = '';
    const stream = await account.openai.chat.completions.create({
      model: 'mesh/echo',
      stream: true,
      messages: [{ role: 'user', content: 'a b c' }],
    });
    for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? '';
    expect(text).toBe('a b c');
  });

  test('a client’s own request id is echoed as a label, and never names the money', async () => {
    const { headers, body } = await chat(hello, { 'x-request-id': 'my-id:1' });
    expect(headers.get('x-request-id')).toBe('my-id:1');
    expect(headers.get('x-mesh-request-id')).toMatch(/^req_[0-9A-Z]{26}$/);
    expect(body.id).toBe(headers.get('x-mesh-request-id'));
    const again = await chat(hello, { 'x-request-id': 'my-id:1' });
    expect(again.status).toBe(200);
    expect((await chat(hello, { 'x-request-id': 'no spaces allowed' })).headers.get('x-request-id')).toMatch(/^req_/);
  });
});

describe('what a key may not do', () => {
  const models = (headers: Record<string, string>) => mesh.call('GET', '/v1/models', { headers });
  const flip = (key: string) => `${key.slice(0, 20)}${key[20] === 'a' ? 'b' : 'a'}${key.slice(21)}`;

  test.each([
    ['no key', () => ({}), 401],
    ['a key without Bearer', () => ({ authorization: account.key }), 401],
    ['an empty Bearer', () => ({ authorization: 'Bearer ' }), 401],
    ['another scheme', () => ({ authorization: `Basic ${account.key}` }), 401],
    ['a typo', () => ({ authorization: `Bearer ${flip(account.key)}` }), 401],
    ['somebody else’s sort of key', () => ({ authorization: 'Bearer sk-proj-1234567890' }), 401],
    ['an admin key', () => ({ authorization: `Bearer ${mesh.adminKey}` }), 401],
    ['x-api-key with a typo', () => ({ 'x-api-key': flip(account.key) }), 401],
  ])('%s is %i', async (_name, headers, status) => {
    const reply = await models(headers() as Record<string, string>);
    expect(reply.status).toBe(status);
    expect(reply.body.error).toMatchObject({
      code: 'unauthorized',
      type: 'authentication_error',
      message: expect.any(String),
    });
    expect(reply.text).not.toContain(account.key);
    expect(reply.text).not.toContain(mesh.adminKey);
  });

  test('x-api-key works as well as Bearer', async () => {
    expect((await models({ 'x-api-key': account.key })).status).toBe(200);
  });

  test('an inference key does not reach administration', async () => {
    const reply = await mesh.call('GET', '/v1/owners', { key: account.key });
    expect([reply.status, reply.body.error.code]).toEqual([403, 'forbidden']);
  });

  test('a suspended key stops working, an expired one never starts', async () => {
    const doomed = await mesh.makeOwner();
    expect((await mesh.call('GET', '/v1/balance', { key: doomed.key })).status).toBe(200);
    const gone = await mesh.call('DELETE', `/v1/keys/${doomed.keyId}`, { key: mesh.adminKey });
    expect([gone.status, gone.text]).toEqual([204, '']);
    for (let tries = 0; tries < 100; tries++) {
      if ((await mesh.call('GET', '/v1/balance', { key: doomed.key })).status === 403) break;
    }
    expect((await mesh.call('GET', '/v1/balance', { key: doomed.key })).body.error.code).toBe('forbidden');
    const expired = await mesh.makeOwner({ key: { expires_at: '2020-01-01T00:00:00Z' } });
    expect((await mesh.call('GET', '/v1/balance', { key: expired.key })).status).toBe(403);
  });

  test('a key is held to its models, and sees no others', async () => {
    const narrow = await mesh.makeOwner({ key: { allowed_models: ['acme/large'] } });
    const refused = await mesh.call('POST', '/v1/chat/completions', { key: narrow.key, body: hello });
    expect([refused.status, refused.body.error.code]).toEqual([403, 'forbidden']);
    expect((await mesh.call('GET', '/v1/models', { key: narrow.key })).body.data).toEqual([]);
    expect((await mesh.call('GET', '/v1/models/mesh/echo', { key: narrow.key })).status).toBe(404);
  });
});

describe('bad input', () => {
  test.each<[string, unknown, string | null]>([
    ['malformed JSON', '{"model": "mesh/echo", ', null],
    ['an empty body', '', null],
    ['a list', [], null],
    ['a string', '"hello"', null],
    ['no messages', { model: 'mesh/echo' }, 'messages'],
    ['empty messages', { model: 'mesh/echo', messages: [] }, 'messages'],
    [
      '10,000 messages',
      { model: 'mesh/echo', messages: Array(10_000).fill({ role: 'user', content: 'x' }) },
      'messages',
    ],
    ['a role that is none', { ...hello, messages: [{ role: 'robot', content: 'x' }] }, 'messages.0.role'],
    ['content of the wrong type', { ...hello, messages: [{ role: 'user', content: 7 }] }, 'messages.0.content'],
    ['temperature as text', { ...hello, temperature: 'hot' }, 'temperature'],
    ['a negative limit', { ...hello, max_tokens: -1 }, 'max_tokens'],
    ['n of 1,000', { ...hello, n: 1_000 }, 'n'],
    ['an unknown tool type', { ...hello, tools: [{ type: 'web_search' }] }, 'tools.0.type'],
    ['a paid service tier', { ...hello, service_tier: 'priority' }, 'service_tier'],
    ['predicted outputs', { ...hello, prediction: { type: 'content', content: 'x' } }, 'prediction'],
  ])('%s is a 400 that names the field', async (_name, body, param) => {
    const reply = await chat(body);
    expect(reply.status).toBe(400);
    expect(reply.body.error).toMatchObject({ message: expect.any(String), type: 'invalid_request_error', param });
    expect(reply.body.request_id).toBe(reply.headers.get('x-request-id'));
  });

  test('a limit that the model does not have is none: clients send one to all models', async () => {
    const reply = await chat({ ...hello, max_tokens: 1_000_000_000 });
    expect(reply.status).toBe(200);
  });

  test('Mesh’s own SDKs get a 422 with every mistake', async () => {
    const reply = await chat({ ...hello, temperature: 'hot', n: 'many' }, { 'x-meshapi-sdk': 'js/1' });
    expect(reply.status).toBe(422);
    expect(reply.body.error).toMatchObject({
      code: 'validation_error',
      details: [
        { loc: ['body', 'temperature'], msg: expect.any(String), type: expect.any(String) },
        { loc: ['body', 'n'] },
      ],
    });
  });

  test('a body of 33 MiB is a JSON 413, whether its length was announced or not', async () => {
    const big = 'x'.repeat(MAX_BODY_BYTES + 1024 * 1024);
    const announced = await chat(big);
    expect([announced.status, announced.body.error.code]).toEqual([413, 'payload_too_large']);
    const chunked = await fetch(`${mesh.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${account.key}` },
      body: new Blob([big]).stream(),
      duplex: 'half',
    } as RequestInit);
    expect(chunked.status).toBe(413);
  });

  test('an unknown model is a 404', async () => {
    const reply = await chat({ ...hello, model: 'acme/huge' });
    expect([reply.status, reply.body.error.code, reply.body.error.param]).toEqual([404, 'model_not_found', 'model']);
  });

  test('an unknown path is a 404, a wrong method a 405 that says what is right', async () => {
    expect((await mesh.call('GET', '/v2/nothing')).body.error.code).toBe('not_found');
    const reply = await mesh.call('GET', '/v1/chat/completions', { key: account.key });
    expect([reply.status, reply.headers.get('allow')]).toEqual([405, 'POST, OPTIONS']);
  });

  test('what the model cannot do is refused, not dropped', async () => {
    const reply = await chat({ ...hello, tools: [{ type: 'function', function: { name: 'f' } }] });
    expect([reply.status, reply.body.error.code]).toEqual([400, 'model_capability_not_supported']);
  });

  test('an input longer than the context says so in words that clients look for', async () => {
    const reply = await chat({ ...hello, messages: [{ role: 'user', content: 'word '.repeat(200_000) }] });
    expect([reply.status, reply.body.error.code]).toEqual([400, 'context_length_exceeded']);
    expect(reply.body.error.message).toContain('maximum context length is 128000 tokens');
  });

  test('a bad version is refused before the key is looked at', async () => {
    const reply = await mesh.call('GET', '/v1/models', { headers: { 'x-mesh-version': '1999-01' } });
    expect([reply.status, reply.body.error.code]).toEqual([400, 'invalid_api_version']);
    expect(reply.body.error.details).toEqual({ supported_versions: ['2026-08'] });
    expect(
      (await mesh.call('GET', '/v1/models', { key: account.key, headers: { 'x-mesh-version': '2026-08' } })).status,
    ).toBe(200);
  });

  test('bytes that are no HTTP end the connection and nothing else', async () => {
    const port = Number(new URL(mesh.url).port);
    const answer = await new Promise<string>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => socket.write('\x16\x03\x01 nonsense\r\n\r\n'));
      let text = '';
      socket.on('data', (bytes) => {
        text += bytes;
      });
      socket.on('error', () => {});
      socket.on('close', () => resolve(text));
    });
    expect(answer).toMatch(/^HTTP\/1\.1 400/);
    expect((await mesh.call('GET', '/healthz')).status).toBe(200);
  });
});

describe('money', () => {
  test('a request that may cost more than there is gets a 402, and how long an answer could be', async () => {
    const poor = await mesh.makeOwner({ amount: '0.0005' });
    const reply = await mesh.call('POST', '/v1/chat/completions', { key: poor.key, body: hello });
    expect(reply.status).toBe(402);
    expect(reply.body.error).toMatchObject({
      code: 'spend_limit_exceeded',
      details: { reason: 'balance', currency: 'USD', available: '0.0005' },
    });
    const affordable = reply.body.error.details.affordable_max_tokens;
    const again = await mesh.call('POST', '/v1/chat/completions', {
      key: poor.key,
      body: { ...hello, max_tokens: affordable },
    });
    expect(again.status).toBe(200);
    const tooMany = await mesh.call('POST', '/v1/chat/completions', {
      key: poor.key,
      body: { ...hello, max_tokens: affordable + 1 },
    });
    expect(tooMany.status).toBe(402);
  });

  test('an owner in rupees pays in rupees, and sees both', async () => {
    const indian = await mesh.makeOwner({ currency: 'INR', amount: '100' });
    const { body } = await mesh.call('POST', '/v1/chat/completions', { key: indian.key, body: hello });
    expect(body.mesh.cost).toMatchObject({ currency: 'INR', amount: '0.000176', inr: '0.000176', usd: '0.000002' });
    expect(await indian.balance()).toMatchObject({ currency: 'INR', balance_inr: '99.999824', reserved_usd: '0' });
  });

  test('a hundred at once cannot spend what is not there', async () => {
    const poor = await mesh.makeOwner({ amount: '0.01' });
    const replies = await Promise.all(
      Array.from({ length: 100 }, () => mesh.call('POST', '/v1/chat/completions', { key: poor.key, body: hello })),
    );
    const served = replies.filter(({ status }) => status === 200);
    expect(replies.every(({ status }) => status === 200 || status === 402)).toBe(true);
    expect(served.length).toBeGreaterThan(0);
    const spent = served.reduce((sum, { body }) => sum + Math.round(Number(body.cost) * 1e9), 0);
    const balance = await poor.balance();
    expect(Math.round(Number(balance.balance_usd) * 1e9)).toBe(10_000_000 - spent);
    expect(balance.reserved_usd).toBe('0');
  });
});

describe('administration', () => {
  const admin = (method: string, path: string, body?: unknown) => mesh.call(method, path, { key: mesh.adminKey, body });

  test('a topup is made once for each reference', async () => {
    const { id } = (await admin('POST', '/v1/owners', { name: 'Twice' })).body;
    const topup = { amount: '5', currency: 'USD', reference: 'invoice-1' };
    const [first, second] = [
      await admin('POST', `/v1/owners/${id}/topups`, topup),
      await admin('POST', `/v1/owners/${id}/topups`, topup),
    ];
    expect(second.body).toEqual(first.body);
    expect((await admin('GET', `/v1/owners/${id}`)).body).toMatchObject({
      name: 'Twice',
      balance: '5',
      available: '5',
      reserved: '0',
    });
    expect((await admin('POST', `/v1/owners/${id}/topups`, { ...topup, amount: '6' })).status).toBe(409);
  });

  test.each([
    [{ amount: '-1', currency: 'USD', reference: 'a' }, 'amount'],
    [{ amount: '0', currency: 'USD', reference: 'a' }, 'amount'],
    [{ amount: 1, currency: 'USD', reference: 'a' }, 'amount'],
    [{ amount: '1e9', currency: 'USD', reference: 'a' }, 'amount'],
    [{ amount: '0.0000000001', currency: 'USD', reference: 'a' }, 'amount'],
    [{ amount: '1', currency: 'EUR', reference: 'a' }, 'currency'],
    [{ amount: '1', currency: 'INR', reference: 'a' }, 'currency'],
    [{ amount: '1', currency: 'USD' }, 'reference'],
    [{ amount: '1', currency: 'USD', reference: 'a/b' }, 'reference'],
    [{ amount: '1', currency: 'USD', reference: 'a', extra: 1 }, 'extra'],
  ])('a topup of %j is refused', async (body, param) => {
    const reply = await admin('POST', `/v1/owners/${account.ownerId}/topups`, body);
    expect([reply.status, reply.body.error.param]).toEqual([400, param]);
  });

  test('a key is shown once, and never again', async () => {
    const made = await admin('POST', '/v1/keys', {
      owner_id: account.ownerId,
      label: 'once',
      default_params: { temperature: 0.5 },
    });
    expect(made.status).toBe(201);
    const read = await admin('GET', `/v1/keys/${made.body.id}`);
    expect(read.body).toMatchObject({
      label: 'once',
      status: 'active',
      default_params: { temperature: 0.5 },
      owner_id: account.ownerId,
    });
    expect(read.text).not.toContain(made.body.key);
    expect(JSON.stringify((await admin('GET', `/v1/keys?owner_id=${account.ownerId}`)).body)).not.toContain(
      made.body.key,
    );
  });

  test('a limit that is no limit is refused', async () => {
    for (const limit of [0, -1, 1.5, 1e10, '5']) {
      const refused = await admin('POST', '/v1/keys', { owner_id: account.ownerId, rpm_limit: limit });
      expect([refused.status, refused.body.error.param]).toEqual([400, 'rpm_limit']);
    }
  });

  test('an owner or key that does not exist is a 404', async () => {
    expect((await admin('GET', '/v1/owners/own_nobody')).status).toBe(404);
    expect(
      (await admin('POST', '/v1/owners/own_nobody/topups', { amount: '1', currency: 'USD', reference: 'x' })).status,
    ).toBe(404);
    expect((await admin('POST', '/v1/keys', { owner_id: 'own_nobody' })).status).toBe(404);
    expect((await admin('DELETE', '/v1/keys/key_nobody')).status).toBe(404);
  });
});

describe('models', () => {
  test('are a bare array to Mesh’s SDKs and OpenAI’s list to everyone else', async () => {
    const openai = await account.openai.models.list();
    expect(openai.data.map(({ id }) => id)).toEqual(['mesh/echo', 'auto']);
    const mine = await mesh.call('GET', '/v1/models', { key: account.key, headers: { 'x-meshapi-sdk': 'js/1' } });
    expect(mine.body).toEqual([expect.objectContaining({ id: 'mesh/echo', name: expect.any(String), is_free: false })]);
  });

  test.each(['mesh/echo', 'mesh%2Fecho', 'echo'])('one is found as %s', async (name) => {
    const reply = await mesh.call('GET', `/v1/models/${name}`, { key: account.key });
    expect(reply.body).toMatchObject({ id: 'mesh/echo', object: 'model' });
  });

  test('are a page of Anthropic’s to its clients', async () => {
    const headers = { 'anthropic-version': '2023-06-01' };
    const { body } = await mesh.call('GET', '/v1/models?limit=1000', { key: account.key, headers });
    expect(body).toMatchObject({
      data: [{ type: 'model', id: 'mesh/echo', display_name: expect.any(String) }],
      has_more: false,
      first_id: 'mesh/echo',
    });
  });

  test('can be asked for by price and by words', async () => {
    const get = async (path: string) => (await mesh.call('GET', path, { key: account.key })).body;
    expect(await get('/v1/models/free')).toEqual([]);
    expect(await get('/v1/models/paid')).toEqual([expect.objectContaining({ id: 'mesh/echo', is_free: false })]);
    expect(await get('/v1/models/search?q=ECHO')).toMatchObject({
      items: [{ id: 'mesh/echo' }],
      total: 1,
      brands: ['mesh'],
      facets: { brand: [{ value: 'mesh', count: 1 }] },
    });
    expect(await get('/v1/models/search?q=echo+nothing')).toMatchObject({ items: [], total: 0 });
    expect(await get('/v1/models/search?limit=0')).toMatchObject({ error: { param: 'limit' } });
  });

  test('need a key, and have an ETag', async () => {
    expect((await mesh.call('GET', '/v1/models')).status).toBe(401);
    const etag = (await mesh.call('GET', '/v1/models', { key: account.key })).headers.get('etag') ?? '';
    expect(
      (await mesh.call('GET', '/v1/models', { key: account.key, headers: { 'if-none-match': etag } })).status,
    ).toBe(304);
  });
});

describe('the host', () => {
  test('is alive and ready, and says which versions it serves', async () => {
    expect((await mesh.call('GET', '/healthz')).body).toEqual({ status: 'ok' });
    expect((await mesh.call('GET', '/readyz')).body).toEqual({ status: 'ok', store: 'ok', models: 1 });
    expect((await mesh.call('GET', '/v1/api-versions')).body).toEqual([
      { label: '2026-08', status: 'ga', baseline: true, latest: true },
    ]);
  });

  test('lets in the browsers it was told to, and no others', async () => {
    const preflight = (origin: string) =>
      mesh.call('OPTIONS', '/v1/chat/completions', { headers: { origin, 'access-control-request-method': 'POST' } });
    const allowed = await preflight('https://app.example');
    expect([allowed.status, allowed.headers.get('access-control-allow-origin')]).toEqual([204, 'https://app.example']);
    expect((await preflight('https://evil.example')).headers.get('access-control-allow-origin')).toBeNull();
  });
});
