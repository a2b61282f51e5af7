import type { Model } from '../../../catalogue/catalogue.ts';
import type { Endpoint } from '../../../core/endpoints/endpoint.ts';
import { expectedMs, toFigures } from '../../../core/health/figures.ts';
import { costOf } from '../../../core/money/price.ts';
import { noUsage } from '../../../core/money/usage.ts';
import { type ModelFigures, neededQuality, type RankedModel, rankModels } from '../../../core/routing/choose-model.ts';
import type { Candidate } from '../../../core/routing/quote.ts';
import type { View } from '../../../core/routing/ranked.ts';
import { rankCandidates } from '../../../core/routing/ranking.ts';
import { type Exclusion, type Needs, outputWithin, selectEndpoints } from '../../../core/routing/selection.ts';
import type { Signals } from '../../../core/routing/signals.ts';

/** Models that stand by for the one that was chosen, where the request and its key name none. */
export const AUTO_FALLBACKS = 2;

/** A model that fits a request, with what the catalogue expects of its best endpoint. */
export interface AutoModel extends ModelFigures {
  model: Model;
}

/** Which models fit a request, best first, and all that the order stands on. */
export interface AutoChoice {
  signals: Signals;
  /** From 0 to 100. */
  neededQuality: number;
  ranked: RankedModel<AutoModel>[];
  /** Models that cannot serve the request, each with what is against its endpoints. */
  excluded: { model: Model; reasons: Exclusion[] }[];
}

/**
 * Ranks the models that fit a request by what can be read off it and by the catalogue's figures alone: no model is asked,
 * and what was measured a minute ago changes nothing, so the same request gets the same answer. Pure.
 */
export function chooseAuto(signals: Signals, needs: Needs, models: readonly Model[]): AutoChoice {
  const fitting: AutoModel[] = [];
  const excluded: AutoChoice['excluded'] = [];
  // Found out once, and not for each model: where no endpoint reaches it, that is a look at all of them.
  const limit = outputWithin(
    models.flatMap(({ endpoints }) => endpoints),
    needs,
  );
  for (const model of models) {
    const selection = selectEndpoints(model.endpoints, needs, limit);
    const best = bestOf(selection.candidates, needs);
    if (best === undefined) {
      excluded.push({ model, reasons: [...new Set(selection.excluded.map(({ reason }) => reason))] });
      continue;
    }
    const { endpoint, outputTokens, choices } = best;
    const output = Math.min(signals.outputTokens, outputTokens);
    const cost = costOf({ ...noUsage, input: signals.inputTokens, output: output * choices }, endpoint.price);
    const latencyMs = expectedMs(endpoint.expected, output);
    fitting.push({ id: model.id, model, quality: model.quality, cost, latencyMs });
  }
  return {
    signals,
    neededQuality: neededQuality(signals.difficulty, needs.profile),
    ranked: rankModels(fitting, signals, needs.profile),
    excluded,
  };
}

/** The best endpoint of a model. Most models have one, of which there is nothing to rank. */
function bestOf(candidates: readonly Candidate[], needs: Needs): Candidate | undefined {
  if (candidates.length < 2) return candidates[0];
  return rankCandidates(candidates, needs, asCatalogued).order[0]?.candidate;
}

/** Endpoints as the catalogue has them: all well, none ever measured, no chance in the order. */
const asCatalogued: View = {
  region: '',
  now: () => 0,
  random: () => 0,
  figures: ({ expected }: Endpoint) => toFigures(null, expected, 0),
  standing: () => ({ state: 'closed', reason: null, until: null, admits: 'all' }),
};
