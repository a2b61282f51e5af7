import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { MAX_COMPARED } from '../../functions/router/operations/chat/compare.ts';
import { json, type ScriptedUpstream, stall, startScriptedUpstream, stream } from '../support/scripted-upstream.ts';
import { type Account, type CallReply, type Mesh, startMesh } from '../support/start-mesh.ts';

/** Four tokens in, two out, at $3 and $15 per million. */
const COST = '0.000042';
const usage = { prompt_tokens: 4, completion_tokens: 2, total_tokens: 6 };
const chunk = (delta: object, finish: string | null = null) => ({
  id: 'c',
  object: 'chat.completion.chunk',
  created: 1,
  model: 'm',
  choices: [{ index: 0, delta, finish_reason: finish }],
});
const frame = (body: unknown) => `data: ${JSON.stringify(body)}\n\n`;
const says = (text: string) => [
  frame(chunk({ role: 'assistant', content: text })),
  frame(chunk({}, 'stop')),
  frame({ ...chunk({}), choices: [], usage }),
  'data: [DONE]\n\n',
];
const whole = (text: string) => ({
  id: 'c',
  object: 'chat.completion',
  created: 1,
  model: 'm',
  choices: [{ index: 0, message: { role: 'assistant', content: text }, finish_reason: 'stop' }],
  usage,
});

let mesh: Mesh;
let account: Account;
let upstream: ScriptedUpstream;

