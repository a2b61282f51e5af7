import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type FormatName, formatNames } from '../../functions/core/endpoints/endpoint.ts';
import { anyMessagesBody } from '../support/any-messages-body.ts';
import fc from '../support/fast-check.ts';
import { modelAnswer } from '../support/model-answers.ts';
import { refusalOfRelay } from '../support/relayed-messages.ts';
import { type ScriptedUpstream, startScriptedUpstream } from '../support/scripted-upstream.ts';
import { type Account, type CallReply, type Mesh, startMesh } from '../support/start-mesh.ts';

/** Whatever a client sends, it is answered or refused in Anthropic's shape, and nothing stays held. */

let mesh: Mesh;
let account: Account;
let upstream: ScriptedUpstream;

beforeAll(async () => {
  upstream = await startScriptedUpstream(
    ({ path, body }) => {
      if (path.endsWith('/count_tokens')) return modelAnswer('messages', false, { id: 'a1' });
      const format = formatNames.find((each) => path.startsWith(`/${each}/`)) as FormatName;
      const isStreamed = /stream/i.test(path) || JSON.parse(body).stream === true;
      return modelAnswer(format, isStreamed, { id: 'a1', thinking: 'Hm', text: 'Fine.' });
    },
    { strict: (request) => (request.path.endsWith('/count_tokens') ? null : refusalOfRelay(request)) },
  );
  const bases: Partial<Record<FormatName, string>> = {
    messages: `${upstream.url}/messages`,
    gemini: `${upstream.url}/gemini/v1beta/models/{model}`,
    converse: `${upstream.url}/converse`,
  };
  const of = (format: FormatName) => ({
    format,
    base_url: bases[format] ?? `${upstream.url}/${format}/v1`,
    auth: { type: 'none' },
    ...(format === 'messages' ? { request: { unknown: 'pass' } } : {}),
  });
  const model = (format: FormatName) => ({
    context_length: 100_000,
    max_output_tokens: 8_000,
    capabilities: ['tools', 'vision', 'file', 'reasoning', 'json_schema'],
    endpoints: [{ provider: format, model: 'm', price: { input: '3', output: '15' } }],
  });
  mesh = await startMesh({
    catalogue: {
      providers: Object.fromEntries(formatNames.map((format) => [format, of(format)])),
      models: Object.fromEntries(formatNames.map((format) => [`acme/${format}`, model(format)])),
    },
  });
  account = await mesh.makeOwner({ amount: '1000', key: { rpm_limit: 1_000_000, tpm_limit: 1_000_000_000 } });
});
afterAll(async () => {
  await mesh.close();
  await upstream.close();
});

function expectAnswer({ status, text, body, headers }: CallReply): void {
  if (status !== 200) {
    expect([status < 500, body?.type, typeof body?.error?.type]).toEqual([true, 'error', 'string']);
  } else if (headers.get('content-type')?.startsWith('text/event-stream')) {
    expect(text).toMatch(/^event: message_start\n.*event: message_stop\ndata: [^\n]*\n\n$/s);
  } else {
    expect(body.type === 'message' || body.input_tokens > 0).toBe(true);
  }
}

test.each(formatNames)(
  'any body is answered or refused, and never goes wrong with %s',
  async (format) => {
    let answered = 0;
    const ask = (path: string, body: unknown) => mesh.call('POST', path, { key: account.key, body });
    await fc.assert(
      fc.asyncProperty(anyMessagesBody, fc.boolean(), async (given, plain) => {
        const { provider: _, stop_sequences, ...fields } = given as Record<string, unknown>;
        // Who knows no such sequences refuses them all.
        const stops = format === 'responses' ? {} : { stop_sequences };
        const body = { ...fields, ...stops, model: `acme/${format}`, ...(plain ? { stream: false } : {}) };
        const reply = await ask('/v1/messages', body);
        expectAnswer(reply);
        if (reply.status === 200) answered++;
        expectAnswer(await ask('/v1/messages/count_tokens', body));
      }),
      { numRuns: 40 },
    );
    expect(answered).toBeGreaterThan(5);
    while ((await account.balance()).reserved_usd !== '0');
  },
  60_000,
);
