import { describe, expect, test } from '@jest/globals';
import type OpenAI from 'openai';
import {
  createEchoUpstream,
  DEFAULT_MAX_TOKENS,
  MAX_PIECES,
  NOTHING_TO_ECHO,
  PIECE_EVERY_MS,
} from './echo-upstream.ts';
import type { UpstreamReply, UpstreamRequest } from './upstream.ts';

const limits = { connect: 1, firstByte: 1, idle: 1 };
const never = new AbortController().signal;
const clock = { now: () => 1_786_000_000_500, monotonic: () => 0 };

type Body = Partial<OpenAI.ChatCompletionCreateParams>;

async function send(body: Body | string, signal = never, pauses: number[] = []): Promise<UpstreamReply> {
  const echo = createEchoUpstream({
    clock,
    pause: async (milliseconds) => {
      pauses.push(milliseconds);
    },
  });
  return echo.send(chatRequest(body), limits, signal);
}

function chatRequest(body: Body | string): UpstreamRequest {
  const text = typeof body === 'string' ? body : JSON.stringify({ model: 'echo', ...body });
  return { url: 'echo://mesh/chat/completions', method: 'POST', headers: {}, body: text };
}

async function readText(reply: UpstreamReply): Promise<string> {
  const pieces: Uint8Array[] = [];
  for (let bytes = await reply.read(); bytes !== null; bytes = await reply.read()) pieces.push(bytes);
  return Buffer.concat(pieces).toString();
}

async function whole(body: Body): Promise<OpenAI.ChatCompletion> {
  return JSON.parse(await readText(await send(body))) as OpenAI.ChatCompletion;
}

async function chunks(body: Body, pauses: number[] = []): Promise<OpenAI.ChatCompletionChunk[]> {
  const text = await readText(await send({ ...body, stream: true }, never, pauses));
  const frames = text.split('\n\n');
  expect(frames.slice(-2)).toEqual(['data: [DONE]', '']);
  return frames.slice(0, -2).map((frame) => JSON.parse(frame.slice('data: '.length)) as OpenAI.ChatCompletionChunk);
}

const said = (content: string): Body => ({ messages: [{ role: 'user', content }] });
const textOf = (streamed: OpenAI.ChatCompletionChunk[]) =>
  streamed.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('');

describe('a whole answer', () => {
  test('is the text of the last user message', async () => {
    const answer = await whole({
      messages: [
        { role: 'system', content: 'Be kind.' },
        { role: 'user', content: 'first' },
        { role: 'assistant', content: 'first' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'grüß ' },
            { type: 'image_url', image_url: { url: 'data:image/png;base64,AA==' } },
            { type: 'text', text: 'dich 😀' },
          ],
        },
        { role: 'assistant', content: null },
      ],
    });
    expect(answer).toEqual({
      id: 'chatcmpl-echo',
      object: 'chat.completion',
      created: 1_786_000_000,
      model: 'echo',
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: 'grüß dich 😀', refusal: null },
          finish_reason: 'stop',
          logprobs: null,
        },
      ],
      // 8 + 5 + 5 + 16 bytes of messages, 16 of answer, four to a token.
      usage: { prompt_tokens: 9, completion_tokens: 4, total_tokens: 13 },
    });
  });

  test.each([[[]], [[{ role: 'user', content: ' \n' }]], [[{ role: 'assistant', content: 'x' }]]] as const)(
    'to nothing is a friendly sentence, unless there is no message at all',
    async (messages) => {
      const reply = await send({ messages: messages as unknown as OpenAI.ChatCompletionMessageParam[] });
      const text = await readText(reply);
      expect(reply.status).toBe(messages.length === 0 ? 400 : 200);
      expect(text.includes(NOTHING_TO_ECHO)).toBe(messages.length > 0);
    },
  );

  test.each(['max_completion_tokens', 'max_tokens'])('ends at %s, never inside a character', async (limit) => {
    const answer = await whole({ ...said('abcdefg😀hij'), [limit]: 2 });
    expect(answer.choices[0]).toMatchObject({ message: { content: 'abcdefg' }, finish_reason: 'length' });
    expect(answer.usage?.completion_tokens).toBe(2);
  });

  test('of exactly the limit stops by itself', async () => {
    const answer = await whole({ ...said('abcdefgh'), max_completion_tokens: 2 });
    expect(answer.choices[0]).toMatchObject({ message: { content: 'abcdefgh' }, finish_reason: 'stop' });
  });

  test('is bounded where the request names no limit', async () => {
    const answer = await whole(said('x'.repeat(1_000_000)));
    expect(answer.usage?.completion_tokens).toBe(DEFAULT_MAX_TOKENS);
  });
});

