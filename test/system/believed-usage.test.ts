import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { ALERTS } from '../../functions/core/alerts/alerts.ts';
import { type FormatName, formatNames } from '../../functions/core/endpoints/endpoint.ts';
import { answerIn, countsIn } from '../support/five-formats.ts';
import { type ScriptedUpstream, startScriptedUpstream } from '../support/scripted-upstream.ts';
import { type Account, type CallReply, type Mesh, startMesh } from '../support/start-mesh.ts';

/** `max_tokens` of every request, and what may be billed beyond it. */
const ASKED = 40;
const BEYOND = 16;
/** The bytes of `Hello?`, a template for its one message, and what a provider may put before it. */
const MOST_INPUT = 6 + 16 + 1_024;

let mesh: Mesh;
let account: Account;
let upstream: ScriptedUpstream;
let usage: unknown;

beforeAll(async () => {
  upstream = await startScriptedUpstream(({ path, body }) => {
    const format = path.split('/')[1] as FormatName;
    const streamed = /stream/i.test(path) || (body !== '' && JSON.parse(body).stream === true);
    return answerIn(format, streamed, { usage });
  });
  const providers = formatNames.map((format) => [
    format,
    {
      format,
      base_url: `${upstream.url}/${format}${format === 'gemini' ? '/{model}' : ''}`,
      auth: { type: 'none' },
      ...(format === 'converse' ? { regions: ['ap-south-1'] } : {}),
    },
  ]);
  const models = formatNames.map((format) => [
    `a/${format}`,
    {
      context_length: 100_000,
      max_output_tokens: 1_000,
      endpoints: [{ provider: format, model: 'm', price: { input: '3', output: '15', cache_read: '0.3' } }],
    },
  ]);
  mesh = await startMesh({
    catalogue: { providers: Object.fromEntries(providers), models: Object.fromEntries(models) },
  });
});
afterAll(async () => {
  await mesh.close();
  await upstream.close();
});
beforeEach(async () => {
  account = await mesh.makeOwner();
});

const doubts = async (): Promise<{ endpoint: string }[]> =>
  (await mesh.call('GET', '/v1/doubts', { key: mesh.adminKey })).body;
async function believeAll(): Promise<void> {
  for (const { endpoint } of await doubts()) {
    expect((await mesh.call('DELETE', `/v1/doubts/${endpoint}`, { key: mesh.adminKey })).status).toBe(204);
  }
}

async function ask(format: FormatName, streamed: boolean, reported: unknown) {
  usage = reported;
  const reply = await mesh.call('POST', '/v1/chat/completions', {
    key: account.key,
    body: {
      model: `a/${format}`,
      stream: streamed,
      max_tokens: ASKED,
      messages: [{ role: 'user', content: 'Hello?' }],
    },
  });
  expect({ status: reply.status, text: reply.status === 200 ? '' : reply.text }).toEqual({ status: 200, text: '' });
  const told = lastOf(reply);
  return {
    basis: told.mesh.cost.basis,
    input: told.usage.prompt_tokens,
    output: told.usage.completion_tokens,
    cached: told.usage.prompt_tokens_details?.cached_tokens ?? 0,
    spent: Math.round((10 - Number((await account.balance()).balance_usd)) * 1e9),
  };
}

/** What an answer says at its end, whole or streamed. */
function lastOf({ body, text }: CallReply) {
  const frames = text.split('\n').filter((line) => line.startsWith('data: {'));
  return body ?? JSON.parse(frames.at(-1)?.slice('data: '.length) ?? 'null');
}

const costOf = (input: number, output: number, cached = 0) => (input - cached) * 3_000 + cached * 300 + output * 15_000;
/** Our own count of `Hello?` and `Hello.`, with a template. */
const COUNTED = { input: 6, output: 2 };
const estimated = { ...COUNTED, cached: 0, basis: 'estimated', spent: costOf(COUNTED.input, COUNTED.output) };

