import type { ChatRequest } from '../../../../formats/pivot/chat-request.ts';
import { countShared, longWords, rewritingWords, shortWords } from './task-words.ts';

/** Tokens of an answer of which nothing is known. */
const ORDINARY_TOKENS = 256;
const SHORT_TOKENS = 64;
/** For each word that asks for a long answer, as many as are counted. */
const LONG_WORD_TOKENS = 256;
const MAX_LONG_WORDS = 4;
/** What an answer that is all code, or all reasoning, has beyond that. */
const CODE_TOKENS = 768;
const REASONING_TOKENS = 768;
const MAX_REWRITTEN_TOKENS = 8_192;
const TOKENS_PER_WORD = 1.4;
const MAX_WORDS = 20_000;

/** What thinking adds: tokens that are billed as output. */
const thinkingTokens = { none: 0, minimal: 128, low: 512, medium: 2_048, high: 8_192, xhigh: 16_384, max: 16_384 };

/** What the length of an answer depends on. */
export interface AnswerSigns {
  /** Where the task is told, and its words. */
  task: string;
  words: ReadonlySet<string>;
  code: number;
  reasoning: number;
  inputTokens: number;
  /** Of each effort's thinking, which is said to be wanted. */
  effort: keyof typeof thinkingTokens;
}

/** The output tokens that one answer is expected to have, never more than the caller allows. At least 1. */
export function expectedOutput(chat: ChatRequest, signs: AnswerSigns): number {
  const limit = chat.max_completion_tokens ?? chat.max_tokens ?? Number.POSITIVE_INFINITY;
  const thinking = chat.reasoning?.max_tokens ?? thinkingTokens[signs.effort];
  return Math.max(1, Math.round(Math.min(limit, visibleTokens(chat, signs) + thinking)));
}

function visibleTokens(chat: ChatRequest, { task, words, code, reasoning, inputTokens }: AnswerSigns): number {
  const asked = /(\d{1,6})[ -]words?\b/i.exec(task);
  if (asked !== null) return Math.min(Number(asked[1]), MAX_WORDS) * TOKENS_PER_WORD;
  if (countShared(words, rewritingWords) > 0) return Math.min(inputTokens, MAX_REWRITTEN_TOKENS);
  if (countShared(words, shortWords) > 0) return SHORT_TOKENS;
  const long = Math.min(countShared(words, longWords), MAX_LONG_WORDS);
  const ordinary = ORDINARY_TOKENS + LONG_WORD_TOKENS * long + CODE_TOKENS * code + REASONING_TOKENS * reasoning;
  return ordinary * verbosityFactor(chat.verbosity);
}

function verbosityFactor(verbosity: ChatRequest['verbosity']): number {
  if (verbosity === 'low') return 0.5;
  return verbosity === 'high' ? 2 : 1;
}
