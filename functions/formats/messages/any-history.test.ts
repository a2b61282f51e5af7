import { describe, expect, test } from '@jest/globals';
import { answers, TOOLS } from '../../../test/support/arbitrary-answers.ts';
import { atOnce } from '../../../test/support/at-once.ts';
import { toEventStream } from '../../../test/support/event-stream.ts';
import fc from '../../../test/support/fast-check.ts';
import { makeEndpoint } from '../../../test/support/make-endpoint.ts';
import { decode, readRecording, toSse } from '../../../test/support/replay.ts';
import { sealOf } from '../../../test/support/seal-of.ts';
import { sentBody } from '../../../test/support/sent-body.ts';
import { argumentsAs, sentCalls } from '../../../test/support/sent-calls.ts';
import { refusalOf, type StrictProvider } from '../../../test/support/strict-upstream.ts';
import { builtinFiles } from '../../catalogue/builtin.ts';
import { buildCatalogue } from '../../catalogue/load-catalogue.ts';
import { type Endpoint, type FormatName, formatNames } from '../../core/endpoints/endpoint.ts';
import { fitArguments } from '../fit/call-arguments.ts';
import { fitRequest, toolNamesOf } from '../fit/fit-request.ts';
import { restoreCompletion } from '../fit/restore-names.ts';
import type { ChatChunk, CompletionMessage } from '../pivot/chat-completion.ts';
import { chatRequestSchema } from '../pivot/chat-request.ts';
import { parseExactJson, schemas } from '../shared/exact-json.ts';
import { upstreamFormats } from '../upstream-formats.ts';
import { encodeMessage } from './encode-response.ts';
import { MessageEvents } from './encode-stream.ts';
import { parseMessagesRequest } from './parse-request.ts';
import { openThoughts } from './parse-thought.ts';

/**
 * A conversation of Anthropic's client, whose turns were answered by any providers and sent back as they came, is taken by every
 * provider. What answers is arbitrary, what refuses is strict.
 */

const catalogue = buildCatalogue(builtinFiles, { vars: { project: 'p' } });
const all = [...catalogue.models.values()].flatMap(({ endpoints }) => endpoints);
const targets = all.filter(({ provider, format }, at) => {
  const same = (each: Endpoint) => each.provider === provider && each.format === format;
  return provider !== 'mesh' && format !== 'messages' && all.findIndex(same) === at;
});
const sources = Object.fromEntries(
  formatNames.map((format) => [format, all.find((each) => each.format === format) as Endpoint]),
) as Record<FormatName, Endpoint>;

const tools = TOOLS.map((name) => ({ name, input_schema: { type: 'object' } }));
const functions = TOOLS.map((name) => ({
  type: 'function' as const,
  function: { name, parameters: { type: 'object' } },
}));
const question = { role: 'user', content: 'And?' };
const usage = { input: 1, cacheRead: 0, cacheWrite: 0, cacheWrite1h: 0, inputAudio: 0, output: 1, reasoning: 0 };
const bill = { usage, usd: '0', mesh: {} };
const seal = sealOf('own_a');
const head = { id: 'req_1', model: 'm', inputEstimate: 1 };

interface Turn {
  format: FormatName;
  reply: unknown;
  shows: boolean;
}
interface Block {
  type: string;
  id?: string;
}
const turn: fc.Arbitrary<Turn> = fc
  .constantFrom(...formatNames)
  .chain((format) => fc.record({ format: fc.constant(format), reply: answers[format], shows: fc.boolean() }));
const conversation = fc.array(turn, { minLength: 1, maxLength: 4 });

function completionOf({ format, reply }: Pick<Turn, 'format' | 'reply'>) {
  const source = sources[format];
  const chat = chatRequestSchema.parse({ model: 'm', messages: [question], tools: functions });
  return restoreCompletion(upstreamFormats[format].response(reply, source), toolNamesOf(chat, source));
}

function contentOf(each: Turn): Block[] {
  // As our own way reads a body: what calls are given keeps its digits.
  const message = parseExactJson(encodeMessage(completionOf(each), head, bill, each.shows, seal), schemas);
  return (message as { content: Block[] }).content;
}

function historyOf(turns: readonly Turn[]): object[] {
  return turns.flatMap((each) => {
    const content = contentOf(each);
    const calls = content.filter(({ type }) => type === 'tool_use');
    const results = calls.map(({ id }, at) => ({ type: 'tool_result', tool_use_id: id, content: `${at}` }));
    return [
      question,
      { role: 'assistant', content },
      { role: 'user', content: [...results, { type: 'text', text: 'Hm' }] },
    ];
  });
}

function sentTo(endpoint: Endpoint, messages: object[]): { body: string; path: string } {
  const request = atOnce(parseMessagesRequest({ model: 'm', max_tokens: 4_000, system: 'Be brief.', messages, tools }));
  const chat = openThoughts(request.chat, endpoint.reasoning.issuer, seal);
  const fitted = fitRequest({ chat, raw: {}, maxOutputTokens: 4_000 }, endpoint);
  const { body } = upstreamFormats[endpoint.format].request(fitted, endpoint);
  return { body: sentBody(body, endpoint), path: new URL(endpoint.url).pathname };
}

