import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { CharacterCounts } from './character-counts.ts';
import { countTokens } from './counted-tokens.ts';
import { mostTokens, type TokenizerName, templateTokens } from './tokenizers.ts';

interface Sample {
  kind: string;
  ordinary: boolean;
  tokens: Record<string, number>;
  text: string;
}

/** Measured by `test/measure/fit-rates.ts`, with every tokenizer that can be had. */
const table = new URL('../../../test/measure/measured-tokens.json', import.meta.url);
const { samples } = JSON.parse(readFileSync(table, 'utf8')) as { samples: Sample[] };
const ordinary = samples.filter((sample) => sample.ordinary);
const kinds = [...Map.groupBy(ordinary, ({ kind }) => kind)];

const measured = { o200k: 'o200k', 'gpt-oss': 'o200k', llama3: 'llama3', tekken: 'tekken', deepseek: 'deepseek3' };
const related = { gemini: 'gemma3', claude: 'claude2', 'claude-4.7': 'claude2' };
const families = Object.entries({ ...measured, ...related }) as [TokenizerName, string][];

function countsOf(text: string): CharacterCounts {
  const characters = new CharacterCounts();
  characters.add(text);
  return characters;
}
/** Of the text alone. */
const counted = (text: string, family: TokenizerName) =>
  countTokens(countsOf(text), 0, family).tokens - templateTokens(0, family);

describe.each(families)('what is counted for %s', (family, tokenizer) => {
  test.each(kinds)('is never more than 3 %% below what it makes of %s', (_kind, some) => {
    for (const { text, tokens } of some) {
      expect(counted(text, family)).toBeGreaterThanOrEqual((tokens[tokenizer] ?? Number.NaN) * 0.97);
    }
  });

  test('is never more than what is held', () => {
    for (const { text } of samples) {
      expect(counted(text, family)).toBeLessThanOrEqual(Math.ceil(mostTokens(countsOf(text), family) * 1.01));
    }
  });
});

describe.each(Object.entries(measured))('what is counted for %s', (family, tokenizer) => {
  test.each(['english', 'code'])('is near the truth of %s', (kind) => {
    const some = ordinary.filter((sample) => sample.kind === kind);
    const sum = some.reduce((all, { text }) => all + counted(text, family as TokenizerName), 0);
    const truth = some.reduce((all, { tokens }) => all + (tokens[tokenizer] ?? 0), 0);
    expect(sum / truth).toBeLessThanOrEqual(1.45);
  });
});

test.each(kinds)('where nothing is known of the model, %s is counted by whichever makes the most', (_kind, some) => {
  for (const { text, tokens } of some) {
    const most = Math.max(
      ...['o200k', 'llama3', 'tekken', 'deepseek3', 'gemma3', 'claude2'].map((one) => tokens[one] ?? 0),
    );
    expect(counted(text, 'unknown')).toBeGreaterThanOrEqual(most * 0.97);
  }
});

test('a factor says that the count is not by the model’s own tokenizer', () => {
  expect(countTokens(countsOf('text'), 1, 'o200k').factor).toBe(1);
  for (const family of ['gemini', 'claude', 'claude-4.7', 'unknown'] as const) {
    expect(countTokens(countsOf('text'), 1, family).factor).toBeGreaterThan(1);
  }
});
