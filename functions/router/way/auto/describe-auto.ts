import { formatDecimal } from '../../../core/money/money.ts';
import { type ModelWeights, modelWeights, type ScoreParts } from '../../../core/routing/choose-model.ts';
import type { FieldShares } from '../../../core/routing/quality.ts';
import type { Signals } from '../../../core/routing/signals.ts';
import type { Profile } from '../../../core/routing/weights.ts';
import type { AutoChoice } from './choose-auto.ts';

const PICO_DECIMALS = 12;

/** A choice among models as a client reads it: figures of the request and of models, nothing that quotes the request. */
export interface AutoDecision {
  weight_profile: Profile;
  weights: ModelWeights;
  /** What was read off the request. */
  request: {
    /** From 0 to 1, the sum of `contributions` where that is not more. */
    difficulty: number;
    contributions: Signals['contributions'];
    /** How much it is about each field, from 0 to 1. */
    shares: FieldShares;
    /** From 0 to 100. */
    needed_quality: number;
    input_tokens: number;
    expected_output_tokens: number;
    script: Signals['script'];
    non_latin: number;
  };
  models: AutoModelDecision[];
}

export interface AutoModelDecision {
  model: string;
  /** Place in the order, from 1; null where it cannot serve the request. */
  rank: number | null;
  /** The higher, the better: the sum of `parts`. */
  score: number | null;
  parts: ScoreParts | null;
  /** Its quality for this request, from 0 to 100. */
  quality: number | null;
  /** Of this request, a decimal string. */
  expected_cost_usd: string | null;
  /** To the last token. */
  expected_latency_ms: number | null;
  /** What is against its endpoints; null where one of them fits. */
  excluded: string[] | null;
}

export function describeAuto({ signals, neededQuality, ranked, excluded }: AutoChoice, profile: Profile): AutoDecision {
  return {
    weight_profile: profile,
    weights: modelWeights[profile],
    request: {
      difficulty: signals.difficulty,
      contributions: signals.contributions,
      shares: signals.shares,
      needed_quality: Number(neededQuality.toFixed(3)),
      input_tokens: signals.inputTokens,
      expected_output_tokens: signals.outputTokens,
      script: signals.script,
      non_latin: signals.nonLatin,
    },
    models: [
      ...ranked.map(({ figures, quality, score, parts }, at) => ({
        model: figures.id,
        rank: at + 1,
        score,
        parts,
        quality,
        expected_cost_usd: formatDecimal(figures.cost, PICO_DECIMALS),
        expected_latency_ms: Math.round(figures.latencyMs),
        excluded: null,
      })),
      ...excluded.map(({ model, reasons }) => ({
        model: model.id,
        rank: null,
        score: null,
        parts: null,
        quality: null,
        expected_cost_usd: null,
        expected_latency_ms: null,
        excluded: reasons,
      })),
    ],
  };
}
