import { describe, expect, test } from '@jest/globals';
import { atOnce } from '../../../../test/support/at-once.ts';
import fc from '../../../../test/support/fast-check.ts';
import { accumulateAsPython } from '../../../../test/support/python-accumulator.ts';
import { gather } from '../../../../test/support/replay.ts';
import { sentBody } from '../../../../test/support/sent-body.ts';
import { refusalOf, type StrictProvider, strictProviders } from '../../../../test/support/strict-upstream.ts';
import { type ToolAnswer, toolAnswer } from '../../../../test/support/tool-answers.ts';
import { builtinFiles } from '../../../catalogue/builtin.ts';
import { buildCatalogue } from '../../../catalogue/load-catalogue.ts';
import type { Endpoint } from '../../../core/endpoints/endpoint.ts';
import type { Candidate } from '../../../core/routing/quote.ts';
import { ChatFrames } from '../../../formats/chat/encode-stream.ts';
import { parseChatRequest } from '../../../formats/chat/parse-request.ts';
import type { ChatChunk } from '../../../formats/pivot/chat-completion.ts';
import { parseExactJson, schemas } from '../../../formats/shared/exact-json.ts';
import { translated } from './translated.ts';

type Fields = Record<string, unknown>;

/** The endpoint of each built-in provider that does most, so that thinking and tools are in the conversation. */
const endpoints = new Map<StrictProvider, Endpoint>();
for (const { endpoints: all } of buildCatalogue(builtinFiles, {
  vars: { project: 'p', region: 'r' },
}).models.values()) {
  for (const endpoint of all) {
    const provider = endpoint.provider as StrictProvider;
    const does = (each: Endpoint | undefined) => (each?.capabilities.has('reasoning') ? 2 : each ? 1 : 0);
    if (!(provider in strictProviders) || !endpoint.capabilities.has('tools')) continue;
    if (does(endpoint) > does(endpoints.get(provider))) endpoints.set(provider, endpoint);
  }
}

const names = ['files.read', 'get_weather', 'a'];
/** As it comes from a client: in its schema are numbers that a double has no place for. */
const tools = names.map(
  (name) =>
    `{"type":"function","function":{"name":"${name}","parameters":{"type":"object","properties":{"id":{"type":"integer","minimum":-9223372036854775807},"rate":{"type":"number","maximum":1.50}}}}}`,
);

/** What a client keeps of a streamed answer. */
const clients: Readonly<Record<string, (chunks: readonly ChatChunk[]) => Fields>> = {
  'puts the deltas together as Python does': (chunks) => accumulateAsPython(framesOf(chunks)),
  'puts the deltas together as the format means it': (chunks) => {
    const { content, reasoning, details, toolCalls } = gather(chunks);
    return { content, reasoning, reasoning_details: details, tool_calls: toolCalls };
  },
  'keeps details in pieces': (chunks) => {
    const { content, toolCalls } = gather(chunks);
    const reasoning_details = framesOf(chunks).flatMap((delta) => (delta.reasoning_details ?? []) as Fields[]);
    return { content, reasoning_details, tool_calls: toolCalls };
  },
  'drops all reasoning': (chunks) => {
    const { content, toolCalls } = gather(chunks);
    return { content, tool_calls: toolCalls };
  },
};

const head = { id: 'req_1', created: 7, model: 'm', auto: false, provider: 'acme', fingerprint: 'fp' };

function framesOf(chunks: readonly ChatChunk[]): Fields[] {
  const text = new ChatFrames(head, { showReasoning: true, usageFrame: false }).encode(chunks);
  const frames = text.split('\n\n').filter((frame) => frame !== '');
  return frames.map((frame) => JSON.parse(frame.slice('data: '.length)).choices[0].delta as Fields);
}

/** A conversation with tools whose every step may be served by another provider. */
class Conversation {
  readonly #messages: Fields[] = [{ role: 'user', content: 'Is it warmer in Pune or in Agra?' }];
  readonly #client: (chunks: readonly ChatChunk[]) => Fields;
  /** Arguments that the models have written so far. */
  readonly #written: string[] = [];
  #steps = 0;

  constructor(client: (chunks: readonly ChatChunk[]) => Fields) {
    this.#client = client;
  }

