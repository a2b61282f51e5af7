import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import fc from '../../../test/support/fast-check.ts';
import { boundTokens, estimateTokens, TokenCounter } from './tokens.ts';

interface Sample {
  kind: string;
  /** Whether the rule's constants were fitted to it. */
  set: 'tuned' | 'held out';
  text: string;
  /** Its true count by OpenAI's o200k_base. */
  o200k: number;
}

const samples = JSON.parse(readFileSync(new URL('./token-samples.json', import.meta.url), 'utf8')) as Sample[];
const ordinary = samples.filter(({ kind }) => ['english', 'hindi', 'code', 'json'].includes(kind));

test('there are texts of each kind that the rule was not fitted to', () => {
  const kinds = new Set(ordinary.filter(({ set }) => set === 'held out').map(({ kind }) => kind));
  expect([...kinds].sort()).toEqual(['code', 'english', 'hindi', 'json']);
});

describe('an estimate is within a tenth of the true count', () => {
  test.each(ordinary.map((sample) => [`${sample.kind}, ${sample.set}: ${sample.text.slice(0, 20)}`, sample] as const))(
    '%s',
    (_name, { text, o200k }) => {
      expect(Math.abs(estimateTokens(text) / o200k - 1)).toBeLessThanOrEqual(0.1);
    },
  );
});

test.each(
  samples.filter((each) => !ordinary.includes(each)).map(({ kind, text, o200k }) => [kind, text, o200k] as const),
)('of %s it is within 30 %%', (_kind, text, o200k) => {
  expect(Math.abs(estimateTokens(text) / o200k - 1)).toBeLessThanOrEqual(0.3);
});

const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 200 }),
  fc.constantFrom(...samples.map((sample) => sample.text)),
);

test('cuts make no difference', () => {
  fc.assert(
    fc.property(text, fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1 }), (whole, sizes) => {
      const counter = new TokenCounter();
      for (let at = 0, n = 0; at < whole.length; n++) {
        const size = sizes[n % sizes.length] ?? 1;
        counter.add(whole.slice(at, at + size));
        at += size;
      }
      expect(Math.abs(counter.tokens - estimateTokens(whole))).toBeLessThanOrEqual(1);
    }),
  );
});

test('an estimate never exceeds the bound, and only nothing is nothing', () => {
  fc.assert(
    fc.property(text, (any) => {
      expect(estimateTokens(any)).toBeLessThanOrEqual(boundTokens(any));
    }),
  );
  expect(estimateTokens('')).toBe(0);
  expect(estimateTokens('a')).toBe(1);
});

test('a run costs the same for each stretch of it, however long it is', () => {
  expect(estimateTokens('7'.repeat(300))).toBe(100);
  expect(estimateTokens('न'.repeat(300))).toBe(Math.ceil(30 * 1.29));
  expect(estimateTokens('x'.repeat(1_010))).toBe(Math.ceil(0.95 + 3 * 0.16 + 1_000 * 0.5));
});