describe.each(targets.map((endpoint) => [endpoint.id, endpoint] as const))(
  'any history of Anthropic’s client',
  (id, endpoint) => {
    test(`is taken by ${id}, with each call as it was made, and its own result beside it`, () => {
      fc.assert(
        fc.property(conversation, (turns) => {
          const messages = historyOf(turns);
          const sent = sentTo(endpoint, messages);
          expect(refusalOf(endpoint.provider as StrictProvider, sent)).toBeNull();
          const { calls, results } = sentCalls(endpoint.format, sent.body);
          const made = turns.flatMap((each) => completionOf(each).choices[0]?.message.tool_calls ?? []);
          expect(calls.map(({ args }) => args)).toEqual(
            made.map((call) => argumentsAs(fitArguments(call.function.arguments).toWellFormed())),
          );
          expect(results.map((result) => result.id)).toEqual(calls.map((call) => call.id));
          expect(JSON.stringify(sent)).not.toContain('mesh.');
        }),
        { numRuns: 40 },
      );
    });
  },
);

const recordings = [
  ['converse', 'reasoning-tools', 'budget', 'anthropic-claude-v1'],
  ['responses', 'reasoning-tools', 'effort', 'openai-responses-v1'],
  ['gemini', 'thinking-tools', 'level', 'google-gemini-v1'],
  ['gemini', 'signed-text', 'level', 'google-gemini-v1'],
] as const;

/** Content of a message, as Anthropic's clients put it together. */
function accumulate(events: string): Block[] {
  const content: Record<string, unknown>[] = [];
  const inputs = new Map<number, string>();
  const joined = (at: number, field: string, text: string) => {
    const block = content[at] as Record<string, unknown>;
    block[field] = `${block[field]}${text}`;
  };
  for (const frame of events.split('\n\n').filter((each) => each !== '')) {
    const event = JSON.parse(frame.slice(frame.indexOf('data: ') + 'data: '.length));
    const { index, delta } = event;
    if (event.type === 'content_block_start') {
      expect(index).toBe(content.length);
      content.push({ ...event.content_block });
    } else if (event.type === 'content_block_delta') {
      if (delta.type === 'input_json_delta') inputs.set(index, `${inputs.get(index) ?? ''}${delta.partial_json}`);
      else if (delta.type === 'text_delta') joined(index, 'text', delta.text);
      else if (delta.type === 'thinking_delta') joined(index, 'thinking', delta.thinking);
      else joined(index, 'signature', delta.signature);
    }
  }
  for (const [at, json] of inputs) (content[at] as Record<string, unknown>).input = parseExactJson(json);
  return content as unknown as Block[];
}

describe.each(recordings)('an answer of %s (%s)', (format, name, send, issuer) => {
  const endpoint = makeEndpoint({ format, reasoning: { send, issuer } });
  const lines = readRecording(`${format}/${name}.chunks.txt`);
  const chunks: ChatChunk[] = decode(
    upstreamFormats[format].stream(endpoint),
    format === 'converse' ? toEventStream(lines) : toSse(lines),
  );

  /** What its provider gets in the next turn. */
  function nextTurn(content: Block[]): unknown {
    const calls = content.filter(({ type }) => type === 'tool_use');
    const results = calls.map(({ id }) => ({ type: 'tool_result', tool_use_id: id, content: 'done' }));
    const messages = [
      question,
      { role: 'assistant', content },
      { role: 'user', content: [...results, { type: 'text', text: 'Go on' }] },
    ];
    return JSON.parse(sentTo(endpoint, messages).body);
  }

  /** The same of a client of chat. */
  function nextTurnOfChat(): unknown {
    const message = chunks.reduce<CompletionMessage>(join, { role: 'assistant', content: null, refusal: null });
    const messages = [
      { role: 'system', content: 'Be brief.' },
      question,
      message,
      ...(message.tool_calls ?? []).map(({ id }) => ({ role: 'tool', tool_call_id: id, content: 'done' })),
      { role: 'user', content: 'Go on' },
    ];
    const chat = chatRequestSchema.parse({ model: 'm', messages, tools: functions });
    const fitted = fitRequest({ chat, raw: {}, maxOutputTokens: 4_000 }, endpoint);
    return JSON.parse(sentBody(upstreamFormats[format].request(fitted, endpoint).body, endpoint));
  }

  test.each([true, false])('that was streamed goes back as one of chat does, its thoughts shown: %s', (shows) => {
    const events = new MessageEvents(head, shows, seal);
    const text = chunks.map((chunk) => events.encode(chunk)).join('') + events.end(bill, false);
    const content = accumulate(text);
    expect(content.some(({ type }) => type.includes('thinking'))).toBe(true);
    expect(nextTurn(content)).toEqual(nextTurnOfChat());
  });
});

function join(message: CompletionMessage, { choices }: ChatChunk): CompletionMessage {
  const joined = { ...message };
  for (const { delta } of choices) {
    if (delta.content) joined.content = `${joined.content ?? ''}${delta.content}`;
    if (delta.reasoning_details) {
      joined.reasoning_details = [...(joined.reasoning_details ?? []), ...delta.reasoning_details];
    }
    for (const call of delta.tool_calls ?? []) {
      const calls = [...(joined.tool_calls ?? [])];
      const known = calls[call.index];
      const { name = '', arguments: args = '' } = call.function;
      calls[call.index] = known
        ? { ...known, function: { name: known.function.name, arguments: known.function.arguments + args } }
        : { id: call.id ?? '', type: 'function', function: { name, arguments: args } };
      joined.tool_calls = calls;
    }
  }
  return joined;
}
