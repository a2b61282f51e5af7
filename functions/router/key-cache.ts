import type { Change, Document, Documents } from '../core/documents.ts';
import { hashKey } from '../core/keys.ts';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';

export const KEYS = 'keys';
/** Administrative acts, which every instance listens to. */
export const CHANGES = 'changes';

/** Of the newest acts, as many as are looked at together; where more came at once, every key is read again. */
export const MAX_HEARD_CHANGES = 100;
/** How far the clocks of two instances may be apart. */
const CLOCK_SKEW_MS = 60_000;
/** Keys remembered at most; the one that was used longest ago goes first. */
export const MAX_CACHED_KEYS = 10_000;
/** While nothing can be heard of changes, a key older than this is read again. */
export const MAX_UNHEARD_AGE_MS = 30_000;

/** An inference key, as its document says. Never the key itself. */
export interface Key {
  id: string;
  ownerId: string;
  label: string | null;
  active: boolean;
  expiresAt: Date | null;
  /** Public model ids; null for all. */
  allowedModels: readonly string[] | null;
  allowedRegions: readonly string[] | null;
  /** Fields of a request that stand where the caller says nothing, `model` among them. */
  defaults: Readonly<Record<string, unknown>>;
}

export interface KeyCache {
  /** The key's record, from memory where it is; null where there is none. */
  find(key: string): Promise<Key | null>;
  close(): void;
}

/**
 * Keys in memory by their hash. An administrative act writes a `changes` document; hearing of it drops the key here, so
 * that a suspended key stops within the store's delivery time on every instance.
 */
export function createKeyCache(documents: Documents, clock: Clock, log: Log): KeyCache {
  const cached = new Map<string, { key: Key; readAt: number }>();
  let hearing = false;

  const stop = documents.listen(
    {
      collection: CHANGES,
      where: [{ field: 'at', op: '>=', value: new Date(clock.now() - CLOCK_SKEW_MS) }],
      orderBy: { field: 'at', direction: 'desc' },
      limit: MAX_HEARD_CHANGES,
    },
    (changes: Change[]) => {
      // After silence anything may have been missed.
      if (!hearing || changes.length >= MAX_HEARD_CHANGES) cached.clear();
      hearing = true;
      for (const { document } of changes) cached.delete(String(document.data.key_hash ?? ''));
    },
    () => {
      hearing = false;
      log.warn('changes cannot be heard');
    },
  );

  return {
    async find(key) {
      const hash = hashKey(key);
      const known = cached.get(hash);
      if (known !== undefined && (hearing || clock.monotonic() - known.readAt < MAX_UNHEARD_AGE_MS)) {
        cached.delete(hash);
        cached.set(hash, known);
        return known.key;
      }
      const readAt = clock.monotonic();
      const document = await documents.get(KEYS, hash);
      if (document === null) return null;
      const found = toKey(document);
      cached.set(hash, { key: found, readAt });
      if (cached.size > MAX_CACHED_KEYS) cached.delete(cached.keys().next().value ?? '');
      return found;
    },
    close: stop,
  };
}

export function toKey({ data }: Document): Key {
  return {
    id: String(data.key_id),
    ownerId: String(data.owner_id),
    label: (data.label ?? null) as string | null,
    active: data.status === 'active',
    expiresAt: (data.expires_at ?? null) as Date | null,
    allowedModels: (data.allowed_models ?? null) as string[] | null,
    allowedRegions: (data.allowed_regions ?? null) as string[] | null,
    defaults: {
      ...(JSON.parse(String(data.default_params ?? '{}')) as Record<string, unknown>),
      ...(data.default_model ? { model: data.default_model } : {}),
    },
  };
}
