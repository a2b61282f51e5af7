import { describe, expect, test } from '@jest/globals';
import { noUsage } from '../../core/money/usage.ts';
import type { ChatCompletion, ChunkDelta } from '../pivot/chat-completion.ts';
import { factsOfChunk, factsOfCompletion } from './chunk-facts.ts';

const chunk = (delta: ChunkDelta, finish: 'stop' | null = null) => ({
  choices: [{ index: 0, delta, finish_reason: finish }],
});
const nothing = { texts: [], marks: 0, usage: null, token: false, finished: false, last: false, held: false };

describe('what a chunk amounts to', () => {
  test.each<[string, Parameters<typeof factsOfChunk>[0], object]>([
    ['a role is bookkeeping', chunk({ role: 'assistant', content: '' }), {}],
    ['text', chunk({ content: 'Hi' }), { texts: ['Hi'], token: true }],
    ['a refusal', chunk({ refusal: 'No' }), { texts: ['No'], token: true }],
    ['reasoning', chunk({ reasoning: 'Hm' }), { texts: ['Hm'], token: true }],
    [
      'reasoning that cannot be read has begun all the same',
      chunk({ reasoning_details: [{ type: 'reasoning.encrypted', data: 'x', format: 'f', index: 0 }] }),
      { token: true },
    ],
    [
      'a call: its name is read and has a mark',
      chunk({ tool_calls: [{ index: 0, id: 'c', function: { name: 'now', arguments: '{' } }] }),
      { texts: ['now', '{'], marks: 1, token: true },
    ],
    [
      'a call that has only an id has begun',
      chunk({ tool_calls: [{ index: 0, id: 'c', function: {} }] }),
      { token: true },
    ],
    ['a finish has a mark', chunk({}, 'stop'), { marks: 1, token: true, finished: true, finishReason: 'stop' }],
    ['usage alone is no token', { choices: [], usage: noUsage }, { usage: noUsage }],
  ])('%s', (_name, given, expected) => {
    expect(factsOfChunk(given, 'chat')).toEqual({ ...nothing, ...expected });
  });

  test('all choices count', () => {
    const both = { choices: [...chunk({ content: 'a' }).choices, ...chunk({ content: 'b' }, 'stop').choices] };
    expect(factsOfChunk(both, 'chat')).toMatchObject({ texts: ['a', 'b'], marks: 1, finished: true });
  });

  test('a finish before the last one is none of the whole answer', () => {
    expect(factsOfChunk(chunk({}, 'stop'), 'chat', undefined, false)).toMatchObject({
      marks: 1,
      token: true,
      finished: false,
    });
  });

  test('what has to wait for the charge is said by whoever asks', () => {
    expect(factsOfChunk(chunk({}, 'stop'), 'chat', ({ finished }) => finished).held).toBe(true);
    expect(factsOfChunk(chunk({ content: 'a' }), 'chat', ({ finished }) => finished).held).toBe(false);
  });
});

test('a whole answer amounts to all its choices', () => {
  const completion = {
    usage: noUsage,
    choices: [
      { message: { content: 'a', refusal: null, reasoning: 'hm' } },
      {
        message: {
          content: null,
          refusal: 'No',
          tool_calls: [{ id: 'c', type: 'function', function: { name: 'now', arguments: '{}' } }],
        },
      },
    ],
  } as unknown as ChatCompletion;
  const texts = ['a', 'hm', 'No', 'now', '{}'];
  expect(factsOfCompletion(completion, 'chat')).toEqual({ texts, marks: 3, usage: noUsage });
  expect(factsOfCompletion(completion, 'responses').texts).toEqual(texts);
});

test.each(['messages', 'gemini', 'converse'] as const)(
  'a refusal of %s is our word for it, which nobody pays for',
  (format) => {
    const refusal = 'The provider refused the prompt: SAFETY.';
    expect(factsOfChunk(chunk({ refusal }, 'stop'), format)).toMatchObject({ texts: [], finished: true });
    const completion = {
      usage: noUsage,
      choices: [{ message: { content: null, refusal } }],
    } as unknown as ChatCompletion;
    expect(factsOfCompletion(completion, format).texts).toEqual([]);
  },
);
