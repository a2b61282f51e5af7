import type { FormatName } from '../endpoints/endpoint.ts';
import { type Usage, withinTotals } from '../money/usage.ts';
import { boundInputTokens, type Candidate, type InputMeasure } from './quote.ts';

/** By what a charge was made: the provider's report, our own count, or a report that was cut to what can be true. */
export const billingBases = ['exact', 'estimated', 'capped'] as const;
export type BillingBasis = (typeof billingBases)[number];

/**
 * Output tokens of one choice that a provider may bill beyond the limit that it was sent. None of them documents any: thoughts
 * count within the limit with all of them, with Gemini too (https://github.com/googleapis/python-genai/issues/2062, measured
 * there: thoughts and answer together end at `maxOutputTokens`). What stands here is for the marks at an answer's end.
 */
export const BEYOND_LIMIT_TOKENS: Readonly<Record<FormatName, number>> = {
  chat: 16,
  responses: 16,
  messages: 16,
  gemini: 16,
  converse: 16,
};

/** A count of a doubted endpoint is plausible up to so many times our own, or as small a part of it. */
const PLAUSIBLE_FACTOR = 4;
/** Tokens that it may be off in any case: templates, marks, and counts too small to compare. */
const PLAUSIBLE_SLACK = 64;

/** What an answer can have taken at most. Tokens. */
export interface UsageBound {
  input: number;
  /** Of the input. */
  inputAudio: number;
  output: number;
}

/**
 * The most that an endpoint can truthfully report of a request: the bytes of its input, no audio where none was sent, and the
 * output that was asked for.
 */
export function usageBound({ endpoint, outputTokens, choices }: Candidate, input: InputMeasure): UsageBound {
  const most = boundInputTokens(input, endpoint);
  return {
    input: most,
    inputAudio: input.opaque ? most : 0,
    output: (outputTokens + BEYOND_LIMIT_TOKENS[endpoint.format]) * choices,
  };
}

/** A report, cut to what can be true of it; which of its sides had to be. */
export function believeUsage(
  report: Usage,
  bound: UsageBound,
): { usage: Usage; cut: { input: boolean; output: boolean } } {
  const input = Math.min(report.input, bound.input);
  const inputAudio = Math.min(report.inputAudio, bound.inputAudio);
  const output = Math.min(report.output, bound.output);
  return {
    usage: withinTotals({ ...report, input, inputAudio, output }),
    cut: { input: input < report.input || inputAudio < report.inputAudio, output: output < report.output },
  };
}

/** Whether a count of an endpoint whose reports are doubted is near enough to our own. */
export function isPlausible(reported: number, counted: number): boolean {
  return (
    reported <= counted * PLAUSIBLE_FACTOR + PLAUSIBLE_SLACK && counted <= reported * PLAUSIBLE_FACTOR + PLAUSIBLE_SLACK
  );
}
