import { describe, expect, test } from '@jest/globals';
import { noUsage } from '../../core/money/usage.ts';
import { toUsage } from './to-usage.ts';

const counted = { prompt_tokens: 100, completion_tokens: 20 };

describe('totals', () => {
  test('contain cached and reasoning tokens, which are not added again', () =>
    expect(
      toUsage({
        ...counted,
        total_tokens: 120,
        prompt_tokens_details: { cached_tokens: 60, cache_write_tokens: 30, audio_tokens: 5 },
        completion_tokens_details: { reasoning_tokens: 12 },
      }),
    ).toEqual({ ...noUsage, input: 100, cacheRead: 60, cacheWrite: 30, inputAudio: 5, output: 20, reasoning: 12 }));

  test('of xAI leave reasoning out, which their sum shows', () =>
    expect(
      toUsage({
        prompt_tokens: 12,
        completion_tokens: 2,
        total_tokens: 334,
        completion_tokens_details: { reasoning_tokens: 320 },
      }),
    ).toEqual({ ...noUsage, input: 12, output: 322, reasoning: 320 }));

  test('that are larger than their parts are billed', () =>
    expect(toUsage({ ...counted, total_tokens: 520 })).toEqual({ ...noUsage, input: 100, output: 420 }));

  test('of an adapter of Claude leave out what was cached, which their sum shows', () =>
    expect(
      toUsage({
        ...counted,
        total_tokens: 1_160,
        cache_read_input_tokens: 1_000,
        cache_creation_input_tokens: 40,
      }),
    ).toEqual({ ...noUsage, input: 1_140, cacheRead: 1_000, cacheWrite: 40, output: 20 }));

  test.each([119, 0, 'many', undefined])('that are no larger (%s) change nothing', (total_tokens) =>
    expect(toUsage({ ...counted, total_tokens, completion_tokens_details: { reasoning_tokens: 10 } })).toMatchObject({
      output: 20,
      reasoning: 10,
    }),
  );
});

describe('the counter of cached tokens', () => {
  const rules = { cached: 'prompt_cache_hit_tokens' };

  test('has the name that the endpoint gives it', () =>
    expect(
      toUsage({ ...counted, prompt_cache_hit_tokens: 64, prompt_tokens_details: { cached_tokens: 1 } }, rules),
    ).toMatchObject({ input: 100, cacheRead: 64 }));

  test('has its usual name where the other is absent', () =>
    expect(toUsage({ ...counted, prompt_tokens_details: { cached_tokens: 7 } }, rules)?.cacheRead).toBe(7));

  test.each([
    { cached_tokens: 64 },
    { prompt_cache_hit_tokens: 64 },
    { cache_read_input_tokens: 64 },
    { prompt_tokens_details: { cached_tokens: 0 }, cached_tokens: 64 },
    { prompt_tokens_details: { cache_read_input_tokens: 64 } },
  ])('is found without being named: %j', (counter) =>
    expect(toUsage({ ...counted, ...counter })).toMatchObject({ input: 100, cacheRead: 64 }),
  );

  test('never exceeds the input', () =>
    expect(toUsage({ ...counted, prompt_cache_hit_tokens: 1_000 }, rules)?.cacheRead).toBe(100));
});

test.each([
  undefined,
  null,
  '12',
  [],
  {},
  { prompt_tokens: null, completion_tokens: null },
  { prompt_tokens: -1, completion_tokens: 'x' },
  { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 },
  { prompt_tokens: 1.5, completion_tokens: Number.NaN },
])('%j is no report, so that nothing is billed as zero', (usage) => expect(toUsage(usage)).toBeNull());

test('details that are null count as zero', () =>
  expect(toUsage({ ...counted, prompt_tokens_details: null, completion_tokens_details: null })).toEqual({
    ...noUsage,
    input: 100,
    output: 20,
  }));
