import { MeshError } from '../../../core/errors.ts';
import { type PicoUsd, parsePrice } from '../../../core/money/price.ts';
import type { ProviderPreferences } from '../../../core/routing/selection.ts';
import type { ChatRequest } from '../../../formats/pivot/chat-request.ts';
import type { Key } from '../../access/key-cache.ts';

/** Which providers may serve a request: what it says itself, and where it says nothing, its key's policy. */
export function providerPreferences(
  own: ChatRequest['provider'],
  { routing }: Pick<Key, 'routing'>,
): ProviderPreferences {
  const provider = { ...routing.provider, ...own };
  return {
    order: provider.order ?? [],
    only: provider.only ?? null,
    ignore: provider.ignore ?? [],
    allowFallbacks: provider.allow_fallbacks ?? true,
    sort: provider.sort ?? null,
    allowDataCollection: [own, routing.provider].every((each) => each?.data_collection !== 'deny'),
    maxInputPrice: toPrice(provider.max_price?.prompt, 'provider.max_price.prompt'),
    maxOutputPrice: toPrice(provider.max_price?.completion, 'provider.max_price.completion'),
  };
}

function toPrice(price: string | number | undefined, param: string): PicoUsd | null {
  if (price === undefined) return null;
  const parsed = parsePrice(String(price));
  if (parsed === null)
    throw new MeshError('invalid_request_error', { param, message: `${param} must be USD per million tokens.` });
  return parsed;
}
