import type { RateScope } from '../../core/rate-limits/rate-scope.ts';
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
 * The tokens that a request may come to, for its rate: the input as counted, and the longest answer. Where a limit of tokens
 * a minute is smaller than that, the answer is limited to what is left of it beside the input.
 */
export function limitByTokens(
  candidates: readonly Candidate[],
  key: Key,
  { estimatedTokens }: InputMeasure,
): { candidates: readonly Candidate[]; tokens: number } {
  const tpm = Math.min(key.rates.tpm ?? Number.POSITIVE_INFINITY, key.ownerRates.tpm ?? Number.POSITIVE_INFINITY);
  const outputOf = ({ outputTokens, choices }: Candidate) => outputTokens * choices;
  const most = estimatedTokens + Math.max(...candidates.map(outputOf));
  if (most <= tpm) return { candidates, tokens: most };
  const left = tpm - estimatedTokens;
  // The input alone is too much: refused by the limit itself.
  if (left < 1) return { candidates, tokens: estimatedTokens + 1 };
  return {
    candidates: candidates.map((candidate) => ({
      ...candidate,
      outputTokens: Math.min(candidate.outputTokens, Math.max(1, Math.floor(left / candidate.choices))),
    })),
    tokens: tpm,
  };
}
