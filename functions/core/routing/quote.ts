import type { Endpoint, FormatName } from '../endpoints/endpoint.ts';
import type { CharacterCounts } from '../money/character-counts.ts';
import { costUpperBound, type PicoUsd } from '../money/price.ts';
import { mostTokens, templateTokens } from '../money/tokenizers.ts';

/** What a request's input amounts to, measured once. */
export interface InputMeasure {
  /** UTF-8 bytes of all text, tool definitions included. */
  textBytes: number;
  /** Likely tokens of the same. */
  estimatedTokens: number;
  /** What the same is made of; absent where only its bytes are known. */
  characters?: Pick<CharacterCounts, 'counts'>;
  /** Whether tools or a schema come with it, for which providers put instructions of their own before it. */
  instructed?: boolean;
  /** Whether it asks that parts of it are cached; absent where that is not known. */
  cacheMarked?: boolean;
  /** Messages, parts and tools: each may cost a few tokens of the provider's own template. */
  pieces: number;
  images: number;
  /** How often a provider reads all of it, where it also makes a summary of it; absent for once. */
  passes?: number;
  /** Of inputs that are each read by itself, with a context of its own: how many, and the likely tokens of the longest. */
  apart?: { count: number; longest: number };
  /** Files, audio, video: nothing about their tokens is known but that the context must hold them. */
  opaque: boolean;
}

/** Tokens of a provider's template around one message, part or tool, generously. */
export const PIECE_TOKENS = 16;
/** Tokens of what a provider puts before the first message, at most. */
export const PREAMBLE_TOKENS = 1_024;
/**
 * Tokens of the instructions that tools or a schema bring, by format and generously, since few say it: Anthropic's were 159 to
 * 530 with Claude 3 by its documentation; templates of open models have some hundred.
 */
export const INSTRUCTION_TOKENS: Readonly<Record<FormatName, number>> = {
  chat: 1_024,
  responses: 512,
  messages: 1_024,
  gemini: 512,
  converse: 1_024,
};

/**
 * The most tokens that one image can be, from the providers' rules: OpenAI's dearest model counts 2,833 and 5,667 for
 * each of at most 8 tiles; Claude stops below 5,000; Gemini counts 258 for each tile and at most 2,240 by resolution.
 */
export const MAX_IMAGE_TOKENS: Readonly<Record<FormatName, number>> = {
  chat: 50_000,
  responses: 50_000,
  messages: 5_000,
  gemini: 10_000,
  converse: 5_000,
};

/** A number of input tokens that the endpoint cannot bill more than: it refuses what its context does not hold. */
export function boundInputTokens(input: InputMeasure, endpoint: Endpoint): number {
  const { passes = 1 } = input;
  const most = endpoint.contextLength * (input.apart?.count ?? 1);
  if (input.opaque) return most * passes;
  const bound =
    input.textBytes + input.pieces * PIECE_TOKENS + PREAMBLE_TOKENS + input.images * MAX_IMAGE_TOKENS[endpoint.format];
  return Math.min(bound, most) * passes;
}

/**
 * The most input tokens that an endpoint makes of a request, as far as tokenizers were measured: what is held for it. By
 * bytes alone where nothing else is known of the text.
 */
export function heldInputTokens(input: InputMeasure, endpoint: Endpoint): number {
  const outermost = boundInputTokens(input, endpoint);
  if (input.opaque || input.characters === undefined) return outermost;
  const { format, tokenizer } = endpoint;
  const text = mostTokens(input.characters, tokenizer) + templateTokens(input.pieces, tokenizer);
  const instructions = input.instructed === true ? INSTRUCTION_TOKENS[format] : 0;
  const once = text + instructions + input.images * MAX_IMAGE_TOKENS[format];
  return Math.min(outermost, once * (input.passes ?? 1));
}

/** The output limit sent to an endpoint: what the caller asked for, or the least that it takes; else all that the model can. */
export function outputLimit(requested: number | null, { maxOutputTokens, request }: Endpoint): number {
  return Math.min(Math.max(requested ?? maxOutputTokens, request.minOutputTokens), maxOutputTokens);
}

/** One way to serve a request, with the tokens that bound it. `choices` answers are wanted (`n`). */
export interface Candidate {
  endpoint: Endpoint;
  inputTokens: number;
  /** Whether nothing of the input can be audio, which some bill dearer. */
  silent?: boolean;
  /** Whether nothing of the input can be written to a cache, for which some bill more. */
  uncached?: boolean;
  /** For each choice. */
  outputTokens: number;
  choices: number;
}

/** The most that a candidate can cost, in 10⁻¹² USD. */
export function quoteCandidate(candidate: Candidate): PicoUsd {
  return quoteOutput(candidate, candidate.outputTokens * candidate.choices);
}

/** The most that a candidate can cost with so many output tokens in all. */
export function quoteOutput({ endpoint, inputTokens, silent, uncached }: Candidate, outputTokens: number): PicoUsd {
  return costUpperBound(inputTokens, outputTokens, endpoint.price, { silent, uncached });
}

/** Output tokens of a metered stream that are held from the start, and then each time that it needs more. */
export const METER_SLICE_TOKENS = 2_048;
/** Where there is less money than for that, it begins with what there is, down to this. */
export const LEAST_SLICE_TOKENS = 64;
/**
 * Input tokens that may be missing from the hold of a request that takes the last of a balance or a cap, down to what it is
 * likely to have: its bound is further from the truth than what is left of small money. Should they be used, they are ours.
 */
export const LAST_INPUT_TOKENS = 32;

/** The same candidate with the least input that it may begin with, at the same prices, where a request likely has so many tokens. */
export function withLeastInput(candidate: Candidate, likelyTokens: number): Candidate {
  const { inputTokens, endpoint } = candidate;
  const least = Math.min(inputTokens, Math.max(likelyTokens, inputTokens - LAST_INPUT_TOKENS));
  const isCheaper = endpoint.price.tiers.some(({ aboveInputTokens: at }) => least <= at && at < inputTokens);
  return isCheaper ? candidate : { ...candidate, inputTokens: least };
}

/**
 * Whether an endpoint's answer can be paid for as it goes: it streams, and every output token that it bills can be seen.
 * `reasons`: whether the request asks the model to think.
 */
export function isMetered({ visibleOutput }: Endpoint, streams: boolean, reasons: boolean): boolean {
  return streams && (visibleOutput === 'without_reasoning' ? !reasons : visibleOutput);
}

/**
 * What has to be held before anything is sent: of a metered stream its input and its first slice, of so many tokens; of all
 * else the whole.
 */
export function firstQuote(
  candidates: readonly Candidate[],
  meters: (candidate: Candidate) => boolean,
  sliceTokens: number,
): PicoUsd {
  let most = 0n;
  for (const candidate of candidates) {
    const output = candidate.outputTokens * candidate.choices;
    const cost = quoteOutput(candidate, meters(candidate) ? Math.min(output, sliceTokens) : output);
    if (cost > most) most = cost;
  }
  return most;
}

/** The largest output limit that `picoUsd` pays for at every candidate; 0 where not even the input is paid for. */
export function affordableOutputTokens(picoUsd: PicoUsd, candidates: readonly Candidate[]): number {
  let least = Number.MAX_SAFE_INTEGER;
  for (const candidate of candidates) {
    const input = quoteOutput(candidate, 0);
    const perToken = quoteOutput(candidate, candidate.choices) - input;
    if (picoUsd < input) return 0;
    if (perToken > 0n) least = Math.min(least, Number((picoUsd - input) / perToken));
  }
  return least;
}
