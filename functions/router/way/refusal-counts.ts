import type { ErrorCode } from '../../core/errors.ts';
import { LEASE_SHARDS } from '../../core/leases/lease-store.ts';
import { REFUSAL_LIFE_MS, REFUSALS } from '../../core/ledger/refusals.ts';
import { documentId, shardOf } from '../../core/store/document-id.ts';
import type { Documents, Write } from '../../core/store/documents.ts';
import type { Key } from '../access/key-cache.ts';

/** Minutes of keys that are counted at once; the refusals of further ones are forgotten. */
export const MAX_COUNTED_MINUTES = 4_096;
/** How often counts are written down. Milliseconds. */
export const REFUSALS_FLUSH_MS = 5_000;
/** Counts that are written in one commit. */
const COUNTS_PER_COMMIT = 100;
export const MINUTE_MS = 60_000;

/** Counts requests that were refused before they cost anything, for the owners of their keys. */
export interface RefusalCounts {
  /** Takes no time: it is written down later, in the background. */
  count(key: Pick<Key, 'id' | 'ownerId'>, code: ErrorCode): void;
  /** Writes down what was counted since the last time. What cannot be written is tried again by the next flush. */
  flush(): Promise<void>;
}

interface Minute {
  keyId: string;
  ownerId: string;
  /** When it began, Unix milliseconds. */
  at: number;
  counts: Map<ErrorCode, number>;
  /** Whether there is more than is written. */
  changed: boolean;
}

export interface RefusalCountsPorts {
  documents: Pick<Documents, 'commit'>;
  /** Unix milliseconds, store's clock. */
  now(): number;
  /** New at every start of a process. */
  instanceId: string;
}

/**
 * Each instance writes documents of its own, always with the whole count of the minute: so nothing is read, nobody waits for
 * anybody, and a commit that is sent twice counts once. A key that sends nothing but refused requests costs one document a
 * minute.
 */
export function createRefusalCounts({ documents, now, instanceId }: RefusalCountsPorts): RefusalCounts {
  const minutes = new Map<string, Minute>();

  return {
    count({ id: keyId, ownerId }, code) {
      const at = Math.floor(now() / MINUTE_MS) * MINUTE_MS;
      const name = `${keyId}|${at}`;
      let minute = minutes.get(name);
      if (minute === undefined) {
        if (minutes.size >= MAX_COUNTED_MINUTES) return;
        minute = { keyId, ownerId, at, counts: new Map(), changed: false };
        minutes.set(name, minute);
      }
      minute.counts.set(code, (minute.counts.get(code) ?? 0) + 1);
      minute.changed = true;
    },

    async flush() {
      const changed = [...minutes.values()].filter((minute) => minute.changed);
      for (let first = 0; first < changed.length; first += COUNTS_PER_COMMIT) {
        const some = changed.slice(first, first + COUNTS_PER_COMMIT);
        for (const minute of some) minute.changed = false;
        try {
          await documents.commit(some.map((minute) => toWrite(minute, instanceId)));
        } catch (error) {
          for (const minute of some) minute.changed = true;
          throw error;
        }
      }
      const over = now() - MINUTE_MS;
      for (const [name, { at, changed }] of minutes) if (!changed && at <= over) minutes.delete(name);
    },
  };
}

function toWrite({ keyId, ownerId, at, counts }: Minute, instanceId: string): Write {
  const minute = new Date(at);
  const id = documentId(`${keyId}|${minute.toISOString()}|${instanceId}`);
  const data = {
    key_id: keyId,
    owner_id: ownerId,
    minute,
    counts: Object.fromEntries([...counts].map(([code, count]) => [code, BigInt(count)])),
    shard: shardOf(id, LEASE_SHARDS),
    expires_at: new Date(at + REFUSAL_LIFE_MS),
  };
  return { kind: 'set', collection: REFUSALS, id, data, expect: 'any' };
}
