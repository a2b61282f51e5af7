import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type FormatName, formatNames } from '../../functions/core/endpoints/endpoint.ts';
import { goodStream } from '../support/good-answers.ts';
import { readReply } from '../support/replay.ts';
import { json, type Script, type ScriptedUpstream, startScriptedUpstream } from '../support/scripted-upstream.ts';
import { sentCalls } from '../support/sent-calls.ts';
import { type Account, type Mesh, startMesh } from '../support/start-mesh.ts';

/** A loop of tools that begins at a provider of one format and goes on, after that one failed, at one of another. */

const recordings: Readonly<Record<FormatName, string>> = {
  chat: 'chat/tools.json',
  responses: 'responses/reasoning-tools.json',
  messages: 'messages/thinking-tools.json',
  gemini: 'gemini/thinking-tools.json',
  converse: 'converse/reasoning-tools.json',
};
const bases: Readonly<Record<FormatName, string>> = {
  chat: '/v1',
  responses: '/v1',
  messages: '',
  gemini: '/v1beta/models/{model}',
  converse: '',
};

let mesh: Mesh;
let account: Account;
let upstream: ScriptedUpstream;
let script: Script;
/** The format of a request, by the prefix of its provider. */
const formatOf = (path: string) => path.split('/')[1] as FormatName;

beforeAll(async () => {
  upstream = await startScriptedUpstream((request) => script(request));
  const providers = formatNames.map((format) => [
    format,
    { format, base_url: `${upstream.url}/${format}${bases[format]}`, auth: { type: 'none' } },
  ]);
  const endpoints = formatNames.map((provider) => ({
    provider,
    model: `m-${provider}`,
    price: { input: '1', output: '1' },
  }));
  mesh = await startMesh({
    catalogue: {
      providers: Object.fromEntries(providers),
      models: {
        'acme/any': {
          context_length: 100_000,
          max_output_tokens: 4_000,
          capabilities: ['tools', 'reasoning'],
          endpoints,
        },
      },
    },
  });
  account = await mesh.makeOwner({ amount: '100', key: { rpm_limit: 1_000 } });
});
afterAll(async () => {
  await mesh.close();
  await upstream.close();
});

const tools = ['weather', 'now', 'list_alerts'].map((name) => ({ type: 'function', function: { name } }));
const question = { role: 'user', content: 'What is the weather in Pune and Agra?' };

async function ask(messages: object[], order: readonly FormatName[], stream: boolean) {
  const body = { model: 'acme/any', messages, tools, stream, provider: { order, allow_fallbacks: false } };
  const reply = await mesh.call('POST', '/v1/chat/completions', { key: account.key, body });
  expect([reply.status, reply.text]).toEqual([200, expect.anything()]);
  return reply;
}

const pairs = formatNames.flatMap((from) => formatNames.filter((to) => to !== from).map((to) => [from, to] as const));

describe('a loop of tools', () => {
  test.each(pairs)('begun at %s goes on at %s, with its calls and their results', async (from, to) => {
    script = () => json(readReply(recordings[from]));
    const first = await ask([question], [from], false);
    const { message } = first.body.choices[0] as {
      message: { tool_calls: { id: string; function: { name: string } }[] };
    };
    expect(message.tool_calls.length).toBeGreaterThan(1);
    const results = message.tool_calls.map(({ id }, at) => ({
      role: 'tool',
      tool_call_id: id,
      content: `result ${at}`,
    }));

    script = ({ path }) =>
      formatOf(path) === from ? json({ error: { message: 'Overloaded.' } }, 503) : goodStream(to);
    const second = await ask([question, message, ...results], [from, to], true);
    expect(second.text.trimEnd().endsWith('data: [DONE]')).toBe(true);
    const sent = upstream.requests.at(-1);
    expect(formatOf(sent?.path ?? '')).toBe(to);
    const { calls, results: got } = sentCalls(to, sent?.body ?? '');
    expect(calls.map(({ name }) => name)).toEqual(message.tool_calls.map((call) => call.function.name));
    expect(got.map(({ id }) => id)).toEqual(calls.map(({ id }) => id));
    expect(got.map(({ text }) => text)).toEqual(results.map(({ content }) => content));
  });
});
