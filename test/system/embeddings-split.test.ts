import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ENTRIES } from '../../functions/core/ledger/entries.ts';
import { MAX_PARTS_AT_ONCE } from '../../functions/router/way/fetch-whole.ts';
import fc from '../support/fast-check.ts';
import {
  json,
  type RecordedRequest,
  reply,
  reset,
  type ScriptedUpstream,
  type Step,
  startScriptedUpstream,
} from '../support/scripted-upstream.ts';
import { type Account, type Mesh, startMesh } from '../support/start-mesh.ts';

const INPUTS = 5_000;
const AT_ONCE = 100;
const PARTS = INPUTS / AT_ONCE;
const LOOK_MS = 20;
const MAX_LOOKS = 250;
const model = 'acme/vectors';
const providers = ['first', 'second', 'third'] as const;

/** What becomes of a part of the inputs. `slow` is well, but comes late, so that later parts overtake it. */
const failures = ['503', '429', '500', 'reset', 'garbage', 'error', 'missing', 'too long', 'no numbers'] as const;
type Fate = (typeof failures)[number] | 'ok' | 'slow';
/** By provider and by part; what is not said is well. */
type Plan = Partial<Record<string, Partial<Record<number, Fate>>>>;

const input = Array.from({ length: INPUTS }, (_, at) => `text ${at}`);
const numberOf = (text: string) => Number(text.split(' ')[1]);

let plan: Plan = {};
let upstream: ScriptedUpstream;
let mesh: Mesh;
let account: Account;
beforeAll(async () => {
  upstream = await startScriptedUpstream(answer);
  const embedding = { max_inputs: AT_ONCE, dimensions: 3 };
  const entry = (base: string) => ({ format: 'chat', base_url: base, auth: { type: 'none' }, embedding });
  mesh = await startMesh({
    limits: { connect: 2_000, firstByte: 5_000, idle: 5_000 },
    catalogue: {
      providers: Object.fromEntries(providers.map((name) => [name, entry(`${upstream.url}/${name}`)])),
      models: {
        [model]: {
          model_type: 'embedding',
          context_length: 1_000,
          endpoints: providers.map((provider) => ({ provider, model: 'm', price: { input: '1', output: '0' } })),
        },
      },
    },
  });
  account = await mesh.makeOwner({ amount: '1000', key: { rpm_limit: 100_000, tpm_limit: null } });
}, 30_000);
afterAll(async () => {
  await mesh.close();
  await upstream.close();
});

const providerOf = ({ path }: Pick<RecordedRequest, 'path'>) => path.split('/')[1] ?? '';

/** A vector says whose it is and of which text. Each input is two tokens. */
function* answer(request: RecordedRequest): Generator<Step> {
  const texts = JSON.parse(request.body).input as string[];
  const provider = providerOf(request);
  const fate = plan[provider]?.[Math.floor(numberOf(texts[0] ?? '') / AT_ONCE)] ?? 'ok';
  const place = (providers as readonly string[]).indexOf(provider);
  const vectors = texts.map((text) => [place, numberOf(text), 0.5]);
  if (fate === 'slow') yield { do: 'wait', milliseconds: 20 };
  if (fate === 'missing') vectors.pop();
  if (fate === 'too long') vectors[0]?.push(1);
  if (fate === 'reset') yield reset;
  if (fate === 'garbage') yield* reply('{"data": [', 200, { 'content-type': 'application/json' });
  else if (fate === 'error') yield* json({ error: { message: 'busy', type: 'server_error' } });
  else if (/^\d+$/.test(fate)) yield* json({ error: { message: 'no' } }, Number(fate));
  else {
    const data = vectors.map((embedding, index) => ({ index, embedding: fate === 'no numbers' ? ['x'] : embedding }));
    yield* json({ data, usage: { prompt_tokens: 2 * texts.length } });
  }
}

async function embedAll(given: Plan) {
  plan = given;
  for (const provider of providers) {
    const path = `/v1/breakers/${encodeURIComponent(`${provider}/m`)}/reset`;
    await mesh.call('POST', path, { key: mesh.adminKey, body: { reason: 'The next run' } });
  }
  const before = upstream.requests.length;
  const { status, body, headers } = await mesh.call('POST', '/v1/embeddings', {
    key: account.key,
    body: { model, input, provider: { order: providers } },
  });
  const asked = upstream.requests.slice(before).map(providerOf);
  const id = String(headers.get('x-mesh-request-id'));
  const entries = await mesh.documents.query({
    collection: ENTRIES,
    where: [{ field: 'entry_id', op: '==', value: id }],
  });
  return { status, body, asked, charged: entries.length };
}

/** Whatever went wrong on the way, that is how it ends. */
async function check(given: Plan): Promise<void> {
  const { status, body, asked, charged } = await embedAll(given);
  const isWell = (provider: string) => !failures.some((fate) => Object.values(given[provider] ?? {}).includes(fate));
  const serving = providers.findIndex(isWell);
  // A part that comes once more after a 429 has the same fate again.
  expect([status, charged]).toEqual(serving === -1 ? [status, 0] : [200, 1]);
  // A void is not waited for.
  for (let look = 0; look < MAX_LOOKS && (await account.balance()).reserved_usd !== '0'; look++) await pause(LOOK_MS);
  expect((await account.balance()).reserved_usd).toBe('0');
  if (serving === -1) {
    expect([429, 502, 503]).toContain(status);
    return;
  }
  const vectors = body.data.map(({ embedding }: { embedding: number[] }) => embedding);
  expect(vectors.length).toBe(INPUTS);
  // As one text: thousands of lists take long to compare.
  expect(JSON.stringify(vectors)).toBe(JSON.stringify(input.map((text) => [serving, numberOf(text), 0.5])));
  expect(body.usage).toMatchObject({ prompt_tokens: 2 * INPUTS, cost: 0.01 });
  expect(body.cost).toBe('0.01');
  expect(asked.filter((provider) => provider === providers[serving])).toHaveLength(PARTS);
}

describe(`${INPUTS} inputs where an endpoint takes ${AT_ONCE} at once`, () => {
  test('are asked in parts, side by side, and joined in order, for one charge', async () => {
    const slow = Object.fromEntries(
      Array.from({ length: PARTS }, (_, at) => [at, at % 3 === 0 ? 'slow' : 'ok'] as const),
    );
    await check({ first: slow });
    const ports = new Set(upstream.requests.slice(-PARTS).map(({ clientPort }) => clientPort));
    expect(ports.size).toBe(MAX_PARTS_AT_ONCE);
  });

  test.each(Array.from({ length: PARTS }, (_, at) => [at, failures[at % failures.length] ?? '503'] as const))(
    'go whole to the next endpoint where part %i fails (%s), and what the first one brought is ours',
    async (part, fate) => {
      await check({ first: { [part]: fate } });
    },
  );

  test('cost nothing where every endpoint fails, each at another part', async () => {
    await check({ first: { 0: '503' }, second: { 49: 'missing' }, third: { 25: 'reset' } });
  });

  test('never make more than one charge, nor vectors of two endpoints, whatever fails where', async () => {
    const fate = fc.constantFrom<Fate>(...failures, 'ok', 'slow', 'slow', 'ok');
    const fates = fc.dictionary(fc.nat(PARTS - 1).map(String), fate, { maxKeys: 3 });
    const plans = fc.record({ first: fates, second: fates, third: fates });
    await fc.assert(fc.asyncProperty(plans, check), { numRuns: 25 });
  }, 120_000);
});
