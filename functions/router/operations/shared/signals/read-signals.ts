import type { InputMeasure } from '../../../../core/routing/quote.ts';
import type { Contributor, Signals } from '../../../../core/routing/signals.ts';
import type { ChatRequest } from '../../../../formats/pivot/chat-request.ts';
import { effortName, wantedReasoning } from '../../../../formats/shared/reasoning.ts';
import { takeExcerpt } from './excerpt.ts';
import { expectedOutput } from './expected-output.ts';
import { readCode } from './read-code.ts';
import { readScripts } from './scripts.ts';
import { codeWords, countShared, reasoningWords, stepWords, wordsOf } from './task-words.ts';

/** What makes a request hard, and the most that each can add to its difficulty. Together they are more than 1. */
export const mostDifficulty = {
  /** Input tokens, by the doublings over 512. */
  length: 0.25,
  code: 0.3,
  /** Mathematics and logic. */
  reasoning: 0.4,
  /** Several things to do: words and the items of lists. */
  steps: 0.2,
  tools: 0.2,
  /** An answer that has to fit a form. */
  format: 0.1,
  /** The reasoning effort that is asked for. */
  effort: 0.5,
  /** A long conversation. */
  turns: 0.1,
  /** Pictures, sound, files. */
  media: 0.1,
} as const satisfies Record<Contributor, number>;

type Effort = NonNullable<ChatRequest['reasoning_effort']>;

const effortDifficulty: Readonly<Record<Effort, number>> = {
  none: 0,
  minimal: 0,
  low: 0.05,
  medium: 0.15,
  high: 0.35,
  xhigh: 0.45,
  max: 0.5,
};
/** Output limit that a budget is taken to be a part of, where an effort is made from it. */
const BUDGETED_TOKENS = 16_384;
/** The length that adds nothing, and its doublings up to the longest contexts. */
const EASY_TOKENS = 512;
const LENGTH_DOUBLINGS = 11;
/** This many words of code or of reasoning make a request all about it. */
const MANY_WORDS = 3;
const STEP_DIFFICULTY = 0.04;
const TURN_DIFFICULTY = 0.01;
const EASY_TURNS = 4;
const FEW_TOOLS_DIFFICULTY = 0.15;
const MANY_TOOLS = 8;

/**
 * Reads what `model: "auto"` goes by off a request. Pure and quick: beyond the figures of the whole it looks at
 * `EXCERPT_CHARACTERS` of it, and for words only where the task is told.
 */
export function readSignals(chat: ChatRequest, input: InputMeasure): Signals {
  const { text, task } = takeExcerpt(chat);
  const words = wordsOf(task);
  const effort = effortOf(chat);
  const { script, nonLatin } = readScripts(text);
  const code = Math.max(readCode(text), share(countShared(words, codeWords)));
  const symbols = /[∫∑∏√∀∃∂∇≤≥≠∞]/.test(task) ? 1 : 0;
  const reasoning = share(countShared(words, reasoningWords) + symbols);
  const contributions = roundAll({
    length: mostDifficulty.length * between(Math.log2(input.estimatedTokens / EASY_TOKENS) / LENGTH_DOUBLINGS),
    code: mostDifficulty.code * code,
    reasoning: mostDifficulty.reasoning * reasoning,
    steps: Math.min(mostDifficulty.steps, STEP_DIFFICULTY * (countShared(words, stepWords) + countItems(task))),
    tools: toolsDifficulty(chat),
    format: formatDifficulty(chat),
    effort: effortDifficulty[effort],
    turns: between(TURN_DIFFICULTY * (chat.messages.length - EASY_TURNS), mostDifficulty.turns),
    media: input.images > 0 || input.opaque ? mostDifficulty.media : 0,
  });
  const sum = Object.values(contributions).reduce((total, each) => total + each, 0);
  return {
    inputTokens: input.estimatedTokens,
    outputTokens: expectedOutput(chat, { task, words, code, reasoning, inputTokens: input.estimatedTokens, effort }),
    script,
    nonLatin: toThousandths(nonLatin),
    shares: {
      code: toThousandths(code),
      reasoning: toThousandths(Math.max(reasoning, between(effortDifficulty[effort] / effortDifficulty.high))),
      // Names, formulas and code are Latin in any language.
      multilingual: toThousandths(between(2 * nonLatin)),
    },
    difficulty: toThousandths(between(sum)),
    contributions,
  };
}

function effortOf(chat: ChatRequest): Effort {
  const wanted = wantedReasoning(chat);
  return wanted?.on === true ? effortName(wanted, BUDGETED_TOKENS) : 'none';
}

function toolsDifficulty({ tools, tool_choice }: ChatRequest): number {
  if (!tools?.length || tool_choice === 'none') return 0;
  return tools.length < MANY_TOOLS ? FEW_TOOLS_DIFFICULTY : mostDifficulty.tools;
}

function formatDifficulty({ response_format }: ChatRequest): number {
  if (response_format?.type === 'json_schema') return mostDifficulty.format;
  return response_format?.type === 'json_object' ? mostDifficulty.format / 2 : 0;
}

/** Lines that begin like the items of a list. */
function countItems(task: string): number {
  return task.match(/^[ \t]{0,8}(?:\d{1,3}[.)]|[-*•])[ \t]/gm)?.length ?? 0;
}

function share(words: number): number {
  return between(words / MANY_WORDS);
}

function between(value: number, most = 1): number {
  return Math.min(most, Math.max(0, value));
}

function roundAll<Name extends string>(values: Readonly<Record<Name, number>>): Record<Name, number> {
  const entries = Object.entries<number>(values).map(([name, value]) => [name, toThousandths(value)]);
  return Object.fromEntries(entries) as Record<Name, number>;
}

function toThousandths(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
