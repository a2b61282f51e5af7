import type { RateScope } from '../../core/rate-limits/rate-scope.ts';
import type { AnswerLengths } from '../../core/routing/answer-lengths.ts';
import type { Candidate, InputMeasure } from '../../core/routing/quote.ts';
import type { Key } from '../access/key-cache.ts';

/** Whose rates a request counts against. */
export function rateScopes(key: Key): RateScope[] {
  return [
    { id: `key|${key.id}`, limits: key.rates },
    { id: `owner|${key.ownerId}`, limits: key.ownerRates },
  ];
}

/**
 * The tokens that a request is likely to take, for its rate: the input as estimated, and an answer as long as those that the
 * model gave lately, at most as long as it was asked for. Where a limit of tokens a minute is smaller than that, all of it: what
 * alone is more than the limit could never go. Only an input that is more than the limit is.
 */
export function likelyTokens(
  candidates: readonly Candidate[],
  key: Key,
  { estimatedTokens }: InputMeasure,
  answers: Pick<AnswerLengths, 'expected'>,
): number {
  const tpm = Math.min(key.rates.tpm ?? Number.POSITIVE_INFINITY, key.ownerRates.tpm ?? Number.POSITIVE_INFINITY);
  const outputs = candidates.map(
    ({ endpoint, outputTokens, choices }) => Math.min(outputTokens, answers.expected(endpoint.modelId)) * choices,
  );
  const likely = estimatedTokens + Math.max(...outputs);
  return estimatedTokens <= tpm ? Math.min(likely, tpm) : likely;
}
