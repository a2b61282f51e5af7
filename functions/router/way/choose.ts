import type { Catalogue, Model } from '../../catalogue/catalogue.ts';
import type { Capability } from '../../core/endpoints/endpoint.ts';
import { MeshError } from '../../core/errors.ts';
import { type PicoUsd, parsePrice } from '../../core/money/price.ts';
import type { Candidate, InputMeasure } from '../../core/routing/quote.ts';
import type { Ranked, View } from '../../core/routing/ranked.ts';
import { rankCandidates } from '../../core/routing/ranking.ts';
import { type Exclusion, type Needs, type Selection, selectEndpoints } from '../../core/routing/selection.ts';
import type { ChatRequest } from '../../formats/pivot/chat-request.ts';
import type { Key } from '../access/key-cache.ts';
import { AUTO_FALLBACKS, type AutoChoice, chooseAuto, isAuto } from './auto/choose-auto.ts';
import { type Decision, describeDecision, type ModelChoice } from './decision.ts';

/** What was chosen: where to try, in order, the fallback models' endpoints after those of the model asked for. */
export interface Plan {
  model: Model;
  /** Never empty. */
  candidates: readonly Candidate[];
  /** Whether the model was left to the router. */
  auto: boolean;
  /** Every endpoint that was looked at, with its figures, and why it is where it is. */
  explain(): Decision;
}

/**
 * Finds the models a request names, or those that suit it best, and the endpoints that may serve them, best first. Throws
 * `model_not_found`, `forbidden` for a model the key may not use, and where nothing is left, the error that says why.
 */
export function choose(chat: ChatRequest, input: InputMeasure, key: Key, catalogue: Catalogue, view: View): Plan {
  const needs = toNeeds(chat, input, key);
  const find = (name: string) => findModel(name, key, catalogue);
  const fallbacks = (chat.models ?? key.routing.models)?.map(find);
  const auto = isAuto(chat.model) ? suitableModels(chat, needs, modelsFor(key, catalogue)) : null;
  const first = auto?.ranked.map(({ figures }) => figures.model) ?? [find(chat.model)];
  const models = [
    ...new Set([...first.slice(0, fallbacks === undefined ? 1 + AUTO_FALLBACKS : 1), ...(fallbacks ?? [])]),
  ];
  const [model] = models as [Model, ...Model[]];
  const choices = models.map((each) => chooseEndpoints(each, needs, view));
  const candidates = choices.flatMap(({ ranking }) => ranking.order.map(({ candidate }) => candidate));
  if (candidates.length === 0) {
    const nearest = nearestToProbe(choices.flatMap(({ ranking }) => ranking.heldBack));
    if (nearest === null) throw nothingLeft(model, choices[0]?.selection, chat);
    candidates.push(nearest.candidate);
  }
  return { model, candidates, auto: auto !== null, explain: () => describeDecision(needs, choices, auto) };
}

/** The chat models that a key may use. */
export function modelsFor(key: Key, catalogue: Catalogue): Model[] {
  return [...catalogue.models.values()].filter(
    ({ id, type }) => type === 'chat' && (key.allowedModels === null || key.allowedModels.includes(id)),
  );
}

/** At least one model that suits a request. Throws what stands against all of them. */
export function suitableModels(chat: ChatRequest, needs: Needs, models: readonly Model[]): AutoChoice {
  const choice = chooseAuto(chat, needs, models);
  if (choice.ranked.length > 0) return choice;
  const [longest] = [...models].sort((a, b) => b.contextLength - a.contextLength);
  if (longest === undefined) throw new MeshError('provider_not_available', { message: 'There is no model to choose.' });
  throw nothingLeft(
    longest,
    selectEndpoints(
      models.flatMap(({ endpoints }) => endpoints),
      needs,
    ),
    chat,
  );
}

/** The endpoints of one model. */
function chooseEndpoints(model: Model, needs: Needs, view: View): ModelChoice {
  const selection = selectEndpoints(model.endpoints, needs);
  return { model, selection, ranking: rankCandidates(selection.candidates, needs, view) };
}

/** A router that refuses everything is no better than a provider that is down: of breakers that are all open, one is tried. */
function nearestToProbe(heldBack: readonly Ranked[]): Ranked | null {
  let nearest: Ranked | null = null;
  for (const ranked of heldBack) {
    if (nearest === null || (ranked.standing.until ?? 0) < (nearest.standing.until ?? 0)) nearest = ranked;
  }
  return nearest;
}

