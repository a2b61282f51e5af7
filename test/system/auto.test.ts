import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { json, type ScriptedUpstream, startScriptedUpstream, stream } from '../support/scripted-upstream.ts';
import { type Account, type Mesh, startMesh } from '../support/start-mesh.ts';

/** Three models that differ in what they can do, cost and take. The first one is down while `down` says so. */
const models = {
  'acme/small': { quality: 45, price: { input: '0.1', output: '0.4' }, first_token_ms: 300, tokens_per_second: 150 },
  'acme/middle': { quality: 75, price: { input: '1', output: '5' }, first_token_ms: 600, tokens_per_second: 80 },
  'acme/large': { quality: 95, price: { input: '5', output: '25' }, first_token_ms: 1_500, tokens_per_second: 50 },
};
const EASY = 'What is the capital of France?';
const HARD =
  'First prove the theorem by induction, then derive the integral equation, and finally optimise this algorithm in Rust code.';

let mesh: Mesh;
let account: Account;
let upstream: ScriptedUpstream;
let down = '';

beforeAll(async () => {
  upstream = await startScriptedUpstream(({ body }) => {
    const { model, stream: streams } = JSON.parse(body) as { model: string; stream?: boolean };
    if (model === down) return json({ error: { message: 'down' } }, 503);
    const head = { id: 'c', created: 1, model };
    const usage = { prompt_tokens: 4, completion_tokens: 2, total_tokens: 6 };
    const message = { role: 'assistant', content: 'Hi' };
    if (!streams) {
      const choices = [{ index: 0, message, finish_reason: 'stop' }];
      return json({ ...head, object: 'chat.completion', choices, usage });
    }
    const chunk = { ...head, object: 'chat.completion.chunk' };
    const frames = [
      { ...chunk, choices: [{ index: 0, delta: message, finish_reason: 'stop' }] },
      { ...chunk, choices: [], usage },
    ];
    return stream([...frames.map((frame) => `data: ${JSON.stringify(frame)}\n\n`), 'data: [DONE]\n\n']);
  });
  mesh = await startMesh({
    catalogue: {
      providers: { acme: { format: 'chat', base_url: `${upstream.url}/v1`, auth: { type: 'none' } } },
      models: Object.fromEntries(
        Object.entries(models).map(([id, { quality, price, first_token_ms, tokens_per_second }]) => [
          id,
          {
            context_length: id === 'acme/large' ? 200_000 : 30_000,
            max_output_tokens: 4_000,
            capabilities: id === 'acme/small' ? [] : ['tools', 'reasoning'],
            quality,
            endpoints: [
              { provider: 'acme', model: id.slice(5), price, expected: { first_token_ms, tokens_per_second } },
            ],
          },
        ]),
      ),
    },
  });
  account = await mesh.makeOwner();
});
afterAll(async () => {
  await mesh.close();
  await upstream.close();
});

interface Options {
  key?: string;
  headers?: Record<string, string>;
}
const post = (path: string, body: object, { key = account.key, headers = {} }: Options = {}) =>
  mesh.call('POST', path, { key, headers, body });
const ask = (content: string, more: object = {}, options: Options = {}) =>
  post('/v1/chat/completions', { model: 'auto', messages: [{ role: 'user', content }], ...more }, options);
const select = (content: string, more: object = {}, options: Options = {}) =>
  post('/v1/router/select', { messages: [{ role: 'user', content }], ...more }, options);

describe('model: auto', () => {
  test.each([
    ['an easy question', EASY, {}, 'acme/small'],
    ['a hard one', HARD, {}, 'acme/large'],
    ['an easy one with tools', EASY, { tools: [{ type: 'function', function: { name: 'f' } }] }, 'acme/middle'],
    ['an easy one that must be answered best', EASY, { weight_profile: 'quality_first' }, 'acme/large'],
    ['one too long for most', 'river '.repeat(60_000), {}, 'acme/large'],
  ])('%s', async (_name, content, more, model) => {
    const { status, body, headers } = await ask(content, more);
    expect([status, body.model]).toEqual([200, model]);
    expect(body).toMatchObject({ x_auto_routed: true, x_resolved_model_id: model, mesh: { routing: { auto: true } } });
    expect(headers.get('x-resolved-model-id')).toBe(model);
    expect(headers.get('x-auto-routed')).toBe('true');
    expect((await select(content, more)).body.model).toBe(model);
  });

  test('a model asked for by name is not marked', async () => {
    const { body, headers } = await ask(EASY, { model: 'acme/small' });
    expect(body).not.toHaveProperty('x_auto_routed');
    expect(headers.get('x-auto-routed')).toBeNull();
  });

  test.each(['AUTO', ' auto ', 'mesh/auto', 'openrouter/auto'])('%j is auto too', async (model) => {
    expect((await ask(EASY, { model })).body.model).toBe('acme/small');
  });

  test('streams, told by the headers', async () => {
    const { headers, text } = await ask(EASY, { stream: true });
    expect(headers.get('x-resolved-model-id')).toBe('acme/small');
    expect(text.trimEnd().endsWith('data: [DONE]')).toBe(true);
  });

  test('the next best stands by', async () => {
    down = 'small';
    const { body, headers } = await ask(EASY);
    down = '';
    expect(body.model).toBe('acme/middle');
    expect(headers.get('x-mesh-routing-fallback')).toBe('true');
  });

  test('what the caller names stands by instead, or nothing', async () => {
    down = 'small';
    const named = await ask(EASY, { models: ['acme/large'] });
    const none = await ask(EASY, { models: [] });
    down = '';
    expect(named.body.model).toBe('acme/large');
    expect(none.status).toBe(502);
  });

  test('chooses among the key’s models only', async () => {
    const key = (await mesh.makeOwner({ key: { allowed_models: ['acme/middle', 'acme/large'] } })).key;
    expect((await ask(EASY, {}, { key })).body.model).toBe('acme/middle');
  });

  test('costs what its model costs, and choosing nothing', async () => {
    const before = await account.balance();
    const { body } = await ask(EASY);
    expect(body.cost).toBe('0.0000012');
    await select(EASY);
    const after = await account.balance();
    expect(Number(before.balance_usd) - Number(after.balance_usd)).toBeCloseTo(0.0000012, 9);
  });

  test('explains itself, without a word of the request', async () => {
    const { body } = await ask(HARD, {}, { headers: { 'x-mesh-explain': '1' } });
    const { auto, candidates } = body.mesh.decision;
    expect(auto.models.map(({ model }: { model: string }) => model)[0]).toBe('acme/large');
    // Two stand by.
    expect(candidates.map(({ model }: { model: string }) => model)).toEqual(
      auto.models.slice(0, 3).map(({ model }: { model: string }) => model),
    );
    expect(JSON.stringify(body.mesh.decision)).not.toMatch(/induction|theorem/i);
  });
});

