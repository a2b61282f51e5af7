import { describe, expect, test } from '@jest/globals';
import { noUsage } from '../../core/money/usage.ts';
import type { ChatChunk } from '../pivot/chat-completion.ts';
import { ChatFrames } from './encode-stream.ts';

const head = { id: 'req_1', created: 7, model: 'acme/large', provider: 'acme' };
const newFrames = ({ showReasoning = true, usageFrame = false } = {}) =>
  new ChatFrames({ ...head, auto: false, fingerprint: 'fp_ours' }, { showReasoning, usageFrame });
const cost = {
  usage: { ...noUsage, input: 10, cacheRead: 4, cacheWrite: 1, cacheWrite1h: 2, output: 5, reasoning: 3 },
  usd: '0.000042',
  mesh: { settled: true },
};
const chunk = (delta: object, index = 0, more: object = {}): ChatChunk => ({
  choices: [{ index, delta, finish_reason: null }],
  ...more,
});
const finish = (index = 0, delta: object = {}): ChatChunk => ({ choices: [{ index, delta, finish_reason: 'stop' }] });
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
      expect(frame).toMatchObject({ ...head, object: 'chat.completion.chunk', system_fingerprint: 'fp_ours' });
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

  test('say neither cost nor mesh of an upstream’s own: these are ours', () => {
    const frames = newFrames();
    const [frame] = parse(frames.encode([chunk({ content: 'a' }, 0, { cost: 99, mesh: { x: 1 } })]));
    expect(frame).not.toHaveProperty('cost');
    expect(frame).not.toHaveProperty('mesh');
  });

  test('say what each chunk relays, and nothing that only one before it did', () => {
    const frames = newFrames();
    const relayed = [{ a: 1 }, { a: 1 }, { a: 2 }, { b: 2 }, {}, { a: 1, id: 'x' }, { a: 1, id: 'y' }];
    const parsed = relayed.flatMap((more) => parse(frames.encode([chunk({ content: 'a' }, 0, more)])));
    expect(parsed.map(({ a, b, id }) => [a, b, id])).toEqual(
      [[1], [1], [2], [undefined, 2], [], [1], [1]].map(([a, b]) => [a, b, head.id]),
    );
  });

  test('say the upstream’s fingerprint where it is one, and from then on', () => {
    const frames = newFrames();
    const said = [{}, { system_fingerprint: null }, { system_fingerprint: 'fp_theirs' }, {}];
    const parsed = said.flatMap((more) => parse(frames.encode([chunk({ content: 'a' }, 0, more)])));
    parsed.push(...parse(frames.encodeEnd([], cost, false)));
    expect(parsed.map(({ system_fingerprint }) => system_fingerprint)).toEqual([
      'fp_ours',
      'fp_ours',
      'fp_theirs',
      'fp_theirs',
      'fp_theirs',
    ]);
  });

  const bill = {
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
  };
  const billed = (frames: string) =>
    parse(frames).map(({ choices, usage, cost, mesh }) => ({ choices, usage, cost, mesh }));
  const unbilled = { usage: undefined, cost: undefined, mesh: undefined };

  test('say usage and cost with the last finish, and nowhere before (litellm#28735)', () => {
    const frames = newFrames();
    expect(frames.encode([{ choices: [], usage: noUsage }])).toBe('');
    expect(frames.encode([{ ...chunk({ content: 'a' }), usage: noUsage }])).not.toContain('usage');
    frames.encode([chunk({ content: 'b' }, 1)]);
    const held = [finish(1), finish(), { choices: [], usage: noUsage }];
    expect(billed(frames.encodeEnd(held, cost, false))).toEqual([
      { ...finish(1), ...unbilled },
      { ...finish(), ...bill },
    ]);
  });

  test('say them with the finish also where something follows it', () => {
    const frames = newFrames();
    frames.encode([chunk({ content: 'a' })]);
    expect(billed(frames.encodeEnd([finish(), chunk({ content: 'b' })], cost, false))).toEqual([
      { ...finish(), ...bill },
      { ...chunk({ content: 'b' }), ...unbilled },
    ]);
  });

  test('say them with a choice that says nothing, where no finish is left', () => {
    const frames = newFrames();
    frames.encode([chunk({ content: 'a' }), finish()]);
    expect(billed(frames.encodeEnd([], cost, false))).toEqual([{ ...chunk({}), ...bill }]);
  });

  test('say them in a frame without choices to whoever asked for that, and only there', () => {
    const frames = newFrames({ usageFrame: true });
    frames.encode([chunk({ content: 'a' })]);
    expect(billed(frames.encodeEnd([finish()], cost, false))).toEqual([
      { ...finish(), ...unbilled },
      { choices: [], ...bill },
    ]);
  });

  test('end every choice that is open where the money ended, and the first where none has begun', () => {
    const ends = (frames: ChatFrames, held: ChatChunk[] = []) => billed(frames.encodeEnd(held, cost, true));
    const cut = (index: number, delta = {}) => ({ index, delta, finish_reason: 'length' });
    const frames = newFrames();
    frames.encode([chunk({ content: 'a' }), chunk({ content: 'b' }, 1), chunk({ content: 'c' }, 2)]);
    expect(ends(frames, [finish(1)])).toEqual([
      { ...finish(1), ...unbilled },
      { choices: [cut(0), cut(2)], ...bill },
    ]);
    expect(ends(newFrames())).toEqual([{ choices: [cut(0, { role: 'assistant' })], ...bill }]);
  });

  test('end no choice twice where the money ended after it', () => {
    const frames = newFrames();
    frames.encode([chunk({ content: 'a' })]);
    expect(billed(frames.encodeEnd([finish()], cost, true))).toEqual([{ ...finish(), ...bill }]);
  });

  test('say reasoning under both of its names', () => {
    const frames = newFrames();
    const detail = { type: 'reasoning.text' as const, text: 'hm' };
    const thoughts = [chunk({ reasoning: 'hm', reasoning_details: [detail] }), chunk({ reasoning: 'so' })];
    const deltas = parse(frames.encode(thoughts)).map(({ choices }) => choices[0].delta);
    expect(deltas).toMatchObject([
      { reasoning: 'hm', reasoning_content: 'hm' },
      { reasoning: 'so', reasoning_content: 'so' },
    ]);
  });

  test('leave the reasoning out where the caller excluded it', () => {
    const frames = newFrames({ showReasoning: false }).encode([
      chunk({ reasoning: 'hm', reasoning_details: [{ type: 'reasoning.summary', summary: 'hm' }] }),
      chunk({ content: 'a' }),
    ]);
    expect(frames).not.toContain('hm');
  });
});