describe('a streamed answer', () => {
  test('comes word by word, keeps every space, and ends with finish, usage and [DONE]', async () => {
    const text = '  one two\n\nthree  ';
    const streamed = await chunks({ ...said(text), stream_options: { include_usage: true } });
    expect(textOf(streamed)).toBe(text);
    expect(streamed).toHaveLength(5);
    expect(streamed[0]?.choices[0]?.delta.role).toBe('assistant');
    expect(streamed.map((chunk) => chunk.choices[0]?.finish_reason ?? null)).toEqual([null, null, null, 'stop', null]);
    expect(streamed.at(-1)).toMatchObject({ choices: [], usage: { prompt_tokens: 5, completion_tokens: 5 } });
  });

  test('has no usage unless it is asked for', async () => {
    const streamed = await chunks(said('one two'));
    expect(streamed.filter((chunk) => 'usage' in chunk)).toEqual([]);
  });

  test('pauses before each piece, and ends in bounded time however long the text is', async () => {
    const pauses: number[] = [];
    const text = 'a b '.repeat(4_000);
    const streamed = await chunks({ ...said(text), max_completion_tokens: 8_000 }, pauses);
    expect(textOf(streamed)).toBe(text);
    expect(pauses.length).toBeLessThanOrEqual(MAX_PIECES + 1);
    expect(new Set(pauses)).toEqual(new Set([PIECE_EVERY_MS]));
  });

  test('has the same text and tokens as the whole one', async () => {
    const text = 'The quick brown fox, जल्दी 😀.';
    const streamed = await chunks({ ...said(text), stream_options: { include_usage: true } });
    const answer = await whole(said(text));
    expect(textOf(streamed)).toBe(answer.choices[0]?.message.content);
    expect(streamed.at(-1)?.usage).toEqual(answer.usage);
  });
});

test.each(['', '{', '[]', 'null', '{"messages":"hi"}'])('%p is no chat request', async (body) => {
  const reply = await send(body);
  expect(reply.status).toBe(400);
  expect(JSON.parse(await readText(reply))).toMatchObject({ error: { type: 'invalid_request_error' } });
});

describe('an echo that is stopped', () => {
  const leaving = new Error('the client left');

  test('before it began throws the reason', async () => {
    await expect(send(said('hi'), AbortSignal.abort(leaving))).rejects.toBe(leaving);
  });

  test.each(['signal', 'cancel'] as const)('by %s in a pause ends the pause', async (by) => {
    const client = new AbortController();
    const echo = createEchoUpstream({
      // Goes on for ever unless it is told to end, and then fails in words of its own.
      pause: (_milliseconds, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(new Error('pause ended')));
        }),
    });
    const reply = await echo.send(chatRequest(said('one two')), limits, client.signal);
    const waiting = reply.read();
    if (by === 'signal') client.abort(leaving);
    else reply.cancel();
    const reason = by === 'signal' ? leaving : expect.objectContaining({ providerCode: 'cancelled', retry: 'never' });
    await expect(waiting).rejects.toEqual(reason);
  });

  test('between two pieces gives no third', async () => {
    const reply = await createEchoUpstream().send(chatRequest({ ...said('one two'), stream: true }), limits, never);
    expect(Buffer.from((await reply.read()) ?? []).toString()).toContain('"one "');
    reply.cancel();
    await expect(reply.read()).rejects.toMatchObject({ providerCode: 'cancelled' });
  });

  test('after it was read to the end stays ended', async () => {
    const reply = await send(said('hi'));
    await readText(reply);
    reply.cancel();
    expect(await reply.read()).toBeNull();
  });
});