function findModel(name: string, key: Key, catalogue: Catalogue): Model {
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

/** What a request asks for, and where it says nothing, its key's policy. */
export function toNeeds(chat: ChatRequest, input: InputMeasure, key: Key): Needs {
  const provider = { ...key.routing.provider, ...chat.provider };
  return {
    capabilities: neededCapabilities(chat),
    input,
    maxOutputTokens: chat.max_completion_tokens ?? chat.max_tokens ?? null,
    choices: chat.n ?? 1,
    allowedRegions: key.allowedRegions,
    profile: chat.weight_profile ?? key.routing.weight_profile ?? 'balanced',
    preferences: {
      order: provider.order ?? [],
      only: provider.only ?? null,
      ignore: provider.ignore ?? [],
      allowFallbacks: provider.allow_fallbacks ?? true,
      sort: provider.sort ?? null,
      allowDataCollection: [chat.provider, key.routing.provider].every((each) => each?.data_collection !== 'deny'),
      maxInputPrice: toPrice(provider.max_price?.prompt, 'provider.max_price.prompt'),
      maxOutputPrice: toPrice(provider.max_price?.completion, 'provider.max_price.completion'),
    },
  };
}

function toPrice(price: string | number | undefined, param: string): PicoUsd | null {
  if (price === undefined) return null;
  const parsed = parsePrice(String(price));
  if (parsed === null)
    throw new MeshError('invalid_request_error', { param, message: `${param} must be USD per million tokens.` });
  return parsed;
}

/** What an endpoint must be able to do, read off the request. With `require_parameters` nothing may be dropped either. */
export function neededCapabilities(chat: ChatRequest): Set<Capability> {
  const needed = new Set<Capability>();
  const need = (capability: Capability, wanted: unknown) => {
    if (wanted) needed.add(capability);
  };
  need('tools', chat.tools?.length);
  need('json_mode', chat.response_format?.type === 'json_object');
  need('json_schema', chat.response_format?.type === 'json_schema');
  need('logprobs', chat.logprobs || chat.top_logprobs);
  need('n', (chat.n ?? 1) > 1);
  for (const { content } of chat.messages) {
    if (!Array.isArray(content)) continue;
    for (const part of content) {
      need('vision', part.type === 'image_url');
      need('image_url', part.type === 'image_url' && !/^data:/i.test(part.image_url.url));
      need('audio', part.type === 'input_audio');
      need('file', part.type === 'file');
      need('video', part.type === 'video_url');
    }
  }
  if (chat.provider?.require_parameters) {
    need('stop', chat.stop?.length);
    need('seed', chat.seed != null);
    need('penalties', chat.frequency_penalty ?? chat.presence_penalty ?? chat.repetition_penalty);
    need('sampling', (chat.temperature ?? chat.top_p ?? chat.top_k ?? chat.min_p) != null);
    need('reasoning', chat.reasoning ?? chat.reasoning_effort);
  }
  return needed;
}

/** Why no endpoint of a model may serve a request, in the words that help its caller most. */
export function nothingLeft(model: Model, selection: Selection | undefined, chat: ChatRequest): MeshError {
  const reasons = selection?.excluded.map(({ reason }) => reason) ?? [];
  const all = (reason: Exclusion) => reasons.length > 0 && reasons.every((each) => each === reason);
  if (all('context_length')) {
    return new MeshError('context_length_exceeded', {
      param: 'messages',
      message: `This model's maximum context length is ${model.contextLength} tokens, and the input is longer.`,
    });
  }
  if (all('max_tokens')) {
    return new MeshError('invalid_request_error', {
      param: chat.max_completion_tokens ? 'max_completion_tokens' : 'max_tokens',
      message: `This model writes at most ${model.maxOutputTokens} tokens.`,
    });
  }
  if (reasons.includes('capability')) {
    return new MeshError('model_capability_not_supported', {
      message: `No endpoint of this model can do what the request needs: ${[...neededCapabilities(chat)].join(', ')}.`,
    });
  }
  return new MeshError('provider_not_available', {
    message: 'No endpoint of this model fits what the request and its key allow.',
    details: { excluded: [...new Set(reasons)] },
  });
}
