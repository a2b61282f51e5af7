import { describe, expect, test } from '@jest/globals';
import fc from '../../../test/support/fast-check.ts';
import { makeEndpoint } from '../../../test/support/make-endpoint.ts';
import type { EmbeddingRules } from '../../core/endpoints/embedding-rules.ts';
import { MAX_REPLY_NUMBERS, splitInputs } from './split-inputs.ts';

const rules: EmbeddingRules = {
  shape: 'openai',
  maxInputs: 100,
  maxTokens: null,
  dimensions: 8,
  shorter: null,
  tokenIds: null,
  base64: false,
  tasks: true,
};
const at = (changes: Partial<EmbeddingRules>) => makeEndpoint({ embedding: { ...rules, ...changes } });
const inputsOf = (tokens: readonly number[]) =>
  tokens.map((mostTokens, place) => ({ text: `text ${place}`, ids: null, mostTokens }));

describe('inputs are split', () => {
  test('by their number', () => {
    const parts = splitInputs(inputsOf(Array(250).fill(1)), null, at({}));
    expect(parts.map(({ length }) => length)).toEqual([100, 100, 50]);
  });

  test('by the tokens that they can be, one that is too long going alone', () => {
    const parts = splitInputs(inputsOf([40, 60, 1, 200, 99, 1]), null, at({ maxTokens: 100 }));
    expect(parts.map((part) => part.map(({ mostTokens }) => mostTokens))).toEqual([[40, 60], [1], [200], [99, 1]]);
  });

  test('by how many ids there are, where they are taken as they are', () => {
    const ids = { text: 'a text', ids: [1, 2], mostTokens: 50 };
    expect(splitInputs([ids, ids], null, at({ maxTokens: 10, tokenIds: 'own' }))).toHaveLength(1);
    expect(splitInputs([ids, ids], null, at({ maxTokens: 10, tokenIds: 'cl100k_base' }))).toHaveLength(2);
  });

  test('so that a reply has no more numbers than can be read', () => {
    const parts = splitInputs(inputsOf(Array(1_000).fill(1)), 5_000, at({ maxInputs: 1_000 }));
    expect(parts[0]).toHaveLength(Math.floor(MAX_REPLY_NUMBERS / 5_000));
    expect(splitInputs(inputsOf(Array(1_000).fill(1)), 5_000, at({ maxInputs: 1_000, base64: true }))).toHaveLength(1);
  });

  test('into parts that are all of them in order, none empty or beyond a limit that it could keep', () => {
    const tokens = fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 200 });
    const limits = fc.record({
      maxInputs: fc.integer({ min: 1, max: 50 }),
      maxTokens: fc.option(fc.integer({ min: 1, max: 300 })),
    });
    fc.assert(
      fc.property(tokens, limits, (counts, { maxInputs, maxTokens }) => {
        const inputs = inputsOf(counts);
        const parts = splitInputs(inputs, null, at({ maxInputs, maxTokens }));
        expect(parts.flat()).toEqual(inputs);
        for (const part of parts) {
          expect(part.length).toBeGreaterThan(0);
          expect(part.length).toBeLessThanOrEqual(maxInputs);
          const sum = part.reduce((all, { mostTokens }) => all + mostTokens, 0);
          if (maxTokens !== null && part.length > 1) expect(sum).toBeLessThanOrEqual(maxTokens);
        }
      }),
    );
  });
});
