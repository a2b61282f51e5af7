import { expect, test } from '@jest/globals';
import type { ChatChunk, ChatCompletion, ToolCallDelta } from '../pivot/chat-completion.ts';
import { CustomCalls } from './custom-calls.ts';

const names = new Set(['code']);

const completion: ChatCompletion = {
  id: 'a',
  object: 'chat.completion',
  created: 0,
  model: 'm',
  choices: [
    {
      index: 0,
      message: {
        role: 'assistant',
        content: null,
        refusal: null,
        tool_calls: [
          { id: 'call_1', type: 'function', function: { name: 'code', arguments: '{"input":"print(1)"}' } },
          { id: 'call_2', type: 'function', function: { name: 'add', arguments: '{"a":1}' } },
        ],
      },
      finish_reason: 'tool_calls',
      logprobs: null,
    },
  ],
  usage: null,
};

const piece = (tool_calls: ToolCallDelta[], finish: 'tool_calls' | null = null): ChatChunk => ({
  choices: [{ index: 0, delta: tool_calls.length > 0 ? { tool_calls } : {}, finish_reason: finish }],
});

function callsOf(chunks: readonly ChatChunk[]): unknown[] {
  return chunks.flatMap(({ choices }) => choices.flatMap(({ delta }) => delta.tool_calls ?? []));
}

test('a call of a custom tool has its input, one of a function its arguments', () =>
  expect(new CustomCalls(names).completion(completion).choices[0]?.message.tool_calls).toEqual([
    { id: 'call_1', type: 'custom', custom: { name: 'code', input: 'print(1)' } },
    { id: 'call_2', type: 'function', function: { name: 'add', arguments: '{"a":1}' } },
  ]));

test('streamed, its input comes as it is written', () => {
  const calls = new CustomCalls(names);
  const made = calls.chunks([
    piece([{ index: 0, id: 'call_1', type: 'function', function: { name: 'code', arguments: '' } }]),
    piece([{ index: 0, function: { arguments: '{"input":"print' } }]),
    piece([{ index: 1, id: 'call_2', type: 'function', function: { name: 'add', arguments: '{"a":1}' } }]),
    piece([{ index: 0, function: { arguments: '(1)"}' } }]),
    piece([], 'tool_calls'),
  ]);
  expect(callsOf(made)).toEqual([
    { index: 0, id: 'call_1', type: 'custom', custom: { name: 'code', input: '' } },
    { index: 0, custom: { input: 'print' } },
    { index: 1, id: 'call_2', type: 'function', function: { name: 'add', arguments: '{"a":1}' } },
    { index: 0, custom: { input: '(1)' } },
  ]);
  expect(made.at(-1)?.choices[0]?.finish_reason).toBe('tool_calls');
});

test('what the model wrote in another form comes with the end', () => {
  const calls = new CustomCalls(names);
  const made = calls.chunks([
    piece([{ index: 0, id: 'call_1', type: 'function', function: { name: 'code', arguments: '{"source":"x"}' } }]),
    piece([], 'tool_calls'),
  ]);
  expect(callsOf(made)).toEqual([
    { index: 0, id: 'call_1', type: 'custom', custom: { name: 'code', input: '' } },
    { index: 0, custom: { input: 'x' } },
  ]);
});

test('without custom tools an answer is not looked at', () => {
  const calls = new CustomCalls();
  const chunks = [piece([])];
  expect(calls.completion(completion)).toBe(completion);
  expect(calls.chunks(chunks)).toBe(chunks);
});
