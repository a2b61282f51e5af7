import { ReadableStream } from 'node:stream/web';
import { describe, expect, test } from '@jest/globals';
import { ChatCompletionStream } from 'openai/lib/ChatCompletionStream';
import { toEventStream } from '../../test/support/event-stream.ts';
import { makeEndpoint } from '../../test/support/make-endpoint.ts';
import { accumulateAsPython } from '../../test/support/python-accumulator.ts';
import { decode, gather, readRecording, toSse } from '../../test/support/replay.ts';
import type { Endpoint } from '../core/endpoints/endpoint.ts';
import { ChatFrames } from './chat/encode-stream.ts';
import type { ChatChunk } from './pivot/chat-completion.ts';
import { type ChatRequest, chatRequestSchema } from './pivot/chat-request.ts';
import { upstreamFormats } from './upstream-formats.ts';

type Fields = Record<string, unknown>;
type Frame = { choices: { delta: Fields; finish_reason: string | null }[] };

const recordings = [
  ['messages', 'thinking-tools', 'budget', 'anthropic-claude-v1'],
  ['converse', 'reasoning-tools', 'budget', 'anthropic-claude-v1'],
  ['responses', 'reasoning-tools', 'effort', 'openai-responses-v1'],
  ['gemini', 'thinking-tools', 'level', 'google-gemini-v1'],
  ['gemini', 'signed-text', 'level', 'google-gemini-v1'],
] as const;

function endpointOf(format: Endpoint['format'], send: Endpoint['reasoning']['send'], issuer: string): Endpoint {
  return makeEndpoint({ format, reasoning: { send, field: null, replay: 'signed', issuer } as Endpoint['reasoning'] });
}

const head = { id: 'req_1', created: 7, model: 'm', auto: false, provider: 'acme', fingerprint: 'fp' };

/** The frames of a recorded stream as a client parses them. */
function framesOf(chunks: readonly ChatChunk[]): Frame[] {
  const text = new ChatFrames(head, { showReasoning: true, usageFrame: false }).encode(chunks);
  return text
    .split('\n\n')
    .filter((frame) => frame !== '')
    .map((frame) => JSON.parse(frame.slice('data: '.length)) as Frame);
}

/** The message that OpenAI's Node helper puts together. */
async function accumulateAsNode(frames: readonly Frame[]): Promise<Fields> {
  const lines = frames.map((frame) => new TextEncoder().encode(`${JSON.stringify(frame)}\n`));
  const stream = ChatCompletionStream.fromReadableStream(ReadableStream.from(lines) as never);
  return structuredClone(await stream.finalMessage()) as unknown as Fields;
}

/** How the message is sent upstream in the next turn, after results for all of its calls. */
function nextTurn(message: Fields, endpoint: Endpoint): unknown {
  const calls = (message.tool_calls ?? []) as { id: string }[];
  const chat: ChatRequest = chatRequestSchema.parse({
    model: 'm',
    reasoning: { max_tokens: 2_000 },
    messages: [
      { role: 'user', content: 'Hello' },
      { ...message, role: 'assistant' },
      ...calls.map(({ id }) => ({ role: 'tool', tool_call_id: id, content: 'done' })),
      { role: 'user', content: 'Go on' },
    ],
  });
  return upstreamFormats[endpoint.format].request({ chat, raw: {}, maxOutputTokens: 8_000 }, endpoint).body;
}

function chunksOf(format: Endpoint['format'], name: string, endpoint: Endpoint): ChatChunk[] {
  const lines = readRecording(`${format}/${name}.chunks.txt`);
  const bytes = format === 'converse' ? toEventStream(lines) : toSse(lines);
  return decode(upstreamFormats[format].stream(endpoint), bytes);
}

