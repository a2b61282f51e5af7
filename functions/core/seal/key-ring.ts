import { createHmac } from 'node:crypto';

/** Bytes of a key of ours, random. */
export const OWN_KEY_BYTES = 32;

/** A key that seals: its name in tokens, which tells nothing of it, and its bytes. */
export interface SealKey {
  id: number;
  secret: Uint8Array;
}

/** The keys that are readable, and the one that writes. */
export interface KeyRing {
  writing(): SealKey;
  find(id: number): SealKey | null;
  /**
   * The keys as they are now, the newest first. A key that was not there before is readable at once and writes only from the
   * next renewal on: until then another instance may not have heard of it. One that is gone is neither.
   */
  renew(secrets: readonly Uint8Array[]): void;
}

/** `secrets`: the newest first, at least one; `OWN_KEY_BYTES` each. */
export function createKeyRing(secrets: readonly Uint8Array[]): KeyRing {
  let keys = secrets.map(toKey);
  let writer = first(keys);
  return {
    writing: () => writer,
    find: (id) => keys.find((key) => key.id === id) ?? null,
    renew(renewed) {
      const known = new Set(keys.map(({ id }) => id));
      keys = renewed.map(toKey);
      writer = keys.find(({ id }) => known.has(id)) ?? first(keys);
    },
  };
}

function toKey(secret: Uint8Array): SealKey {
  if (secret.length !== OWN_KEY_BYTES) throw new RangeError(`A key needs ${OWN_KEY_BYTES} random bytes.`);
  return { id: createHmac('sha256', secret).update('key id').digest().readUInt32BE(), secret };
}

function first(keys: readonly SealKey[]): SealKey {
  const [key] = keys;
  if (key === undefined) throw new RangeError('A ring needs a key.');
  return key;
}
