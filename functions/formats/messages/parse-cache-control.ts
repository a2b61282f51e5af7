import type { CacheControl } from '../pivot/chat-request.ts';

/** A marker as a field to spread into a part; nothing where there is none. Fields that we have never heard of are dropped. */
export function parseCacheControl(marker: { ttl?: string | null | undefined } | null | undefined): {
  cache_control?: CacheControl;
} {
  if (marker == null) return {};
  const { ttl } = marker;
  return { cache_control: { type: 'ephemeral', ...(ttl === '5m' || ttl === '1h' ? { ttl } : {}) } };
}
