import type { Catalogue, Model } from '../../catalogue/catalogue.ts';
import type { Capability, Endpoint } from '../../core/endpoints/endpoint.ts';
import { MeshError } from '../../core/errors.ts';
import type { Bound } from '../../core/routing/affinity.ts';
import { isAuto } from '../../core/routing/auto-names.ts';
import type { Candidate } from '../../core/routing/quote.ts';
import type { Ranked, View } from '../../core/routing/ranked.ts';
import { rankCandidates } from '../../core/routing/ranking.ts';
import { type Exclusion, type Needs, type Selection, selectEndpoints } from '../../core/routing/selection.ts';
import type { Key } from '../access/key-cache.ts';
import { AUTO_FALLBACKS, type AutoChoice, chooseAuto } from './auto/choose-auto.ts';
import { briefDecision } from './brief-decision.ts';
import { contextLengthWords } from './context-length.ts';
import { type Decided, describeDecision, type ModelChoice } from './decision.ts';
import type { RequestNeeds } from './operation.ts';

/** Whether a request can be put to an endpoint at all, by the operation that it is of. */
type CanAsk = (endpoint: Endpoint) => boolean;

/** Where the request's session is at home, by the model and the likely tokens of its input; null for nowhere. */
export type Home = (modelId: string, inputTokens: number) => Bound | null;

/** What was chosen: where to try, in order, the fallback models' endpoints after those of the model asked for. */
export interface Plan extends Decided {
  model: Model;
  /** Never empty. */
  candidates: readonly Candidate[];
  /** Whether the model was left to the router. */
  auto: boolean;
  /** When the first of the endpoints ends its cooldown that are left out for one: Unix milliseconds; null where none is. */
  coolsAt: number | null;
  /** The endpoints that are tried first only to learn their figures. */
  explored: readonly string[];
}

/**
 * Finds the models a request names, or those that suit it best, and the endpoints that may serve them, best first. Throws
 * `model_not_found`, `forbidden` for a model the key may not use, and where nothing is left, the error that says why.
 */
export function choose(
  needs: RequestNeeds,
  canAsk: CanAsk,
  key: Key,
  catalogue: Catalogue,
  view: View,
  home: Home = () => null,
): Plan {
  const find = (name: string) => ofKind(findModel(name, key, catalogue), needs.kind);
  const fallbacks = needs.fallbackModels?.map(find);
  const auto = isAuto(needs.model)
    ? suitableModels(needs, inItsFormat(modelsFor(key, needs.kind, catalogue), needs, canAsk))
    : null;
  const first = auto?.ranked.map(({ figures }) => figures.model) ?? [find(needs.model)];
  const suitable = onOneAccount(first).slice(0, fallbacks === undefined ? 1 + AUTO_FALLBACKS : 1);
  const models = [...new Set([...suitable, ...(fallbacks ?? [])])];
  const [model] = models as [Model, ...Model[]];
  const choices = models.map((each) => chooseEndpoints(each, needs, canAsk, view, home));
  const candidates = choices.flatMap(({ ranking }) => ranking.order.map(({ candidate }) => candidate));
  if (candidates.length === 0) {
    const nearest = nearestToProbe(choices.flatMap(({ ranking }) => ranking.heldBack));
    if (nearest === null) throw nothingLeft(model, choices[0]?.selection, needs);
    candidates.push(nearest.candidate);
  }
  const cooling = choices
    .flatMap(({ ranking }) => ranking.heldBack)
    .filter(({ standing, candidate }) => standing.state === 'cooldown' && !candidates.includes(candidate));
  const coolsAt = cooling.length === 0 ? null : Math.min(...cooling.map(({ standing }) => standing.until ?? 0));
  return {
    model,
    candidates,
    auto: auto !== null,
    coolsAt,
    explored: choices.flatMap(({ ranking }) => ranking.explored ?? []),
    explain: () => describeDecision(needs, choices, auto),
    brief: () => briefDecision(needs, choices),
  };
}

/** The models of a kind that a key may use. */
export function modelsFor(key: Key, kind: Model['type'], catalogue: Catalogue): Model[] {
  return [...catalogue.models.values()].filter(
    ({ id, type }) => type === kind && (key.allowedModels === null || key.allowedModels.includes(id)),
  );
}

/** Of models that suit, where the best is on its owner's account alone, those that are too: nothing falls back to ours unasked. */
function onOneAccount(models: readonly Model[]): readonly Model[] {
  const isOwn = ({ endpoints }: Model) => endpoints.every(({ ownKey }) => ownKey !== undefined);
  return models[0] !== undefined && isOwn(models[0]) ? models.filter(isOwn) : models;
}

/** Of models those that can be asked, where a request needs its own format; all where there is none, since then it is said why. */
function inItsFormat(models: readonly Model[], { needed }: RequestNeeds, canAsk: CanAsk): readonly Model[] {
  if (needed == null) return models;
  const able = models.filter(({ endpoints }) => endpoints.some(canAsk));
  return able.length > 0 ? able : models;
}

/** At least one model that suits a request. Throws what stands against all of them. */
export function suitableModels(needs: RequestNeeds, models: readonly Model[]): AutoChoice {
  const choice = chooseAuto(needs.signals(), needs, models);
  if (choice.ranked.length > 0) return choice;
  const [longest] = [...models].sort((a, b) => b.contextLength - a.contextLength);
  if (longest === undefined)
    throw new MeshError('model_not_found', { param: 'model', message: 'There is no model that this key may use.' });
  throw nothingLeft(
    longest,
    selectEndpoints(
      models.flatMap(({ endpoints }) => endpoints),
      needs,
    ),
    needs,
  );
}

