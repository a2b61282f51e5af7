import { timingSafeEqual } from 'node:crypto';
import { type AdminScope, adminScopes } from '../../core/admin-scopes.ts';
import { hashKey } from '../../core/keys.ts';
import type { Document, Documents } from '../../core/store/documents.ts';
import type { Clock } from '../../platform/clock.ts';
import { type Admin, configuredAdmin } from './admin.ts';
import type { Changes } from './change-feed.ts';
import { MAX_UNHEARD_AGE_MS, UNKNOWN_KEY_MS } from './key-cache.ts';

/** `admin_keys/{sha256 of the key}`: what an admin key may do. Never the key itself. */
export const ADMIN_KEYS = 'admin_keys';

/** Remembered at most, those that there are and those that there are not. */
export const MAX_CACHED_ADMIN_KEYS = 1_000;

export interface AdminKeys {
  /** Who holds the key; null where nobody does by now. */
  find(key: string): Promise<Admin | null>;
}

/** Admin keys in memory by their hash, dropped when a change of one is heard. The configured one is never looked up. */
export function createAdminKeys(
  documents: Documents,
  clock: Clock,
  changes: Changes,
  configuredHash: string,
): AdminKeys {
  const configured = Buffer.from(configuredHash);
  const cached = new Map<string, { found: Document | null; readAt: number }>();
  let heard = 0;
  const forget = () => {
    heard++;
    cached.clear();
  };
  changes.subscribe(({ act }) => {
    if (String(act).startsWith('admin_key.')) forget();
  }, forget);

  const read = async (hash: string): Promise<Document | null> => {
    const known = cached.get(hash);
    const age = known === undefined ? Number.POSITIVE_INFINITY : clock.monotonic() - known.readAt;
    if (known !== undefined && age < (known.found === null ? UNKNOWN_KEY_MS : MAX_UNHEARD_AGE_MS)) return known.found;
    const heardBefore = heard;
    const readAt = clock.monotonic();
    const found = await documents.get(ADMIN_KEYS, hash);
    if (heard === heardBefore) cached.set(hash, { found, readAt });
    if (cached.size > MAX_CACHED_ADMIN_KEYS) cached.delete(cached.keys().next().value ?? '');
    return found;
  };

  return {
    async find(key) {
      const hash = hashKey(key);
      const given = Buffer.from(hash);
      if (given.length === configured.length && timingSafeEqual(given, configured)) return configuredAdmin;
      const found = await read(hash);
      return found === null ? null : toAdmin(found, clock.now());
    },
  };
}

function toAdmin({ data }: Document, now: number): Admin | null {
  const isOver = data.expires_at instanceof Date && data.expires_at.getTime() <= now;
  if (data.status !== 'active' || isOver) return null;
  return { id: String(data.admin_key_id), scopes: new Set(toScopes(data.scopes)) };
}

/** A scope of a later version means nothing here. */
export function toScopes(value: unknown): AdminScope[] {
  return Array.isArray(value) ? adminScopes.filter((scope) => value.includes(scope)) : [];
}
