import Anthropic from '@anthropic-ai/sdk';
import { betaTool } from '@anthropic-ai/sdk/helpers/beta/json-schema';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { messageEventReply } from '../../functions/router/operations/messages/reply-schemas.ts';
import { modelAnswer } from '../support/model-answers.ts';
import { refusalOfRelay } from '../support/relayed-messages.ts';
import { type ScriptedUpstream, startScriptedUpstream } from '../support/scripted-upstream.ts';
import { type Account, type Mesh, startMesh } from '../support/start-mesh.ts';

let mesh: Mesh;
let account: Account;
let client: Anthropic;
let upstream: ScriptedUpstream;
const answer = {
  id: 'a1',
  thinking: 'Hm, I see.',
  text: 'I look.',
  calls: [{ id: 'call_1', name: 'look', args: '{"at":"Pune"}' }],
};

beforeAll(async () => {
  upstream = await startScriptedUpstream(
    ({ path }) => modelAnswer(path.startsWith('/messages') ? 'messages' : 'gemini', true, answer),
    { strict: refusalOfRelay },
  );
  const model = (provider: string) => ({
    context_length: 10_000,
    max_output_tokens: 4_000,
    capabilities: ['tools', 'reasoning'],
    endpoints: [{ provider, model: 'm', price: { input: '3', output: '15' } }],
  });
  mesh = await startMesh({
    catalogue: {
      providers: {
        messages: {
          format: 'messages',
          base_url: `${upstream.url}/messages`,
          auth: { type: 'none' },
          request: { unknown: 'pass' },
        },
        gemini: { format: 'gemini', base_url: `${upstream.url}/gemini/models/{model}`, auth: { type: 'none' } },
      },
      models: { 'acme/messages': model('messages'), 'acme/gemini': model('gemini') },
    },
  });
  account = await mesh.makeOwner();
  client = new Anthropic({ authToken: account.key, apiKey: null, baseURL: mesh.url, maxRetries: 0 });
});
afterAll(async () => {
  await mesh.close();
  await upstream.close();
});

const hello = { model: 'mesh/echo', max_tokens: 100, messages: [{ role: 'user' as const, content: 'Hello there' }] };

test('the built-in echo answers Anthropic’s client', async () => {
  const message = await client.messages.create(hello);
  expect(message).toMatchObject({
    type: 'message',
    role: 'assistant',
    model: 'mesh/echo',
    content: [{ type: 'text', text: 'Hello there' }],
    stop_reason: 'end_turn',
  });
  expect(message.usage.output_tokens).toBeGreaterThan(0);
});

describe.each(['messages', 'gemini'])('the helper for streams, of %s', (format) => {
  const params = {
    ...hello,
    model: `acme/${format}`,
    max_tokens: 3_000,
    thinking: { type: 'enabled' as const, budget_tokens: 2_000 },
    tools: [{ name: 'look', input_schema: { type: 'object' as const } }],
  };

  test('says each thing as it comes', async () => {
    const said = { text: '', thinking: '', json: '', blocks: 0 };
    const stream = client.messages
      .stream(params)
      .on('text', (piece) => {
        said.text += piece;
      })
      .on('thinking', (piece) => {
        said.thinking += piece;
      })
      .on('inputJson', (piece) => {
        said.json += piece;
      })
      .on('contentBlock', () => {
        said.blocks++;
      });
    const { content, stop_reason, usage } = await stream.finalMessage();
    expect(said).toEqual({ text: 'I look.', thinking: 'Hm, I see.', json: '{"at":"Pune"}', blocks: content.length });
    expect([stop_reason, usage.input_tokens, usage.output_tokens]).toEqual(['tool_use', 9, 5]);
  });

  test('gets events that are all as the document says', async () => {
    const { text } = await mesh.call('POST', '/v1/messages', { key: account.key, body: { ...params, stream: true } });
    const events = text
      .trimEnd()
      .split('\n\n')
      .map((frame) => JSON.parse(frame.slice(frame.indexOf('data: ') + 'data: '.length)));
    expect(events.length).toBeGreaterThan(10);
    for (const event of events) expect(messageEventReply.safeParse(event).error?.issues ?? []).toEqual([]);
  });
});

test.each(['messages', 'gemini'])('its tool runner calls tools until there is an answer, of %s', async (format) => {
  const asked: string[] = [];
  const run = async ({ at }: { at: string }) => {
    asked.push(at);
    return 'Rain.';
  };
  const inputSchema = {
    type: 'object' as const,
    properties: { at: { type: 'string' as const } },
    required: ['at' as const],
  };
  const runner = client.beta.messages.toolRunner({
    ...hello,
    model: `acme/${format}`,
    stream: true,
    max_iterations: 2,
    tools: [betaTool({ name: 'look', description: 'Looks', inputSchema, run })],
  });
  const { content } = await runner.runUntilDone();
  expect([content.length > 0, asked.includes('Pune')]).toEqual([true, true]);
});

test('errors are those that the client has a class for', async () => {
  await expect(client.messages.create({ ...hello, model: 'claude-nobody' })).rejects.toThrow(Anthropic.NotFoundError);
  await expect(client.messages.create({ ...hello, max_tokens: 0 })).rejects.toThrow(Anthropic.BadRequestError);
  const stranger = new Anthropic({ apiKey: 'rsk_nobody', baseURL: mesh.url, maxRetries: 0 });
  const error = await stranger.messages.create(hello).catch((thrown) => thrown);
  expect(error).toBeInstanceOf(Anthropic.AuthenticationError);
  expect([error.type, error.requestID]).toEqual(['authentication_error', expect.stringMatching(/^req_/)]);
});

test('a request with the same Idempotency-Key is charged once', async () => {
  const headers = { 'Idempotency-Key': 'once' };
  await client.messages.create(hello, { headers });
  const again = await client.messages.create(hello, { headers }).catch((thrown) => thrown);
  expect([again.status, again.error.error.code]).toEqual([409, 'conflict']);
});
