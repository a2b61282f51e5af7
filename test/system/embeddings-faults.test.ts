import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { embeddingAnswer } from '../support/embedding-answers.ts';
import fc from '../support/fast-check.ts';
import {
  json,
  reply,
  type Script,
  type ScriptedUpstream,
  stall,
  startScriptedUpstream,
} from '../support/scripted-upstream.ts';
import { type Account, type Mesh, startMesh } from '../support/start-mesh.ts';

const LOOK_MS = 20;
const MAX_LOOKS = 250;
const model = 'acme/vectors';

let script: Script = (request) => embeddingAnswer(request, 4);
let upstream: ScriptedUpstream;
let mesh: Mesh;
let account: Account;
beforeAll(async () => {
  upstream = await startScriptedUpstream((request) => script(request));
  const entry = (base_url: string) => ({
    format: 'chat',
    base_url,
    auth: { type: 'none' },
    embedding: { max_inputs: 2 },
  });
  const endpoint = (provider: string) => ({ provider, model: 'm', price: { input: '1', output: '0' } });
  const of = (...providers: string[]) => ({
    model_type: 'embedding',
    context_length: 1_000,
    embedding: { shorter: 1 },
    endpoints: providers.map(endpoint),
  });
  mesh = await startMesh({
    limits: { connect: 1_000, firstByte: 1_000, idle: 1_000 },
    catalogue: {
      providers: { first: entry(`${upstream.url}/first`), second: entry(`${upstream.url}/second`) },
      models: { [model]: of('first', 'second') },
    },
  });
  account = await mesh.makeOwner({ amount: '1000', key: { rpm_limit: 100_000, rpd_limit: null } });
});
afterAll(async () => {
  await mesh.close();
  await upstream.close();
});

const embed = (body: unknown) => mesh.call('POST', '/v1/embeddings', { key: account.key, body });

async function nothingHeld(): Promise<void> {
  for (let look = 0; look < MAX_LOOKS && (await account.balance()).reserved_usd !== '0'; look++) await pause(LOOK_MS);
  expect((await account.balance()).reserved_usd).toBe('0');
}

async function resetBreakers(): Promise<void> {
  for (const provider of ['first', 'second']) {
    await mesh.call('POST', `/v1/breakers/${provider}%2Fm/reset`, { key: mesh.adminKey });
  }
}

test('whatever is sent is answered, or refused as the caller’s mistake', async () => {
  script = (request) => embeddingAnswer(request, 4);
  const some = fc.oneof(
    fc.string(),
    fc.integer(),
    fc.constant(null),
    fc.array(fc.integer()),
    fc.object({ maxDepth: 1 }),
  );
  const bodies = fc.record(
    {
      model: fc.oneof({ weight: 6, arbitrary: fc.constant(model) }, { weight: 1, arbitrary: some }),
      input: fc.oneof(fc.string(), fc.array(fc.oneof(fc.string({ unit: 'binary' }), fc.array(fc.nat(100_255)))), some),
      dimensions: fc.oneof(fc.integer({ min: 1, max: 10 }), some),
      encoding_format: fc.oneof(fc.constantFrom('float', 'base64'), some),
      input_type: fc.oneof(fc.constantFrom('query', 'document'), some),
      provider: fc.oneof(fc.record({ only: fc.constantFrom(['first'], ['second']) }), some),
      timeout: fc.oneof(fc.constant(5), some),
      user: some,
    },
    { requiredKeys: ['model', 'input'] },
  );
  const seen = new Set<number>();
  await fc.assert(
    fc.asyncProperty(bodies, async (body) => {
      const { status, text } = await embed(body);
      seen.add(status);
      if (![200, 400, 404].includes(status)) throw new Error(`${status}: ${text}`);
    }),
    { numRuns: 300 },
  );
  expect(seen).toContain(200);
  expect(seen).toContain(400);
  await nothingHeld();
}, 60_000);

test('whatever comes back, nothing of ours fails, and what is given out are vectors', async () => {
  const part = fc.oneof(
    fc.constant({ data: [{ index: 0, embedding: [1, 2] }] }),
    fc.constant({
      data: [
        { index: 0, embedding: [1, 2] },
        { index: 1, embedding: [3, 4] },
      ],
      usage: { prompt_tokens: 4 },
    }),
    fc.record({
      data: fc.array(fc.record({ index: fc.nat(3), embedding: fc.array(fc.oneof(fc.double(), fc.string())) })),
    }),
    fc.object(),
  );
  const replies = fc.oneof(
    part.map((body) => json(body)),
    fc.string().map((body) => reply(body, 200, { 'content-type': 'application/json' })),
    fc
      .tuple(fc.constantFrom(301, 400, 401, 403, 404, 408, 413, 422, 429, 500, 502, 529), fc.object())
      .map(([status, body]) => json(body, status)),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(replies, { minLength: 1, maxLength: 4 }), async (answers) => {
      let next = 0;
      script = () => answers[next++ % answers.length] ?? [];
      await resetBreakers();
      const { status, body } = await embed({ model, input: ['a', 'b', 'c', 'd'] });
      expect([200, 400, 413, 429, 502, 503, 504]).toContain(status);
      if (status !== 200) return;
      const lengths = body.data.map(({ embedding }: { embedding: unknown[] }) => embedding.length);
      expect(new Set(lengths).size).toBe(1);
      expect(lengths).toHaveLength(4);
    }),
    { numRuns: 60 },
  );
  await nothingHeld();
}, 120_000);

describe('who does not wait', () => {
  const input = Array.from({ length: 20 }, (_, at) => `text ${at}`);

  test('a client that leaves ends all that was asked for it, and owes the input of what was at work', async () => {
    await resetBreakers();
    script = () => [stall];
    const before = upstream.requests.length;
    const leaving = new AbortController();
    const left = fetch(`${mesh.url}/v1/embeddings`, {
      method: 'POST',
      headers: { authorization: `Bearer ${account.key}` },
      body: JSON.stringify({ model, input }),
      signal: leaving.signal,
    });
    await upstream.until(({ requests }) => requests.length >= before + 8);
    leaving.abort();
    await expect(left).rejects.toThrow();
    await upstream.until(({ aborted }) => aborted.length >= 8);
    await nothingHeld();
    expect(upstream.requests.length).toBe(before + 8);
  });

  test('a caller’s own timeout ends it with a 504, for one charge of the input', async () => {
    await resetBreakers();
    script = () => [stall];
    const { status, body } = await embed({ model, input, timeout: 0.2 });
    expect([status, body.error.code]).toEqual([504, 'gateway_timeout']);
    await nothingHeld();
  });
});