describe.each(formatNames)('%s', (format) => {
  describe.each([false, true])('streamed: %s', (streamed) => {
    beforeEach(believeAll);

    test('what can be true is charged as it was reported', async () => {
      expect(await ask(format, streamed, countsIn(format, 9, 30))).toEqual({
        basis: 'exact',
        input: 9,
        output: 30,
        cached: 0,
        spent: costOf(9, 30),
      });
      expect(await doubts()).toEqual([]);
    });

    test('money for just one request serves it', async () => {
      account = await mesh.makeOwner({ amount: (costOf(9, ASKED) / 1e9).toFixed(6) });
      expect(await ask(format, streamed, countsIn(format, 9, ASKED))).toMatchObject({ basis: 'exact', output: ASKED });
      expect(await account.balance()).toMatchObject({ balance_usd: '0', reserved_usd: '0' });
    });

    test.each([1e6, 1e9, 1e15])('%d tokens of output are cut to what was asked for', async (absurd) => {
      expect(await ask(format, streamed, countsIn(format, 9, absurd))).toEqual({
        basis: 'capped',
        input: 9,
        output: ASKED + BEYOND,
        cached: 0,
        spent: costOf(9, ASKED + BEYOND),
      });
      expect((await doubts()).map(({ endpoint }) => endpoint.split('/')[0])).toEqual([format]);
    });

    test.each([1e6, 1e9, 1e15])('%d tokens of input are cut to its bytes', async (absurd) => {
      expect(await ask(format, streamed, countsIn(format, absurd, 3))).toEqual({
        basis: 'capped',
        input: MOST_INPUT,
        output: 3,
        cached: 0,
        spent: costOf(MOST_INPUT, 3),
      });
    });

    test.each<[unknown, unknown]>([
      [0, 0],
      [-9, -3],
      [9.5, 3.2],
      ['9', '3'],
      [null, null],
      [1e16, 1e16],
    ])('%p and %p are no report', async (input, output) => {
      expect(await ask(format, streamed, countsIn(format, input, output))).toEqual(estimated);
      expect(await doubts()).toEqual([]);
    });

    test.each<[unknown]>([[0], [-3], [3.2], ['3'], [null]])(
      'a count of %p for what was delivered is none; the other one stands',
      async (none) => {
        expect(await ask(format, streamed, countsIn(format, 9, none))).toEqual({
          basis: 'estimated',
          input: 9,
          output: COUNTED.output,
          cached: 0,
          spent: costOf(9, COUNTED.output),
        });
        account = await mesh.makeOwner();
        expect(await ask(format, streamed, countsIn(format, none, 3))).toEqual({
          basis: 'estimated',
          input: COUNTED.input,
          output: 3,
          cached: 0,
          spent: costOf(COUNTED.input, 3),
        });
      },
    );

    test('no more is cached than there was', async () => {
      // Messages and Converse say the cached input beside the rest: then all of it is the input, cut to its bytes.
      const beside = format === 'messages' || format === 'converse';
      const input = beside ? MOST_INPUT : 9;
      expect(await ask(format, streamed, countsIn(format, 9, 3, 5_000))).toEqual({
        basis: beside ? 'capped' : 'exact',
        input,
        output: 3,
        cached: input,
        spent: costOf(input, 3, input),
      });
    });
  });
});

describe('an endpoint that has reported more than can be true', () => {
  beforeEach(believeAll);
  const far = countsIn('chat', 9, ASKED);
  const near = countsIn('chat', 9, 3);

  test('is doubted: what is far from our own count is not charged, what is near to it is', async () => {
    usage = countsIn('chat', 9, 1e9);
    await ask('chat', false, usage);
    account = await mesh.makeOwner();
    expect(await ask('chat', false, near)).toMatchObject({ basis: 'exact', output: 3 });
    expect(await ask('chat', true, countsIn('chat', 1_000, 3))).toMatchObject({
      basis: 'estimated',
      input: COUNTED.input,
    });
    // Again more than can be true: our own count, and no second alert.
    expect(await ask('chat', true, countsIn('chat', 9, 1e9))).toMatchObject({ basis: 'estimated', output: 2 });
  });

  test('is told of once, and believed again when an operator has looked', async () => {
    const before = (await alerts()).length;
    await ask('chat', false, countsIn('chat', 9, 1e9));
    await ask('chat', true, countsIn('chat', 9, 1e9));
    const raised = (await alerts()).slice(before);
    expect(raised).toHaveLength(1);
    expect(raised[0]?.data.facts).toMatchObject({
      endpoint: 'chat/m',
      input_tokens: 9n,
      output_tokens: 1_000_000_000n,
    });
    await believeAll();
    expect(await doubts()).toEqual([]);
    expect(await ask('chat', false, far)).toMatchObject({ basis: 'exact', output: ASKED });
  });

  const alerts = async () => {
    const where = [{ field: 'kind', op: '==', value: 'usage_capped' }] as const;
    const found = await mesh.documents.query({ collection: ALERTS, where });
    return found.sort((a, b) => Number(a.data.at) - Number(b.data.at));
  };
});
