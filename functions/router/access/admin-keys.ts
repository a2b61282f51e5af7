import { timingSafeEqual } from 'node:crypto';
import { type AdminScope, adminScopes } from '../../core/admin-scopes.ts';
import { hashKey } from '../../core/keys.ts';
import type { Document, Documents } from '../../core/store/documents.ts';
import type { Clock } from '../../platform/clock.ts';
import { type Admin, configuredAdmin } from './admin.ts';
import type { Changes } from './change-feed.ts';
import { createHeardMemory } from './heard-memory.ts';
import { UNKNOWN_KEY_MS } from './key-cache.ts';

/** `admin_keys/{sha256 of the key}`: what an admin key may do. Never the key itself. */
export const ADMIN_KEYS = 'admin_keys';

/** Remembered at most; the one that was used longest ago goes first. */
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
  const memory = createHeardMemory<Document>({
    clock,
    changes,
    most: MAX_CACHED_ADMIN_KEYS,
    absentMs: UNKNOWN_KEY_MS,
    concerned: ({ act }) => (String(act).startsWith('admin_key.') ? () => true : null),
  });

  return {
    async find(key) {
      const hash = hashKey(key);
      const given = Buffer.from(hash);
      if (given.length === configured.length && timingSafeEqual(given, configured)) return configuredAdmin;
      const known = memory.peek(hash);
      const found = known === undefined ? await memory.read(hash, () => documents.get(ADMIN_KEYS, hash)) : known;
      return found === null ? null : toAdmin(found, clock.now());
    },
  };
}

function toAdmin({ data }: Document, now: number): Admin | null {
  const expiresAt = data.expires_at instanceof Date ? data.expires_at : null;
  if (data.status !== 'active' || (expiresAt !== null && expiresAt.getTime() <= now)) return null;
  return { id: String(data.admin_key_id), scopes: new Set(toScopes(data.scopes)), expiresAt };
}

/** A scope of a later version means nothing here. */
export function toScopes(value: unknown): AdminScope[] {
  return Array.isArray(value) ? adminScopes.filter((scope) => value.includes(scope)) : [];
}
