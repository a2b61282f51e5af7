import type { Endpoint } from '../../core/endpoints/endpoint.ts';
import type { CacheControl } from '../pivot/chat-request.ts';
import type { CachePoint } from './wire.ts';

/**
 * The block that goes after what is marked; none for models that refuse cache points. Only Claude and Nova take them, and
 * only Claude for an hour; five minutes is what both do by default.
 * https://docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html
 */
export function toCachePoint(marker: CacheControl | null | undefined, { reasoning }: Endpoint): CachePoint[] {
  if (marker == null) return [];
  switch (reasoning.issuer) {
    case 'anthropic-claude-v1':
      return [{ cachePoint: { type: 'default', ...(marker.ttl === '1h' ? { ttl: marker.ttl } : {}) } }];
    case 'amazon-nova-v1':
      return [{ cachePoint: { type: 'default' } }];
    default:
      return [];
  }
}
