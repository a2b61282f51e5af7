import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { MAX_TEXT_DEPTH, MAX_TEXT_VALUES } from '../../functions/formats/shared/parse-json.ts';
import {
  json,
  type Script,
  type ScriptedUpstream,
  startScriptedUpstream,
  stream,
} from '../support/scripted-upstream.ts';
import { type Account, type Mesh, startMesh } from '../support/start-mesh.ts';

const completion = {
  id: 'c',
  object: 'chat.completion',
  created: 1,
  model: 'm',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hello.' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 4, completion_tokens: 2, total_tokens: 6 },
};
const { choices: _, usage, ...head } = completion;
const chunk = { ...head, object: 'chat.completion.chunk', choices: [{ index: 0, delta: { content: 'Hello.' } }] };
const finish = { ...chunk, choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] };
const frame = (body: unknown) => `data: ${typeof body === 'string' ? body : JSON.stringify(body)}\n\n`;
const answers: Script = ({ body }) =>
  JSON.parse(body).stream
    ? stream([frame(chunk), frame(finish), frame({ ...finish, choices: [], usage }), frame('[DONE]')])
    : json(completion);

/** A whole answer with something absurd beside it. */
const withMore = (body: object, more: string) => `${JSON.stringify(body).slice(0, -1)},"x":${more}}`;
const absurd = {
  'nested too deep': '['.repeat(1_000 * MAX_TEXT_DEPTH) + ']'.repeat(1_000 * MAX_TEXT_DEPTH),
  'of too many values': `[${'{},'.repeat(MAX_TEXT_VALUES)}1]`,
};

let mesh: Mesh;
let account: Account;
let first: ScriptedUpstream;
let second: ScriptedUpstream;
let more = '';
beforeAll(async () => {
  first = await startScriptedUpstream(({ body }) => {
    if (JSON.parse(body).stream) return stream([frame(withMore(chunk, more))]);
    const [start, ...rest] = json(completion);
    const bytes = Buffer.from(withMore(completion, more));
    return start?.do === 'head' && rest.length > 0
      ? [
          { do: 'head', status: 200, headers: { 'content-type': 'application/json' } },
          { do: 'send', bytes },
        ]
      : [];
  });
  second = await startScriptedUpstream(answers);
  const provider = (url: string) => ({ format: 'chat', base_url: `${url}/v1`, auth: { type: 'none' } });
  const endpoint = (name: string) => ({ provider: name, model: 'm', price: { input: '3', output: '15' } });
  const model = { context_length: 100_000, max_output_tokens: 1_000 };
  mesh = await startMesh({
    catalogue: {
      providers: { absurd: provider(first.url), sane: provider(second.url) },
      models: {
        'a/both': { ...model, endpoints: [endpoint('absurd'), endpoint('sane')] },
        'a/one': { ...model, endpoints: [endpoint('absurd')] },
      },
    },
  });
});
afterAll(async () => {
  await mesh.close();
  await first.close();
  await second.close();
});
beforeEach(async () => {
  account = await mesh.makeOwner();
  await mesh.call('POST', '/v1/breakers/absurd/m/reset', { key: mesh.adminKey });
});

const ask = (model: string, streamed: boolean) =>
  mesh.call('POST', '/v1/chat/completions', {
    key: account.key,
    body: { model, stream: streamed, max_tokens: 10, messages: [{ role: 'user', content: 'Hello?' }] },
  });

describe.each(Object.keys(absurd) as (keyof typeof absurd)[])('a reply that is %s', (kind) => {
  beforeEach(() => {
    more = absurd[kind];
  });

  test.each([false, true])('is an error of its provider, and costs nothing (stream: %s)', async (streamed) => {
    const { status, body } = await ask('a/one', streamed);
    expect({ status, code: body.error.code }).toEqual({ status: 502, code: 'upstream_error' });
    expect((await account.balance()).balance_usd).toBe('10');
  });

  test.each([false, true])('is not the last word where there is another endpoint (stream: %s)', async (streamed) => {
    const { status, text } = await ask('a/both', streamed);
    expect({ status, answered: text.includes('Hello.') }).toEqual({ status: 200, answered: true });
    expect(text).not.toContain('"x":[');
    expect((await account.balance()).balance_usd).toBe('9.999958');
  });
});
