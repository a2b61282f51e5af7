import { type CharacterCounts, characterClasses } from './character-counts.ts';
import rates from './token-rates.json' with { type: 'json' };

/** Families of models by what they cut texts into. `unknown` is what no entry of the catalogue says anything about. */
export const tokenizerNames = [
  'o200k',
  'gpt-oss',
  'llama3',
  'tekken',
  'deepseek',
  'gemini',
  'claude',
  'claude-4.7',
  'unknown',
] as const;
export type TokenizerName = (typeof tokenizerNames)[number];

interface Tokenizer {
  /** Whose rates it has: those that were measured of one tokenizer, or of all of them. */
  rates: keyof typeof rates;
  /** On top of what was measured, where that was another one's; 1 where it was its own. Nobody has measured it. */
  factor: number;
  /** Tokens of the template: before the first message, and around each message, part, call or tool. */
  before: number;
  piece: number;
}

/**
 * What is known of each. OpenAI documents 3 tokens a message, 1 for a name and 3 for the answer's start; the templates of
 * Llama 3 (which tells the date), DeepSeek and Mistral are public; gpt-oss is told what it is and which channels it has.
 * Google's own client counts for Gemini 2 by Gemma 3's tokenizer. Claude's was public up to Claude 2; Anthropic says that the
 * one since Opus 4.7 makes up to 1.35 times as many tokens.
 */
const tokenizers: Readonly<Record<TokenizerName, Tokenizer>> = {
  o200k: { rates: 'o200k', factor: 1, before: 8, piece: 8 },
  'gpt-oss': { rates: 'o200k', factor: 1, before: 128, piece: 8 },
  llama3: { rates: 'llama3', factor: 1, before: 40, piece: 8 },
  tekken: { rates: 'tekken', factor: 1, before: 8, piece: 8 },
  deepseek: { rates: 'deepseek3', factor: 1, before: 8, piece: 8 },
  gemini: { rates: 'gemma3', factor: 1.2, before: 8, piece: 8 },
  claude: { rates: 'claude2', factor: 1.4, before: 8, piece: 16 },
  'claude-4.7': { rates: 'claude2', factor: 1.9, before: 8, piece: 16 },
  unknown: { rates: 'all', factor: 1.2, before: 8, piece: 16 },
};

/** Tokens that texts may have beyond the sum over their characters, however short they are. */
export const TEXT_SLACK = 2;

/** The most tokens that a family makes of texts; their UTF-8 bytes bound it besides. */
export function mostTokens({ counts }: Pick<CharacterCounts, 'counts'>, name: TokenizerName): number {
  const { rates: measured, factor } = tokenizers[name];
  const each = rates[measured];
  let sum = TEXT_SLACK;
  for (let at = 0; at < characterClasses.length; at++) sum += (counts[at] as number) * (each[at] as number);
  return Math.ceil(sum * factor);
}

/** The most tokens of a family's template around so many pieces, where no tools or schemas bring instructions. */
export function templateTokens(pieces: number, name: TokenizerName): number {
  const { before, piece } = tokenizers[name];
  return before + pieces * piece;
}