  step(provider: StrictProvider, { calls, ...said }: Omit<ToolAnswer, 'id'>): void {
    const endpoint = endpoints.get(provider) as Endpoint;
    const messages = JSON.stringify(this.#messages);
    const text = `{"model":"m","stream":true,"messages":${messages},"tools":[${tools.join(',')}],"reasoning":{"effort":"low"}}`;
    const exchange = translated(atOnce(parseChatRequest(parseExactJson(text, schemas))), endpoint);
    if (exchange === null) throw new Error('The endpoint cannot be asked.');
    const [{ body, headers }] = exchange.requests({ outputTokens: 8_000 } as Candidate);
    const sent = sentBody(body, endpoint);
    expect(headers).toBeDefined();
    expect(refusalOf(provider, { body: sent, path: new URL(endpoint.streamUrl).pathname })).toBeNull();
    expect(sent).toContain('-9223372036854775807');
    for (const args of this.#written) {
      const asText = JSON.stringify(args).slice(1, -1);
      expect([args, asText].filter((each) => sent.includes(each))).not.toEqual([]);
    }

    // A model knows its tools by the names that it was sent.
    const wire = calls.map((call) => ({ ...call, name: sentName(call.name, sent) }));
    const decoder = exchange.decoder?.();
    const pieces = toolAnswer(endpoint.format, { id: `answer_${this.#steps++}`, ...said, calls: wire }).flatMap(
      (bytes) => decoder?.push(bytes),
    );
    const chunks = [...pieces, ...(decoder?.end() ?? [])].flatMap((piece) => piece?.frame ?? []);
    const { content, toolCalls } = gather(chunks);
    expect(content).toBe(said.text);
    expect(toolCalls.map(({ function: called }) => [called.name, called.arguments])).toEqual(
      calls.map(({ name, args }) => [name, args]),
    );
    expect(new Set(toolCalls.map(({ id }) => id)).size).toBe(calls.length);
    this.#written.push(...calls.map(({ args }) => args));
    this.#messages.push({ ...this.#client(chunks), role: 'assistant' });
    for (const { id } of toolCalls) this.#messages.push({ role: 'tool', tool_call_id: id, content: `result of ${id}` });
  }
}

/** The name under which a tool was sent: where its own is not taken, one that is made of it. */
function sentName(name: string, body: string): string {
  return body.includes(`"name":"${name}"`)
    ? name
    : (new RegExp(`"name":"(${name.replace('.', '_')}[^"]*)"`).exec(body)?.[1] ?? name);
}

const words = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }).filter((text) => text.trim() === text);
const args = fc
  .tuple(fc.bigInt({ min: 2n ** 53n, max: 2n ** 63n }), fc.constantFrom('1.0', '1e2', '-0.50', '0.1'), words)
  .map(([id, rate, text]) => `{"id":${id},"rate":${rate},"deep":[{"text":${JSON.stringify(text)}}]}`);
const calls = fc.array(
  fc.record({
    id: fc.oneof(fc.uuid(), fc.constantFrom('call_0', 'functions.f:0', 'x'.repeat(60))),
    name: fc.constantFrom(...names),
    args,
  }),
  {
    minLength: 1,
    maxLength: 3,
  },
);
const answer = fc.record({ thinking: words, text: words, calls });

/** Of each pair: there are more than 200 of them. `RUNS=20` for a longer search. */
const RUNS = Number(process.env.RUNS ?? 1);

const providers = [...endpoints.keys()];

test('every built-in provider has an endpoint with tools', () => expect(providers.length).toBeGreaterThan(12));

describe('a tool loop', () => {
  const pairs = providers.flatMap((one) => providers.map((other) => [one, other] as const));
  const answers = fc.array(answer, { minLength: 4, maxLength: 4 });

  test.each(pairs)('goes on from %s to %s and back, whatever its client keeps', (one, other) =>
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(clients)), answers, (client, all) => {
        const conversation = new Conversation(clients[client] as (chunks: readonly ChatChunk[]) => Fields);
        for (const [step, said] of all.entries()) conversation.step(step % 2 === 0 ? one : other, said);
      }),
      { numRuns: RUNS },
    ),
  );
});
