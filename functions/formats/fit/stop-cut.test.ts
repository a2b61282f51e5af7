import { describe, expect, test } from '@jest/globals';
import fc from '../../../test/support/fast-check.ts';
import { makeEndpoint } from '../../../test/support/make-endpoint.ts';
import type { ChatChunk, ChatCompletion, ChunkDelta, FinishReason } from '../pivot/chat-completion.ts';
import type { ChatRequest } from '../pivot/chat-request.ts';
import { fitAnswer } from './fit-answer.ts';

const responses = makeEndpoint({ format: 'responses', capabilities: new Set() });
const asked = (...stop: string[]) => ({ model: 'm', messages: [], stop }) as unknown as ChatRequest;
const calls = [{ id: 'a', type: 'function' as const, function: { name: 'f', arguments: '{}' } }];
const chunk = (delta: ChunkDelta, finish_reason: FinishReason | null = null): ChatChunk => ({
  choices: [{ index: 0, delta, finish_reason }],
});

function wholeOf(content: string, stops: string[], more: object = {}) {
  const message = { role: 'assistant' as const, content, refusal: null, ...more };
  const choices = [{ index: 0, message, finish_reason: 'length' as const, logprobs: null }];
  const whole: ChatCompletion = { id: 'a', object: 'chat.completion', created: 0, model: 'm', choices, usage: null };
  return fitAnswer(asked(...stops), responses).completion(whole).choices[0];
}

function streamOf(chunks: readonly ChatChunk[], stops: string[]) {
  const fit = fitAnswer(asked(...stops), responses);
  const choices = chunks.flatMap((each) => fit.chunk(each).choices);
  return {
    pieces: choices.flatMap(({ delta }) => delta.content ?? []),
    calls: choices.some(({ delta }) => delta.tool_calls !== undefined),
    ends: choices.flatMap(({ finish_reason, stop_reason }) =>
      finish_reason === null ? [] : [[finish_reason, stop_reason]],
    ),
  };
}

describe('an answer of an endpoint that takes no stop sequences', () => {
  test('ends before the first that it comes to', () => {
    expect(wholeOf('One END two STOP', ['STOP', 'END'], { tool_calls: calls })).toMatchObject({
      message: { content: 'One ' },
      finish_reason: 'stop',
      stop_reason: 'END',
    });
    expect(wholeOf('One END', ['END'], { tool_calls: calls })?.message).not.toHaveProperty('tool_calls');
  });

  test('ends with the one that ends first, and before the longer of two', () => {
    expect(wholeOf('bab', ['bab', 'a'])).toMatchObject({ message: { content: 'b' }, stop_reason: 'a' });
    expect(wholeOf('xab', ['b', 'ab'])).toMatchObject({ message: { content: 'x' }, stop_reason: 'ab' });
  });

  test('stays as it is where it comes to none', () => {
    expect(wholeOf('One', ['END'], { tool_calls: calls })).toMatchObject({
      message: { content: 'One', tool_calls: calls },
      finish_reason: 'length',
    });
    expect(wholeOf('END', [''])).toMatchObject({ message: { content: 'END' } });
  });

  test('is streamed up to it, and says so where its provider ends', () => {
    const chunks = [
      chunk({ content: 'One E' }),
      chunk({ content: 'ND two' }),
      chunk({ content: ' three' }),
      chunk({ tool_calls: [{ index: 0, ...(calls[0] as (typeof calls)[0]) }] }),
      chunk({}, 'tool_calls'),
    ];
    expect(streamOf(chunks, ['END'])).toEqual({ pieces: ['One '], calls: false, ends: [['stop', 'END']] });
  });

  test('is streamed whole where a beginning was none', () => {
    const call = chunk({ tool_calls: [{ index: 0, ...(calls[0] as (typeof calls)[0]) }] });
    const chunks = [chunk({ content: 'One EN' }), chunk({ content: 'OUGH E' }), call, chunk({}, 'tool_calls')];
    expect(streamOf(chunks, ['END'])).toEqual({
      pieces: ['One ', 'ENOUGH ', 'E'],
      calls: true,
      ends: [['tool_calls', undefined]],
    });
    expect(streamOf([chunk({ content: 'One EN' }), chunk({}, 'stop')], ['END'])).toEqual({
      pieces: ['One ', 'EN'],
      calls: false,
      ends: [['stop', undefined]],
    });
  });

  test('is the same whole and in pieces', () => {
    const words = fc.string({ unit: fc.constantFrom('a', 'b', 'ab'), maxLength: 12 });
    const stops = fc.array(fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 1, maxLength: 4 }), {
      minLength: 1,
      maxLength: 3,
    });
    fc.assert(
      fc.property(fc.array(words, { maxLength: 6 }), stops, (pieces, sequences) => {
        const streamed = streamOf([...pieces.map((content) => chunk({ content })), chunk({}, 'length')], sequences);
        const whole = wholeOf(pieces.join(''), sequences);
        expect(streamed.pieces.join('')).toBe(whole?.message.content);
        expect(streamed.ends).toEqual([[whole?.finish_reason, whole?.stop_reason]]);
      }),
      { numRuns: 1_000 },
    );
  });
});

test('where the endpoint takes them, its provider ends the answer', () => {
  const fit = fitAnswer(asked('END'), makeEndpoint({ capabilities: new Set(['stop']) }));
  const said = chunk({ content: 'One END' });
  expect(fit.chunk(said)).toBe(said);
});