describe('POST /v1/router/select', () => {
  test('gives the same for the same, whatever was measured in between', async () => {
    const first = await select(HARD);
    for (let i = 0; i < 5; i++) await ask(HARD);
    expect((await select(HARD)).body).toEqual(first.body);
  });

  test('shows figures from which the order can be computed', async () => {
    const { body } = await select(HARD);
    expect(body).toMatchObject({
      object: 'router.selection',
      model: 'acme/large',
      auto_router: { fallback_used: false, fallback_reason: null },
      weight_profile: 'balanced',
    });
    const { difficulty, needed_quality, contributions } = body.request;
    expect(needed_quality).toBeCloseTo(body.weights.floor + body.weights.rise * difficulty, 2);
    const sum = Object.values<number>(contributions).reduce((total, each) => total + each, 0);
    expect(difficulty).toBeCloseTo(Math.min(1, sum), 3);
    const scores = body.models.map(({ score, parts }: { score: number; parts: Record<string, number> }) => {
      expect(score).toBeCloseTo(
        Object.values(parts).reduce((total, each) => total + each, 0),
        3,
      );
      return score;
    });
    expect(scores).toEqual([...scores].sort((a, b) => b - a));
  });

  test('says what is against a model', async () => {
    const { body } = await select(EASY, { tools: [{ type: 'function', function: { name: 'f' } }] });
    const small = body.models.find(({ model }: { model: string }) => model === 'acme/small');
    expect(small).toMatchObject({ rank: null, score: null, excluded: ['capability'] });
  });

  test('takes a shortlist, and leaves models out', async () => {
    expect((await select(EASY, { candidate_models: ['acme/large', 'acme/middle'] })).body.model).toBe('acme/middle');
    const { body } = await select(EASY, { exclude_models: ['acme/small'] });
    expect(body.model).toBe('acme/middle');
    expect(JSON.stringify(body.models)).not.toContain('acme/small');
  });

  test.each([
    ['no model left', { candidate_models: ['acme/unheard-of'] }, 'candidate_models'],
    ['all left out', { exclude_models: [...Object.keys(models), 'mesh/echo'] }, 'exclude_models'],
    ['no messages', { messages: [] }, 'messages'],
    ['embeddings', { api_type: 'embeddings' }, 'api_type'],
    ['a profile that is none', { weight_profile: 'fastest' }, 'weight_profile'],
  ])('%s is refused by name', async (_name, more, param) => {
    const { status, body } = await select(EASY, more);
    expect([status, body.error.param]).toEqual([400, param]);
  });

  test('hints how hard a model should think, where it can', async () => {
    expect((await select(EASY)).body.reasoning_effort).toBeNull();
    expect((await select(EASY, { candidate_models: ['acme/large'] })).body.reasoning_effort).toBe('none');
    expect((await select(HARD)).body.reasoning_effort).toBe('high');
  });

  test('goes by the profile: of the body, else of the header, else of the key', async () => {
    const key = (await mesh.makeOwner({ key: { routing_policy: { weight_profile: 'quality_first' } } })).key;
    const header = { 'x-mesh-weight-profile': 'latency_first' };
    expect((await select(EASY, {}, { key })).body.weight_profile).toBe('quality_first');
    expect((await select(EASY, {}, { key, headers: header })).body.weight_profile).toBe('latency_first');
    const body = { weight_profile: 'cost_first' };
    expect((await select(EASY, body, { key, headers: header })).body.weight_profile).toBe('cost_first');
  });

  test('needs a key', async () => {
    expect((await select(EASY, {}, { key: 'rsk_no' })).status).toBe(401);
  });
});
