import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import type { Secret, Secrets } from './secrets.ts';

/** Age from which a secret is read again, in the background, while the old one is still given out. */
export const REFRESH_AGE_MS = 30_000;
/** How old a secret may become while the store cannot be reached. */
export const MAX_STALE_MS = 3_600_000;
/** How long the absence of a secret is remembered. */
export const ABSENT_AGE_MS = 10_000;
/** After a failed read, the next one waits this long; so does a second one for a secret that was refused, or every refusal would be a read. */
export const RETRY_AGE_MS = 5_000;
/** Names remembered at most; the catalogue has a few dozen. */
export const MAX_CACHED_SECRETS = 1_000;

export interface CachedSecrets {
  /** The secret from memory; null where it has to be fetched. Starts a refresh where it is due. */
  peek(name: string): Secret | null;
  /** From memory, else from the store; null where there is none. Throws where the store cannot be reached. */
  get(name: string): Promise<Secret | null>;
  /**
   * An upstream has refused the secret of this version (null: not known). Reads the store again, at most every `RETRY_AGE_MS`;
   * true where there is another version now.
   */
  renewed(name: string, refusedVersion: string | null): Promise<boolean>;
  close(): Promise<void>;
}

interface Entry {
  secret: Secret | null;
  /** When it was read, when a read was last tried, and when it was last read because it was refused. Monotonic milliseconds. */
  readAt: number;
  triedAt: number;
  refusedAt: number;
  fetch: Promise<Secret | null> | null;
}

const NEVER = Number.NEGATIVE_INFINITY;
const unknown: Entry = { secret: null, readAt: NEVER, triedAt: NEVER, refusedAt: NEVER, fetch: null };

/** Keeps the latest version of each secret in memory. A new version is used within about `REFRESH_AGE_MS`. */
export function cacheSecrets(store: Secrets, clock: Clock, log: Log): CachedSecrets {
  const entries = new Map<string, Entry>();

  function fetch(name: string): Promise<Secret | null> {
    const known = entries.get(name);
    if (known?.fetch) return known.fetch;
    const entry: Entry = known ?? { ...unknown };
    entry.triedAt = clock.monotonic();
    entry.fetch = store
      .get(name)
      .then((secret) => {
        entry.secret = secret;
        entry.readAt = clock.monotonic();
        return secret;
      })
      .finally(() => {
        entry.fetch = null;
      });
    entries.set(name, entry);
    if (entries.size > MAX_CACHED_SECRETS) entries.delete(entries.keys().next().value ?? '');
    return entry.fetch;
  }

  function peek(name: string): Secret | null {
    const entry = entries.get(name);
    if (entry === undefined || entry.secret === null) return null;
    const now = clock.monotonic();
    if (now - entry.readAt > MAX_STALE_MS) return null;
    if (entry.fetch === null && now - entry.readAt > REFRESH_AGE_MS && now - entry.triedAt > RETRY_AGE_MS) {
      fetch(name).catch(() => log.warn('a secret could not be refreshed', { secret: name }));
    }
    return entry.secret;
  }

  return {
    peek,
    async get(name) {
      const known = peek(name);
      if (known !== null) return known;
      const entry = entries.get(name);
      if (entry?.secret === null && clock.monotonic() - entry.readAt < ABSENT_AGE_MS) return null;
      return fetch(name);
    },
    async renewed(name, refusedVersion) {
      const entry = entries.get(name);
      if (entry === undefined) return false;
      const isAnother = () => entry.secret !== null && entry.secret.version !== refusedVersion;
      // A read that was begun before may yet bring what was refused; then there is one more.
      for (let read = 0; read < 2 && !isAnother(); read++) {
        if (entry.fetch === null) {
          if (clock.monotonic() - entry.refusedAt < RETRY_AGE_MS) return false;
          entry.refusedAt = clock.monotonic();
          void fetch(name);
        }
        await entry.fetch?.catch(() => log.warn('a secret could not be read', { secret: name }));
      }
      return isAnother();
    },
    close: () => store.close(),
  };
}
