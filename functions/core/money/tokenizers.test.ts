import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import fc from '../../../test/support/fast-check.ts';
import { CharacterCounts } from './character-counts.ts';
import { mostTokens, type TokenizerName } from './tokenizers.ts';

interface Sample {
  kind: string;
  /** Whether it is what people send, or made to be as bad as it can be. */
  ordinary: boolean;
  /** True counts, by tokenizer. */
  tokens: Record<string, number>;
  text: string;
}

/** Measured by `test/measure/fit-rates.ts`, with every tokenizer that can be had. */
const table = new URL('../../../test/measure/measured-tokens.json', import.meta.url);
const { samples } = JSON.parse(readFileSync(table, 'utf8')) as { samples: Sample[] };
const kinds = [...Map.groupBy(samples, ({ kind }) => kind)];

/** Families whose tokenizer was measured, by its name in the table. */
const measured = { o200k: 'o200k', llama3: 'llama3', tekken: 'tekken', deepseek: 'deepseek3' } as const;
/** Families whose tokenizer is not public have more than what was measured of their kin. */
const related = { gemini: 'gemma3', claude: 'claude2', 'claude-4.7': 'claude2' } as const;
const families = Object.entries({ ...measured, ...related }) as [TokenizerName, string][];

function countsOf(text: string): CharacterCounts {
  const characters = new CharacterCounts();
  characters.add(text);
  return characters;
}

test('twelve scripts were measured, and code, base64, emoji, white space and digits', () => {
  const names = kinds.map(([kind]) => kind);
  const scripts = ['english', 'german', 'russian', 'greek', 'arabic', 'hebrew', 'hindi', 'bengali', 'thai'];
  const others = ['chinese', 'japanese', 'korean', 'code', 'base64', 'emoji', 'whitespace', 'digits'];
  for (const kind of [...scripts, ...others]) expect(names).toContain(kind);
});

describe.each(families)('what %s can make of a text', (family, tokenizer) => {
  test.each(kinds)('is never less than it does, of %s', (_kind, some) => {
    for (const { text, tokens } of some) {
      expect(mostTokens(countsOf(text), family)).toBeGreaterThanOrEqual(tokens[tokenizer] ?? Number.NaN);
    }
  });
});

describe.each(Object.entries(measured))('what %s can make of a text', (family, tokenizer) => {
  test.each(['english', 'code'])('is at most 1.6 times what it does, of all that was measured of %s', (kind) => {
    const some = samples.filter((sample) => sample.kind === kind);
    const most = some.reduce((sum, { text }) => sum + mostTokens(countsOf(text), family as TokenizerName), 0);
    const truth = some.reduce((sum, { tokens }) => sum + (tokens[tokenizer] ?? 0), 0);
    expect(most / truth).toBeLessThanOrEqual(1.6);
  });
});

test.each(kinds)('what nothing is known of can make of %s is never less than any tokenizer does', (_kind, some) => {
  for (const { text, tokens } of some) {
    expect(mostTokens(countsOf(text), 'unknown')).toBeGreaterThanOrEqual(Math.max(...Object.values(tokens)));
  }
});

describe('characters', () => {
  const texts = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 200 }),
    fc.constantFrom(...samples.map(({ text }) => text)),
  );

  test('are the same in pieces, cut anywhere, and in copies', () => {
    fc.assert(
      fc.property(texts, fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1 }), (text, sizes) => {
        let pieces = new CharacterCounts();
        for (let at = 0, nth = 0; at < text.length; nth++) {
          const size = sizes[nth % sizes.length] ?? 1;
          pieces.add(text.slice(at, at + size));
          const next = new CharacterCounts();
          next.become(pieces);
          pieces = next;
          at += size;
        }
        expect(pieces.counts).toEqual(countsOf(text).counts);
      }),
    );
  });

  test('of a long text, halves that are alone included, are those of its characters one by one', () => {
    const text = `${samples.map((sample) => sample.text).join('\n')}\ud83d😀\udc00${'x'.repeat(20)}`;
    const long = text.repeat(Math.ceil(20_000 / text.length));
    const single = new CharacterCounts();
    for (let at = 0; at < long.length; at++) single.add(long.charAt(at));
    expect(countsOf(long).counts).toEqual(single.counts);
  });

  test('of two texts are those of both, each by itself', () => {
    const both = countsOf('half a wo');
    both.end();
    both.add('rd');
    const [one, other] = [countsOf('half a wo').counts, countsOf('rd').counts];
    expect(both.counts).toEqual(one.map((count, at) => count + (other[at] ?? 0)));
    expect(both.counts).not.toEqual(countsOf('half a word').counts);
  });

  test('are each of a class: as many as the text has', () => {
    fc.assert(
      fc.property(texts, (text) => {
        expect(countsOf(text).counts.reduce((sum, count) => sum + count, 0)).toBe(text.length);
      }),
    );
  });
});
