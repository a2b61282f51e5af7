import type { CharacterCounts } from './character-counts.ts';
import rates from './likely-rates.json' with { type: 'json' };
import { TEXT_SLACK, type TokenizerName, templateTokens } from './tokenizers.ts';

type Measured = keyof typeof rates;

/**
 * What texts are counted by: the rates of one tokenizer that was measured, or of all of them, whichever makes the most. `factor`:
 * where it is not the family's own, so many times that. Google's own client counts for Gemini 2 by Gemma 3's. Anthropic says that
 * the tokenizer since Opus 4.7 makes up to 1.35 times as many tokens as before; nobody has measured the others.
 */
const counters: Readonly<Record<TokenizerName, { by: readonly Measured[]; factor: number }>> = {
  o200k: { by: ['o200k'], factor: 1 },
  'gpt-oss': { by: ['o200k'], factor: 1 },
  llama3: { by: ['llama3'], factor: 1 },
  tekken: { by: ['tekken'], factor: 1 },
  deepseek: { by: ['deepseek3'], factor: 1 },
  gemini: { by: ['gemma3'], factor: 1.1 },
  claude: { by: ['claude2'], factor: 1.2 },
  'claude-4.7': { by: ['claude2'], factor: 1.6 },
  unknown: { by: ['o200k', 'llama3', 'tekken', 'deepseek3', 'gemma3', 'claude2'], factor: 1.1 },
};

export interface TokenCount {
  tokens: number;
  /** How far the count of texts was raised, since it is not by the family's own tokenizer; 1 where it is. */
  factor: number;
}

/**
 * How many tokens a family makes of ordinary texts and the template around so many pieces: hardly ever less than it does, for
 * whoever counts what is left of a context, and nearer to that than what is held (`mostTokens`).
 */
export function countTokens(
  { counts }: Pick<CharacterCounts, 'counts'>,
  pieces: number,
  name: TokenizerName,
): TokenCount {
  const { by, factor } = counters[name];
  const texts = by.map((measured) => {
    const each = rates[measured];
    return counts.reduce((sum, count, at) => sum + count * (each[at] as number), TEXT_SLACK);
  });
  return { tokens: Math.ceil(Math.max(...texts) * factor) + templateTokens(pieces, name), factor };
}
