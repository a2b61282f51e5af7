import { ORDINARY_TOKENS } from '../health/figures.ts';

/** An answer weighs as much as one of so many at least, so that the mean follows what a model is asked for lately. */
const MOST_WEIGHT = 20;
/** Models that are remembered; the catalogue names fewer. */
export const MAX_MODELS = 10_000;

/** How long the answers of models were lately, as this process has seen them. */
export interface AnswerLengths {
  /** Likely output tokens of the next one; of a model that has given none, those of an ordinary answer. */
  expected(modelId: string): number;
  note(modelId: string, outputTokens: number): void;
}

export function createAnswerLengths(): AnswerLengths {
  const means = new Map<string, { tokens: number; answers: number }>();
  return {
    expected: (modelId) => Math.ceil(means.get(modelId)?.tokens ?? ORDINARY_TOKENS),
    note(modelId, outputTokens) {
      const { tokens, answers } = means.get(modelId) ?? { tokens: 0, answers: 0 };
      if (answers === 0 && means.size >= MAX_MODELS) return;
      const weight = 1 / Math.min(answers + 1, MOST_WEIGHT);
      means.set(modelId, { tokens: tokens + (outputTokens - tokens) * weight, answers: answers + 1 });
    },
  };
}
