import { expect, test } from '@jest/globals';
import { makeEndpoint } from '../../../test/support/make-endpoint.ts';
import type { ChatChunk, ChatCompletion, ChunkDelta } from '../pivot/chat-completion.ts';
import type { ChatRequest } from '../pivot/chat-request.ts';
import { fitAnswer } from './fit-answer.ts';

const gemini = makeEndpoint({ format: 'gemini' });
const serial = { model: 'm', messages: [], parallel_tool_calls: false } as unknown as ChatRequest;
const call = (id: string) => ({ id, type: 'function' as const, function: { name: 'f', arguments: '{}' } });
const signed = (id: string) => ({ type: 'reasoning.encrypted' as const, data: `of ${id}`, id });
const thought = { type: 'reasoning.text' as const, text: 'hm' };

const whole: ChatCompletion = {
  id: 'a',
  object: 'chat.completion',
  created: 0,
  model: 'm',
  choices: [
    {
      index: 0,
      message: {
        role: 'assistant',
        content: 'Both.',
        refusal: null,
        tool_calls: [call('1'), call('2')],
        reasoning_details: [thought, signed('1'), signed('2')],
      },
      finish_reason: 'tool_calls',
      logprobs: null,
    },
  ],
  usage: null,
};

const chunk = (delta: ChunkDelta, finish_reason: 'tool_calls' | null = null): ChatChunk => ({
  choices: [{ index: 0, delta, finish_reason }],
});
const chunks = [
  chunk({ content: 'Both.' }),
  chunk({ tool_calls: [{ index: 0, ...call('1') }], reasoning_details: [signed('1')] }),
  chunk({ tool_calls: [{ index: 1, ...call('2') }], reasoning_details: [signed('2')] }),
  chunk({
    tool_calls: [
      { index: 0, function: { arguments: ' ' } },
      { index: 1, function: { arguments: ' ' } },
    ],
  }),
  chunk({}, 'tool_calls'),
];

test('who can take one call at a time gets the first, with its signature', () => {
  const [choice] = fitAnswer(serial, gemini).completion(whole).choices;
  expect(choice).toMatchObject({ finish_reason: 'tool_calls', message: { content: 'Both.' } });
  expect(choice?.message.tool_calls).toEqual([call('1')]);
  expect(choice?.message.reasoning_details).toEqual([thought, signed('1')]);
});

test('and of a stream', () => {
  const fit = fitAnswer(serial, gemini);
  expect(chunks.map((each) => fit.chunk(each).choices)).toEqual([
    chunks[0]?.choices,
    chunks[1]?.choices,
    [],
    chunk({ tool_calls: [{ index: 0, function: { arguments: ' ' } }] }).choices,
    chunks[4]?.choices,
  ]);
});

test('each choice has its own first call', () => {
  const fit = fitAnswer(serial, gemini);
  const second = { index: 1, delta: { tool_calls: [{ index: 3, ...call('4') }] }, finish_reason: null };
  fit.chunk(chunks[1] as ChatChunk);
  expect(fit.chunk({ choices: [second] }).choices).toEqual([second]);
});

test('whoever did not say so gets all', () => {
  const fit = fitAnswer({ ...serial, parallel_tool_calls: true }, gemini);
  expect(fit.completion(whole)).toBe(whole);
  for (const each of chunks) expect(fit.chunk(each)).toBe(each);
});
