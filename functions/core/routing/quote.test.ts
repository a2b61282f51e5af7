import { describe, expect, test } from '@jest/globals';
import { makeEndpoint, somePrice } from '../../../test/support/make-endpoint.ts';
import {
  affordableOutputTokens,
  boundInputTokens,
  type Candidate,
  firstQuote,
  MAX_IMAGE_TOKENS,
  METER_SLICE_TOKENS,
  PIECE_TOKENS,
  PREAMBLE_TOKENS,
  quoteCandidate,
} from './quote.ts';

const input = { textBytes: 400, estimatedTokens: 100, pieces: 3, images: 0, opaque: false };
const endpoint = makeEndpoint({ price: { ...somePrice, cacheWrite: 0n, cacheWrite1h: 0n } });
const { input: IN, output: OUT } = endpoint.price;
const candidate = (outputTokens: number, choices = 1): Candidate => ({
  endpoint,
  inputTokens: 1_000,
  outputTokens,
  choices,
});

describe('the most that an input can be', () => {
  test('is its bytes, and what a provider puts around its pieces and before them', () => {
    expect(boundInputTokens(input, endpoint)).toBe(400 + 3 * PIECE_TOKENS + PREAMBLE_TOKENS);
  });

  test('has for each image what the dearest one of its format can be', () => {
    const without = boundInputTokens(input, endpoint);
    expect(boundInputTokens({ ...input, images: 2 }, endpoint)).toBe(without + 2 * MAX_IMAGE_TOKENS.chat);
  });

  test('is all that the endpoint takes where it holds a file, and never more than that', () => {
    expect(boundInputTokens({ ...input, opaque: true }, endpoint)).toBe(endpoint.contextLength);
    expect(boundInputTokens({ ...input, textBytes: 10_000_000 }, endpoint)).toBe(endpoint.contextLength);
  });
});

describe('what is held at first', () => {
  test('is what the dearest candidate can cost, wherever it stands', () => {
    const most = 1_000n * IN + 300n * OUT;
    expect(firstQuote([candidate(300), candidate(200)], () => false)).toBe(most);
    expect(firstQuote([candidate(200), candidate(300)], () => false)).toBe(most);
    expect(quoteCandidate(candidate(100, 3))).toBe(most);
  });

  test('is one slice of the output where that is paid for as it goes', () => {
    expect(firstQuote([candidate(50_000)], () => true)).toBe(1_000n * IN + BigInt(METER_SLICE_TOKENS) * OUT);
    expect(firstQuote([candidate(10)], () => true)).toBe(1_000n * IN + 10n * OUT);
  });
});

test('what could be paid for is the least of what each candidate would write for it, and nothing without its input', () => {
  const money = 1_000n * IN + 600n * OUT;
  expect(affordableOutputTokens(money, [candidate(5_000), candidate(5_000, 2)])).toBe(300);
  expect(affordableOutputTokens(1_000n * IN - 1n, [candidate(5_000)])).toBe(0);
});