/** The endpoints of one model. */
function chooseEndpoints(model: Model, needs: Needs, canAsk: CanAsk, view: View, home: Home): ModelChoice {
  const selection = selectEndpoints(model.endpoints, needs);
  const unable = selection.candidates.filter(({ endpoint }) => !canAsk(endpoint));
  if (unable.length > 0) {
    selection.candidates = selection.candidates.filter((candidate) => !unable.includes(candidate));
    selection.excluded.push(...unable.map(({ endpoint }) => ({ endpoint, reason: 'capability' as const })));
  }
  const bound = home(model.id, needs.input.estimatedTokens);
  return { model, selection, ranking: rankCandidates(selection.candidates, needs, view, bound) };
}

/** A router that refuses everything is no better than a provider that is down: of breakers that are all open, one is tried. */
function nearestToProbe(heldBack: readonly Ranked[]): Ranked | null {
  let nearest: Ranked | null = null;
  for (const ranked of heldBack) {
    if (nearest === null || (ranked.standing.until ?? 0) < (nearest.standing.until ?? 0)) nearest = ranked;
  }
  return nearest;
}

/** The model of a name, as its callers may say it. Throws `model_not_found`, and `forbidden` for one that the key may not use. */
export function findModel(name: string, key: Key, catalogue: Catalogue): Model {
  const model = catalogue.find(name);
  if (model === null)
    throw new MeshError('model_not_found', {
      param: 'model',
      message: 'There is no such model; GET /v1/models lists them.',
    });
  if (key.allowedModels !== null && !key.allowedModels.includes(model.id)) {
    throw new MeshError('forbidden', { param: 'model', message: 'This key may not use that model.' });
  }
  return model;
}

/** Throws `model_capability_not_supported` for a model that does another kind of work. */
export function ofKind(model: Model, kind: Model['type']): Model {
  if (model.type === kind) return model;
  throw new MeshError('model_capability_not_supported', {
    param: 'model',
    message: `${model.id} is of the kind ${model.type}; ${WHERE[model.type]}.`,
  });
}

const WHERE: Readonly<Record<Model['type'], string>> = {
  chat: 'it answers at /v1/chat/completions, /v1/messages and /v1/responses',
  embedding: 'it answers at /v1/embeddings',
};

/** What the caller or its key rules out: whatever is wrong with an endpoint beside that is not why nothing is left. */
const ruledOut: ReadonlySet<Exclusion> = new Set(['provider', 'region', 'data_collection', 'max_price']);

/** Why no endpoint of a model may serve a request, in the words that help its caller most. */
export function nothingLeft(model: Model, selection: Selection | undefined, needs: RequestNeeds): MeshError {
  const excluded = selection?.excluded ?? [];
  const reasons = new Set(excluded.map(({ reason }) => reason));
  const allowed = excluded.filter(({ reason }) => !ruledOut.has(reason));
  if (allowed.length > 0 && allowed.every(({ reason }) => reason === 'context_length')) {
    const longest = Math.max(...allowed.map(({ endpoint }) => endpoint.contextLength));
    return new MeshError('context_length_exceeded', {
      param: needs.params.input,
      message: `${contextLengthWords(longest)} The input is longer.`,
      details: { input_tokens: needs.input.apart?.longest ?? needs.input.estimatedTokens, max_tokens: longest },
    });
  }
  if (reasons.has('capability')) {
    const nowhere = lackedByAll(allowed, needs);
    if (nowhere.length === 0 && needs.needed != null) return onlyInItsFormat(needs.needed, model);
    // Where each can do some of it, all that is needed.
    const lacking = nowhere.length > 0 ? nowhere : [...needs.capabilities];
    return new MeshError('model_capability_not_supported', {
      message: `No endpoint of this model can do what the request needs${listed(lacking)}.${adviceFor(lacking)}`,
      details: { missing: lacking, model: model.id },
    });
  }
  // What the catalogue, the request and its key rule out stays ruled out: a 503 would have clients try it again in vain.
  return new MeshError(reasons.size > 0 ? 'invalid_request_error' : 'provider_not_available', {
    message: 'No endpoint of this model fits what the request and its key allow.',
    details: { excluded: [...reasons] },
  });
}

/** What none of the endpoints can do. */
function lackedByAll(excluded: Selection['excluded'], { capabilities }: RequestNeeds): Capability[] {
  return [...capabilities].filter((each) => excluded.every(({ endpoint }) => !endpoint.capabilities.has(each)));
}

/** The caller may leave it out, or ask a model that is served in the request's own format. */
function onlyInItsFormat(needed: string, model: Model): MeshError {
  return new MeshError('model_capability_not_supported', {
    param: needed,
    message: `${needed}: only models that are served in this format take it; this one is served in another.`,
    details: { missing: [], model: model.id },
  });
}

/** Nothing, where what is needed has no name: something that the endpoints’ formats have no word for. */
function listed(lacking: readonly Capability[]): string {
  return lacking.length === 0 ? '' : `: ${lacking.join(', ')}`;
}

/** A model that sees takes the same image in another form. */
function adviceFor(lacking: readonly Capability[]): string {
  return lacking.includes('image_url') && !lacking.includes('vision') ? ' Send the image as a data: URL.' : '';
}