beforeAll(async () => {
  upstream = await startScriptedUpstream(({ body }) => {
    const { model, stream: streams } = JSON.parse(body) as { model: string; stream?: boolean };
    if (model === 'broken') return json({ error: { message: 'boom' } }, 500);
    if (model === 'stalling') return [stall];
    if (model === 'pausing') return [...stream([frame(chunk({ role: 'assistant', content: 'I am' }))]), stall];
    return streams ? stream(says(`I am ${model}`)) : json(whole(`I am ${model}`));
  });
  const model = (name: string) => ({
    context_length: 100_000,
    max_output_tokens: 1_000,
    endpoints: [{ provider: 'acme', model: name, price: { input: '3', output: '15' } }],
  });
  mesh = await startMesh({
    limits: { connect: 500, firstByte: 500, idle: 500 },
    catalogue: {
      providers: { acme: { format: 'chat', base_url: `${upstream.url}/v1`, auth: { type: 'none' } } },
      models: Object.fromEntries(
        ['one', 'two', 'broken', 'stalling', 'pausing'].map((name) => [`acme/${name}`, model(name)] as const),
      ),
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

const compare = (models: string[], more: object = {}, headers: Record<string, string> = {}) =>
  mesh.call('POST', '/v1/chat/compare', {
    key: account.key,
    headers,
    body: { models, messages: [{ role: 'user', content: 'Who are you?' }], ...more },
  });
const framesOf = ({ text }: CallReply) =>
  text
    .trimEnd()
    .split('\n\n')
    .map((line) => (line === 'data: [DONE]' ? '[DONE]' : JSON.parse(line.slice(6))));
const spent = async () => (10 - Number((await account.balance()).balance_usd)).toFixed(9).replace(/\.?0+$/, '');

describe('a comparison', () => {
  test('has each model’s own answer, usage, cost and latency, in the order asked', async () => {
    const { status, body } = await compare(['acme/two', 'acme/one']);
    expect(status).toBe(200);
    expect(body.results.map((each: { model: string }) => each.model)).toEqual(['acme/two', 'acme/one']);
    for (const [index, name] of ['two', 'one'].entries()) {
      const result = body.results[index];
      expect(result.response_body.choices[0].message.content).toBe(`I am ${name}`);
      expect(result).toMatchObject({ index, content: `I am ${name}`, cost: COST, usage: { total_tokens: 6 } });
      expect(result).toMatchObject({ error: null, error_code: null, request_id: result.response_body.id });
      expect(result.latency_ms).toBeGreaterThanOrEqual(0);
    }
    expect(body.results[0].request_id).not.toBe(body.results[1].request_id);
    expect(body).toMatchObject({ object: 'chat.compare', partial: false, comparison: null, skip_comparison: true });
    expect(body.total_latency_ms).toBeGreaterThanOrEqual(body.results[0].latency_ms);
    expect(body.cost).toBe('0.000084');
    expect(await spent()).toBe('0.000084');
  });

  test('is not failed by one that fails, nor is that one charged', async () => {
    const { status, body } = await compare(['acme/one', 'acme/broken', 'acme/stalling', 'acme/unheard-of']);
    expect(status).toBe(200);
    const codes = body.results.map((each: { error_code: string | null }) => each.error_code);
    expect(codes).toEqual([null, 'upstream_error', 'gateway_timeout', 'model_not_found']);
    expect(body.results[1]).toMatchObject({ response_body: null, content: null, usage: null, cost: null });
    expect(body.results[1].error).toEqual(expect.any(String));
    expect(body.partial).toBe(true);
    expect(await spent()).toBe(COST);
    expect((await account.balance()).reserved_usd).toBe('0');
  });

  test('of which nothing came is the first one’s error', async () => {
    const { status, body } = await compare(['acme/broken', 'acme/broken']);
    expect(status).toBe(502);
    expect(body.error.code).toBe('upstream_error');
    expect(await spent()).toBe('0');
  });

  test('has a refusal for each model that there is no money for', async () => {
    const poor = await mesh.makeOwner({ amount: '0.02' });
    const { status, body } = await mesh.call('POST', '/v1/chat/compare', {
      key: poor.key,
      body: { models: Array(5).fill('acme/one'), messages: [{ role: 'user', content: 'Hi' }], max_tokens: 500 },
    });
    expect(status).toBe(200);
    const codes: (string | null)[] = body.results.map((each: { error_code: string | null }) => each.error_code);
    expect(codes.filter((code) => code === null).length).toBeGreaterThan(0);
    expect(codes.filter((code) => code === 'spend_limit_exceeded').length).toBeGreaterThan(0);
  });

  test('with an Idempotency-Key is made once', async () => {
    const headers = { 'idempotency-key': 'once' };
    expect((await compare(['acme/one', 'acme/two'], {}, headers)).status).toBe(200);
    const again = await compare(['acme/one', 'acme/two'], {}, headers);
    expect(again.status).toBe(409);
    expect(await spent()).toBe('0.000084');
  });

  test.each([[[]], [['acme/one']], [Array(MAX_COMPARED + 1).fill('acme/one')]])(
    'of %j models is refused',
    async (models) => {
      const { status, body } = await compare(models);
      expect([status, body.error.param]).toEqual([400, 'models']);
    },
  );

  test('asks one model otherwise than the others', async () => {
    const before = upstream.requests.length;
    const overrides = [{ model: 'acme/two', temperature: 0, max_tokens: 7, system_prompt: 'Be brief.' }];
    await compare(['acme/one', 'acme/two'], { temperature: 1, model_overrides: overrides });
    const sent = upstream.requests.slice(before).map(({ body }) => JSON.parse(body));
    const of = (name: string) => sent.find(({ model }) => model === name);
    expect(of('one')).toMatchObject({ temperature: 1, messages: [{ role: 'user' }] });
    expect(of('one')).not.toHaveProperty('model_overrides');
    expect(of('two')).toMatchObject({ temperature: 0, messages: [{ content: 'Be brief.' }, { role: 'user' }] });
    expect(of('two').max_tokens ?? of('two').max_completion_tokens).toBe(7);
  });

  test('is not judged by a model, and says so where that was asked for', async () => {
    const { status, body } = await compare(['acme/one', 'acme/two'], { comparison_model: 'acme/one' });
    expect([status, body.error.param]).toEqual([400, 'comparison_model']);
    expect((await compare(['acme/one', 'acme/two'], { skip_comparison: true })).status).toBe(200);
  });

  test('names the field that is wrong', async () => {
    const { status, body } = await compare(['acme/one', 'acme/two'], { temperature: 9 });
    expect([status, body.error.param]).toEqual([400, 'temperature']);
  });
});

describe('a streamed comparison', () => {
  test('marks every frame with its part, and ends each with its usage and cost', async () => {
    const frames = framesOf(await compare(['acme/one', 'acme/two'], { stream: true }));
    expect(frames.at(-1)).toBe('[DONE]');
    for (const [index, name] of ['one', 'two'].entries()) {
      const own = frames.filter((each) => each.comparison?.index === index);
      expect(own.every((each) => each.comparison.model === `acme/${name}`)).toBe(true);
      const text = own.map((each) => each.choices[0]?.delta.content ?? '').join('');
      expect(text).toBe(`I am ${name}`);
      expect(own.at(-1)).toMatchObject({
        choices: [{ finish_reason: 'stop' }],
        provider: 'acme',
        cost: COST,
        usage: { total_tokens: 6 },
      });
      expect(own.at(-1).mesh.total_ms).toBeGreaterThanOrEqual(0);
    }
    expect(await spent()).toBe('0.000084');
  });

  test('tells a failure in its own part', async () => {
    const frames = framesOf(await compare(['acme/broken', 'acme/one'], { stream: true }));
    const [error] = frames.filter((each) => each.error);
    expect(error).toMatchObject({ comparison: { index: 0, model: 'acme/broken' }, error: { code: 'upstream_error' } });
    expect(frames.filter((each) => each.comparison?.index === 1).at(-1).cost).toBe(COST);
    expect(frames.at(-1)).toBe('[DONE]');
  });

  test('of which nothing came is the first one’s error', async () => {
    const { status, body } = await compare(['acme/broken', 'acme/unheard-of'], { stream: true });
    expect([status, body.error.code]).toEqual([502, 'upstream_error']);
  });

  test('that is cut short by SIGTERM tells its client, and does not say that it is whole', async () => {
    const asked = compare(['acme/one', 'acme/pausing'], { stream: true });
    await upstream.until(({ requests }) => requests.some(({ body }) => body.includes('"pausing"')));
    await new Promise((resolve) => setTimeout(resolve, 100));
    mesh.endAll();
    const { text } = await asked;
    expect(text).not.toContain('[DONE]');
    const errors = framesOf({ text } as CallReply).filter((each) => each.error);
    expect(errors).toMatchObject([{ comparison: { index: 1, model: 'acme/pausing' } }]);
    expect(errors[0].error.message).toContain('shutting down');
  });
});
