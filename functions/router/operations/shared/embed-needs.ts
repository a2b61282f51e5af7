import type { Capability } from '../../../core/endpoints/endpoint.ts';
import type { Profile } from '../../../core/routing/weights.ts';
import type { EmbedRequest } from '../../../formats/embed/embed-request.ts';
import type { ChatRequest } from '../../../formats/pivot/chat-request.ts';
import type { Key } from '../../access/key-cache.ts';
import type { RequestNeeds } from '../../way/operation.ts';
import { providerPreferences } from './provider-preferences.ts';

/** What a request for embeddings says of its way. */
export interface EmbedRouting {
  model: string;
  provider?: ChatRequest['provider'];
  profile?: Profile | null | undefined;
  /** How its caller calls the inputs. */
  param: string;
}

/**
 * What a request for embeddings asks of its model, and of no other: vectors of two models have nothing to do with each other, so
 * that a key's fallbacks are for its chats alone.
 */
export function embedNeeds(
  { inputs, measure, dimensions }: EmbedRequest,
  { model, provider, profile, param }: EmbedRouting,
  key: Key,
): RequestNeeds {
  const capabilities = new Set<Capability>();
  if (inputs.some(({ ids }) => ids !== null)) capabilities.add('token_ids');
  if (dimensions !== null) capabilities.add('dimensions');
  return {
    kind: 'embedding',
    model,
    fallbackModels: [],
    effort: null,
    reasons: false,
    signals() {
      throw new Error('the model of embeddings is never left to the router');
    },
    params: { input: param, output: 'dimensions' },
    capabilities,
    input: measure,
    maxOutputTokens: 0,
    choices: 1,
    allowedRegions: key.allowedRegions,
    profile: profile ?? key.routing.weight_profile ?? 'balanced',
    preferences: providerPreferences(provider, key),
  };
}
