import { describe, expect, test } from '@jest/globals';
import { noUsage } from '../../core/money/usage.ts';
import type { ChatChunk } from '../pivot/chat-completion.ts';
import { ChatFrames } from './encode-stream.ts';

const head = { id: 'req_1', created: 7, model: 'acme/large' };
const newFrames = (showReasoning = true) => new ChatFrames({ ...head, auto: false }, showReasoning);
const cost = {
  usage: { ...noUsage, input: 10, cacheRead: 4, cacheWrite: 1, cacheWrite1h: 2, output: 5, reasoning: 3 },
  usd: '0.000042',
  mesh: { settled: true },
};
const chunk = (delta: object, index = 0, more: object = {}): ChatChunk => ({
  choices: [{ index, delta, finish_reason: null }],
  ...more,
});
const parse = (frames: string) =>
  frames
    .trimEnd()
    .split('\n\n')
    .map((frame) => JSON.parse(frame.slice('data: '.length)));

describe('frames', () => {
  test('carry the head every time, and the role once for each choice', () => {
    const frames = newFrames();
    const parsed = parse(frames.encode([chunk({ content: 'a' }), chunk({ content: 'b' }), chunk({ content: 'c' }, 1)]));
    for (const frame of parsed)
      expect(frame).toMatchObject({ ...head, object: 'chat.completion.chunk', system_fingerprint: null });
    expect(parsed.map((frame) => frame.choices[0].delta)).toEqual([
      { role: 'assistant', content: 'a' },
      { content: 'b' },
      { role: 'assistant', content: 'c' },
    ]);
  });

  test('keep the fields of a relayed chunk, but for those that the router owns', () => {
    const relayed = {
      id: 'theirs',
      model: 'm',
      created: 1,
      object: 'x',
      system_fingerprint: 'fp',
      citations: ['https://a.example'],
    };
    const [frame] = parse(newFrames().encode([chunk({ content: 'a' }, 0, relayed)]));
    expect(frame).toMatchObject({
      ...head,
      object: 'chat.completion.chunk',
      system_fingerprint: 'fp',
      citations: ['https://a.example'],
    });
  });

  test('say what each chunk relays, and nothing that only one before it did', () => {
    const frames = newFrames();
    const relayed = [{ a: 1 }, { a: 1 }, { a: 2 }, { b: 2 }, {}, { a: 1, id: 'x' }, { a: 1, id: 'y' }];
    const parsed = relayed.flatMap((more) => parse(frames.encode([chunk({ content: 'a' }, 0, more)])));
    expect(parsed.map(({ a, b, id }) => [a, b, id])).toEqual(
      [[1], [1], [2], [undefined, 2], [], [1], [1]].map(([a, b]) => [a, b, head.id]),
    );
  });

  test('say usage and cost in the last one alone, which has no choices (litellm#28735)', () => {
    const frames = newFrames();
    expect(frames.encode([{ choices: [], usage: noUsage }])).toBe('');
    expect(frames.encode([{ ...chunk({ content: 'a' }), usage: noUsage }])).not.toContain('usage');
    expect(parse(frames.encodeLast(cost))).toEqual([
      {
        ...head,
        object: 'chat.completion.chunk',
        system_fingerprint: null,
        choices: [],
        usage: {
          prompt_tokens: 10,
          completion_tokens: 5,
          total_tokens: 15,
          prompt_tokens_details: { cached_tokens: 4, cache_write_tokens: 3, audio_tokens: 0 },
          completion_tokens_details: { reasoning_tokens: 3 },
          cost: 0.000042,
        },
        cost: '0.000042',
        mesh: { settled: true },
      },
    ]);
  });

  test('end every choice that is open where the money ended, and the first where none has begun', () => {
    const ends = (frames: ChatFrames) => parse(frames.encodeStop()).flatMap((frame) => frame.choices);
    const frames = newFrames();
    frames.encode([chunk({ content: 'a' }), chunk({ content: 'b' }, 1), chunk({ content: 'c' }, 2)]);
    frames.encode([{ choices: [{ index: 1, delta: {}, finish_reason: 'stop' }] }]);
    expect(ends(frames)).toEqual([
      { index: 0, delta: {}, finish_reason: 'length' },
      { index: 2, delta: {}, finish_reason: 'length' },
    ]);
    expect(ends(newFrames())).toEqual([{ index: 0, delta: { role: 'assistant' }, finish_reason: 'length' }]);
  });

  test('leave the reasoning out where the caller excluded it', () => {
    const frames = newFrames(false).encode([
      chunk({ reasoning: 'hm', reasoning_details: [{ type: 'reasoning.summary', summary: 'hm' }] }),
      chunk({ content: 'a' }),
    ]);
    expect(frames).not.toContain('hm');
  });
});