describe.each(recordings)(
  'an answer of %s (%s), streamed through OpenAI’s own helper',
  (format, name, send, issuer) => {
    const endpoint = endpointOf(format, send, issuer);
    const chunks = chunksOf(format, name, endpoint);
    const { content, details, toolCalls } = gather(chunks);
    const calls = toolCalls.length > 0 ? { tool_calls: toolCalls } : {};
    const whole = nextTurn({ content, ...calls, reasoning_details: details }, endpoint);
    const bare = nextTurn({ content, ...calls }, endpoint);
    const deltas = () => framesOf(chunks).map((frame) => (frame.choices[0] as Frame['choices'][0]).delta);

    test('for Python goes back as the model wrote it', () => {
      // Gemini's signatures of calls come with the calls too.
      if (format !== 'gemini') expect(whole).not.toEqual(bare);
      expect(nextTurn(accumulateAsPython(deltas()), endpoint)).toEqual(whole);
    });

    test('for Python goes back as the model wrote it, also with the formats and ids of each piece joined', () => {
      const repeated = chunks.flatMap(({ choices }) => choices.map(({ delta }) => delta as Fields));
      const { annotations: _, ...message } = accumulateAsPython(repeated);
      expect(nextTurn(message, endpoint)).toEqual(whole);
    });

    test('for Node goes back with its thinking or without, but never with half of a thought', async () => {
      const message = await accumulateAsNode(framesOf(chunks));
      const kept = chatRequestSchema.parse({ model: 'm', messages: [message] }).messages[0] as {
        reasoning_details?: Fields[];
      };
      for (const detail of kept.reasoning_details ?? []) {
        expect(details).toContainEqual(detail.type === 'reasoning.text' ? expect.objectContaining(detail) : detail);
      }
      if (format === 'messages' || format === 'converse') expect(nextTurn(message, endpoint)).toEqual(bare);
    });

    test('keyed by type and index, with the last word on format, goes back as the model wrote it', () => {
      // As pydantic-ai's OpenRouter model does: an id that is there stays, a format that is not there is none.
      const kept = new Map<string, Fields>();
      for (const piece of deltas().flatMap((delta) => (delta.reasoning_details ?? []) as Fields[])) {
        const { text = '', summary = '', format = null, id = null, signature, data } = piece;
        const before = kept.get(`${piece.type}/${piece.index}`);
        kept.set(`${piece.type}/${piece.index}`, {
          type: piece.type,
          index: piece.index,
          format,
          id: before?.id ?? id,
          ...(piece.type === 'reasoning.text'
            ? { text: `${before?.text ?? ''}${text}`, signature: signature ?? before?.signature ?? null }
            : {}),
          ...(piece.type === 'reasoning.summary' ? { summary: `${before?.summary ?? ''}${summary}` } : {}),
          ...(data === undefined ? {} : { data }),
        });
      }
      expect(nextTurn({ content, ...calls, reasoning_details: [...kept.values()] }, endpoint)).toEqual(whole);
    });

    test('kept in pieces goes back as the model wrote it', () => {
      const pieces = deltas().flatMap((delta) => (delta.reasoning_details ?? []) as Fields[]);
      expect(nextTurn({ content, ...calls, reasoning_details: pieces }, endpoint)).toEqual(whole);
    });
  },
);

test('annotations come in one delta, since the helpers can take no second', async () => {
  const annotation = (url: string) => ({
    type: 'url_citation',
    url_citation: { url, title: '', start_index: 0, end_index: 1 },
  });
  const delta = (fields: object, finish_reason: 'stop' | null = null) => ({
    choices: [{ index: 0, delta: fields as ChatChunk['choices'][0]['delta'], finish_reason }],
  });
  const frames = framesOf([
    delta({ content: 'a', annotations: [annotation('u')] }),
    delta({ annotations: [annotation('v')] }),
    delta({ content: 'b' }),
    delta({}, 'stop'),
  ]);
  const annotations = [annotation('u'), annotation('v')];
  const deltas = frames.map((frame) => (frame.choices[0] as Frame['choices'][0]).delta);
  expect(accumulateAsPython(deltas)).toMatchObject({ content: 'ab', annotations });
  expect(await accumulateAsNode(frames)).toMatchObject({ content: 'ab', annotations });
});

test('details of other routers, which all have one index or none, get one each', () => {
  const detail = (fields: object) => ({
    choices: [
      { index: 0, delta: { reasoning_details: [fields] } as ChatChunk['choices'][0]['delta'], finish_reason: null },
    ],
  });
  const format = 'openai-responses-v1';
  const frames = framesOf([
    detail({ type: 'reasoning.summary', summary: 'Two ', id: 'rs_1', format, index: 0 }),
    detail({ type: 'reasoning.summary', summary: 'cities.', id: 'rs_1', format, index: 0 }),
    detail({ type: 'reasoning.encrypted', data: 'one', id: 'rs_1', format, index: 0 }),
    detail({ type: 'reasoning.encrypted', data: 'two', id: 'rs_2', format, index: 0 }),
    detail({ type: 'reasoning.text', text: 'Hm.', format }),
  ]);
  const { reasoning_details } = accumulateAsPython(
    frames.map((frame) => (frame.choices[0] as Frame['choices'][0]).delta),
  );
  expect(reasoning_details).toEqual([
    { type: 'reasoning.summary', summary: 'Two cities.', id: 'rs_1', format, index: 0 },
    { type: 'reasoning.encrypted', data: 'one', id: 'rs_1', format, index: 1 },
    { type: 'reasoning.encrypted', data: 'two', id: 'rs_2', format, index: 2, after: 1 },
    { type: 'reasoning.text', text: 'Hm.', format, id: `rd:${format}:3`, index: 3, after: 2 },
  ]);
});
