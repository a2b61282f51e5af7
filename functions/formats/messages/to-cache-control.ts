import type Anthropic from '@anthropic-ai/sdk';
import type { CacheControl } from '../pivot/chat-request.ts';

/** The marker as a field to spread into a block; nothing where there is none. */
export function toCacheControl(marker: CacheControl | null | undefined): {
  cache_control?: Anthropic.CacheControlEphemeral;
} {
  if (marker == null) return {};
  return { cache_control: { type: 'ephemeral', ...(marker.ttl ? { ttl: marker.ttl } : {}) } };
}
