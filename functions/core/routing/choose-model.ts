import type { PicoUsd } from '../money/price.ts';
import { type FieldShares, type Quality, qualityFor } from './quality.ts';
import { COST_GRAIN, LATENCY_GRAIN_MS } from './ranking.ts';
import type { Profile } from './weights.ts';

/** What a request asks of the model that is to answer it. */
export interface Demands {
  /** From 0, what any model can answer, to 1. */
  difficulty: number;
  shares: FieldShares;
}

/** A model that fits a request, as far as choosing goes. */
export interface ModelFigures {
  id: string;
  quality: Quality;
  /** Expected, of this very request. */
  cost: PicoUsd;
  /** Expected time to the last token. */
  latencyMs: number;
}

/** What counts how much. All but the first two are points of quality: a point, or a doubling, is worth so many. */
export interface ModelWeights {
  /** Quality that the easiest request needs, and what the hardest needs beyond that. */
  floor: number;
  rise: number;
  /** For each point of quality. */
  quality: number;
  /** For each point that is missing of what the request needs. */
  shortfall: number;
  /** For each doubling over a millionth of a dollar, and over 200 ms. */
  cost: number;
  latency: number;
}

/** By `weight_profile`. `quality_first` needs no floor: it has one only so that every answer says what was needed. */
export const modelWeights: Readonly<Record<Profile, ModelWeights>> = {
  balanced: { floor: 40, rise: 50, quality: 0.25, shortfall: 2, cost: 3, latency: 1 },
  cost_first: { floor: 30, rise: 20, quality: 0, shortfall: 4, cost: 4, latency: 0 },
  latency_first: { floor: 40, rise: 20, quality: 0, shortfall: 4, cost: 0, latency: 4 },
  quality_first: { floor: 40, rise: 50, quality: 1, shortfall: 0, cost: 0, latency: 0 },
};

/** The terms of a score, with their signs: they add up to it. */
export interface ScoreParts {
  quality: number;
  shortfall: number;
  cost: number;
  latency: number;
}

export interface RankedModel<Model extends ModelFigures = ModelFigures> {
  figures: Model;
  /** Its quality for this request. */
  quality: number;
  /** The higher, the better. */
  score: number;
  parts: ScoreParts;
}

/** The quality that a request needs under a profile. */
export function neededQuality(difficulty: number, profile: Profile): number {
  const { floor, rise } = modelWeights[profile];
  return floor + rise * difficulty;
}

/**
 * Orders models by the score, highest first:
 *
 *     score  = w_quality · quality − w_shortfall · max(0, needed − quality)
 *              − w_cost · log₂(cost / $0.000001) − w_latency · log₂(latency / 200 ms)
 *     needed = floor + rise · difficulty
 *
 * where quality is the model's for what the request is about (core/routing/quality.ts). A score does not depend on the other models:
 * one more in the list never changes their order. Equal scores go by cost, then by id. Models of no quality at all come
 * last, whatever they cost.
 */
export function rankModels<Model extends ModelFigures>(
  models: readonly Model[],
  demands: Demands,
  profile: Profile,
): RankedModel<Model>[] {
  const weights = modelWeights[profile];
  const needed = neededQuality(demands.difficulty, profile);
  const ranked = models.map((figures) => {
    const quality = qualityFor(demands.shares, figures.quality);
    const parts = {
      quality: toThousandths(weights.quality * quality),
      shortfall: toThousandths(-weights.shortfall * Math.max(0, needed - quality)),
      cost: toThousandths(-weights.cost * doublings(Number(figures.cost), Number(COST_GRAIN))),
      latency: toThousandths(-weights.latency * doublings(figures.latencyMs, LATENCY_GRAIN_MS)),
    };
    const score = toThousandths(parts.quality + parts.shortfall + parts.cost + parts.latency);
    return { figures, quality: toThousandths(quality), score, parts };
  });
  return ranked.sort(better);
}

function better(a: RankedModel, b: RankedModel): number {
  const isModel = ({ figures }: RankedModel) => Number(figures.quality.general > 0);
  return (
    isModel(b) - isModel(a) ||
    b.score - a.score ||
    compare(a.figures.cost, b.figures.cost) ||
    compare(a.figures.id, b.figures.id)
  );
}

function compare<T extends bigint | string>(a: T, b: T): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** Nobody pays or waits for less than a grain: what is below it is as good as it. */
function doublings(value: number, grain: number): number {
  return Math.max(0, Math.log2(value / grain));
}

/** What is shown is what decides: the noise of floating point breaks no tie. Adding 0 makes −0 a plain 0. */
function toThousandths(value: number): number {
  return Math.round(value * 1_000) / 1_000 + 0;
}
