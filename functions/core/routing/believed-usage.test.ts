import { describe, expect, test } from '@jest/globals';
import { makeEndpoint } from '../../../test/support/make-endpoint.ts';
import { formatNames } from '../endpoints/endpoint.ts';
import { noUsage } from '../money/usage.ts';
import { BEYOND_LIMIT_TOKENS, believeUsage, isPlausible, usageBound } from './believed-usage.ts';

const input = { textBytes: 400, estimatedTokens: 90, pieces: 2, images: 0, opaque: false };
const bound = { input: 1_000, inputAudio: 300, output: 200 };
const uncut = { input: false, output: false };

describe('what can be true of a report', () => {
  test.each(formatNames)('is the output that was asked for, of each choice, and an end (%s)', (format) => {
    const candidate = { endpoint: makeEndpoint({ format }), inputTokens: 1, outputTokens: 100, choices: 3 };
    expect(usageBound(candidate, input).output).toBe(3 * (100 + BEYOND_LIMIT_TOKENS[format]));
  });

  test('is the bytes of the input, whatever was held for it; with images and files what those can be', () => {
    const candidate = { endpoint: makeEndpoint(), inputTokens: 1, outputTokens: 100, choices: 1 };
    expect(usageBound(candidate, input).input).toBe(400 + 2 * 16 + 1_024);
    expect(usageBound(candidate, { ...input, images: 1 }).input).toBe(400 + 2 * 16 + 1_024 + 50_000);
    expect(usageBound(candidate, { ...input, opaque: true }).input).toBe(candidate.endpoint.contextLength);
  });
});

describe('a report', () => {
  test('is as it was where it can be true', () => {
    const usage = { ...noUsage, input: 1_000, cacheRead: 400, output: 200, reasoning: 150 };
    expect(believeUsage(usage, bound)).toEqual({ usage, cut: uncut });
  });

  test.each([1e6, 1e9, 1e15, Number.MAX_SAFE_INTEGER])('of %d is cut to what can be true, its parts too', (absurd) => {
    const usage = { ...noUsage, input: absurd, cacheRead: 600, cacheWrite: absurd, output: absurd, reasoning: absurd };
    expect(believeUsage(usage, bound)).toEqual({
      usage: { ...noUsage, input: 1_000, cacheRead: 600, cacheWrite: 400, output: 200, reasoning: 200 },
      cut: { input: true, output: true },
    });
  });

  test('is cut on the one side that cannot be true', () => {
    const usage = { ...noUsage, input: 7, output: 201 };
    expect(believeUsage(usage, bound)).toEqual({
      usage: { ...usage, output: 200 },
      cut: { ...uncut, output: true },
    });
    expect(believeUsage({ ...usage, input: 1_001, output: 7 }, bound).usage).toMatchObject({ input: 1_000, output: 7 });
  });

  test('has no more audio than was sent', () => {
    const usage = { ...noUsage, input: 900, inputAudio: 301, output: 7 };
    expect(believeUsage(usage, bound)).toEqual({
      usage: { ...usage, inputAudio: 300 },
      cut: { ...uncut, input: true },
    });
    const candidate = { endpoint: makeEndpoint(), inputTokens: 1, outputTokens: 100, choices: 1 };
    expect(usageBound(candidate, input).inputAudio).toBe(0);
    expect(usageBound(candidate, { ...input, opaque: true }).inputAudio).toBe(candidate.endpoint.contextLength);
  });
});

test.each([
  [0, 0, true],
  [64, 0, true],
  [65, 0, false],
  [464, 100, true],
  [465, 100, false],
  [9, 100, true],
  [8, 100, false],
])('a count of %d beside our own of %d is plausible: %p', (reported, counted, plausible) =>
  expect(isPlausible(reported, counted)).toBe(plausible),
);
