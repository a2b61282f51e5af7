import { describe, expect, test } from '@jest/globals';
import { makeEndpoint, somePrice } from '../../../test/support/make-endpoint.ts';
import { type Endpoint, formatNames } from '../endpoints/endpoint.ts';
import { CharacterCounts } from '../money/character-counts.ts';
import {
  affordableOutputTokens,
  boundInputTokens,
  type Candidate,
  firstQuote,
  heldInputTokens,
  INSTRUCTION_TOKENS,
  isMetered,
  LAST_INPUT_TOKENS,
  MAX_IMAGE_TOKENS,
  outputLimit,
  PIECE_TOKENS,
  PREAMBLE_TOKENS,
  quoteCandidate,
  withLeastInput,
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

describe('the most that an input can be by its bytes', () => {
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

describe('what is held for an input', () => {
  const characters = new CharacterCounts();
  characters.add('hi');
  const short = { ...input, textBytes: 200, estimatedTokens: 5, pieces: 1, characters };

  test('of two letters is what the template and the letters can be, and no instructions that nobody needs', () => {
    expect(heldInputTokens(short, makeEndpoint({ tokenizer: 'o200k' }))).toBeLessThanOrEqual(20);
    expect(heldInputTokens(short, makeEndpoint({ tokenizer: 'unknown' }))).toBeLessThanOrEqual(30);
  });

  test.each(formatNames)('has instructions where tools or a schema bring them, by the format: %s', (format) => {
    const one = makeEndpoint({ format, tokenizer: 'o200k' });
    const more = heldInputTokens({ ...short, instructed: true }, one) - heldInputTokens(short, one);
    expect(more).toBe(INSTRUCTION_TOKENS[format]);
  });

  test('is never more than its bytes can be, and that alone where only its bytes are known', () => {
    const base64 = new CharacterCounts();
    base64.add('qX7zK9'.repeat(1_000));
    const long = { ...input, textBytes: 6_000, pieces: 1 };
    expect(heldInputTokens(long, endpoint)).toBe(boundInputTokens(long, endpoint));
    expect(heldInputTokens({ ...long, characters: base64 }, endpoint)).toBeLessThanOrEqual(
      boundInputTokens(long, endpoint),
    );
    expect(heldInputTokens({ ...short, opaque: true }, endpoint)).toBe(endpoint.contextLength);
  });
});

test('a stream is metered where its model cannot bill what nobody sees', () => {
  const metered = (visibleOutput: Endpoint['visibleOutput'], streams: boolean, reasons: boolean) =>
    isMetered(makeEndpoint({ visibleOutput }), streams, reasons);
  expect(metered(true, true, true)).toBe(true);
  expect(metered(true, false, false)).toBe(false);
  expect(metered('without_reasoning', true, false)).toBe(true);
  expect(metered('without_reasoning', true, true)).toBe(false);
  expect(metered(false, true, false)).toBe(false);
});

test('what only audio costs is not held where no audio can be', () => {
  const dear = { ...candidate(100), endpoint: makeEndpoint({ price: { ...endpoint.price, inputAudio: 3n * IN } }) };
  expect(quoteCandidate(dear)).toBe(3_000n * IN + 100n * OUT);
  expect(quoteCandidate({ ...dear, silent: true })).toBe(1_000n * IN + 100n * OUT);
  expect(firstQuote([{ ...dear, silent: true }], () => true, 64)).toBe(1_000n * IN + 64n * OUT);
  expect(affordableOutputTokens(1_000n * IN + 7n * OUT, [{ ...dear, silent: true }])).toBe(7);
});

test.each([
  ['some tokens less', 900, 1_000 - LAST_INPUT_TOKENS],
  ['what it likely has', 990, 990],
  ['what is held, which is never more than that', 1_200, 1_000],
])('the last money begins a request with an input of %s', (_what, likely, least) => {
  expect(withLeastInput(candidate(100), likely)).toEqual({ ...candidate(100), inputTokens: least });
});

test.each([
  [967, 968],
  [968, 1_000],
  [999, 1_000],
  [1_000, 968],
])(
  'the last money does not begin a request at the prices of a shorter one (dearer above %d)',
  (aboveInputTokens, least) => {
    const tiers = [{ ...somePrice, aboveInputTokens }];
    const tiered = { ...candidate(100), endpoint: makeEndpoint({ price: { ...somePrice, tiers } }) };
    expect(withLeastInput(tiered, 900).inputTokens).toBe(least);
  },
);

describe('what is held at first', () => {
  test('is what the dearest candidate can cost, wherever it stands', () => {
    const most = 1_000n * IN + 300n * OUT;
    expect(firstQuote([candidate(300), candidate(200)], () => false, 64)).toBe(most);
    expect(firstQuote([candidate(200), candidate(300)], () => false, 64)).toBe(most);
    expect(quoteCandidate(candidate(100, 3))).toBe(most);
  });

  test('is one slice of the output where that is paid for as it goes', () => {
    expect(firstQuote([candidate(50_000)], () => true, 64)).toBe(1_000n * IN + 64n * OUT);
    expect(firstQuote([candidate(10)], () => true, 64)).toBe(1_000n * IN + 10n * OUT);
  });
});

test('what could be paid for is the least of what each candidate would write for it, and nothing without its input', () => {
  const money = 1_000n * IN + 600n * OUT;
  expect(affordableOutputTokens(money, [candidate(5_000), candidate(5_000, 2)])).toBe(300);
  expect(affordableOutputTokens(1_000n * IN - 1n, [candidate(5_000)])).toBe(0);
});

describe('the output limit that an endpoint is sent', () => {
  test.each([
    [null, 64_000],
    [5, 16],
    [16, 16],
    [1_000, 1_000],
    [64_001, 64_000],
  ])('for %s is %i: what is asked, the least that it takes, or the most that it can', (requested, limit) =>
    expect(outputLimit(requested, makeEndpoint({ request: { minOutputTokens: 16 } }))).toBe(limit),
  );
});
