import { hash } from 'node:crypto';
import type { Endpoint } from '../endpoints/endpoint.ts';
import type { Usage } from '../money/usage.ts';
import type { Bound } from '../routing/affinity.ts';
import type { Documents } from '../store/documents.ts';
import { type Binding, cachedTokens, isCacheCheap, SESSION_LIFE_MS, seenShare, servedAt } from './binding.ts';
import { createCacheShares } from './cache-shares.ts';
import { SessionMemory } from './session-memory.ts';
import { readSession, sessionName, sessionWrite } from './shared-sessions.ts';

/** The longest that a request waits to hear from the store where its session is. */
export const SESSION_READ_MS = 50;
/** What the store does not know is not asked for again for so long. */
export const SESSION_READ_AGAIN_MS = 300_000;
/** A store that failed or was late is not asked for sessions for so long: requests are not kept waiting one by one. */
export const SESSION_REST_MS = 10_000;
/** While a session goes on it is written again so often, at most; its moves between that … */
export const SESSION_REFRESH_MS = 600_000;
/** … up to so many. */
export const MAX_SESSION_MOVES = 3;

/** Which conversation a request is a turn of. */
export interface SessionKey {
  ownerId: string;
  /** As the client calls it, or a keyed hash that was made of how it begins. */
  name: string;
  /** Whether the client named it: only then other instances may know of it. */
  isNamed: boolean;
}

/** Where sessions are at home, by model. */
export interface Sessions {
  /**
   * Brings in what other instances know of a session that this one does not know, or whose endpoint is not up. Waits for
   * `SESSION_READ_MS` at most, and never fails.
   */
  recall(key: SessionKey, modelId: string, isUp: (endpointId: string) => boolean): Promise<void>;
  /** From memory alone. `inputTokens`: what the request likely has. */
  home(key: SessionKey, modelId: string, inputTokens: number): Bound | null;
  /** An endpoint has served a request of a session, to its end. Takes no time: it is shared in the background. */
  served(key: SessionKey, endpoint: Endpoint, usage: Usage): void;
  /** A name for a session that has none: a hash, keyed for this process alone, of texts that stay the same through it. */
  guess(ownerId: string, keyId: string, texts: readonly string[]): SessionKey;
}

export interface SessionsOptions {
  documents: Pick<Documents, 'get' | 'commit'>;
  /** Unix milliseconds, store's clock. */
  now(): number;
  pause(milliseconds: number): Promise<unknown>;
  /** Does what nobody awaits; resolves when it is over, and never rejects. */
  aside(name: string, ownerId: string, work: () => Promise<void>): Promise<void>;
  /** What guesses are keyed by: random, and of this process alone. */
  secret: string;
}

/** What this instance knows of a session. */
interface Known {
  /** Null where it only knows that the store knew nothing. */
  binding: Binding | null;
  /** When it was last used. */
  at: number;
  /** When the store was last asked, and the endpoint that was known then and down; null before it was. */
  asked: { down: string | null; at: number } | null;
  /** What the store was last told, or said, and how often it was told of a move since the last refresh. */
  stored: { endpointId: string; at: number; moves: number } | null;
}

/**
 * Sessions in memory, those that clients name in the store too: a small document when one comes to an endpoint or moves, and one
 * every ten minutes while it goes on. An instance reads it when it meets a session for the first time, and when the endpoint that
 * it knows is down. Nothing of this has to be right: a session that is forgotten costs a cache, and no request.
 */
export function createSessions({ documents, now, pause, aside, secret }: SessionsOptions): Sessions {
  const memory = new SessionMemory<Known>(SESSION_LIFE_MS);
  const shares = createCacheShares();
  const reads = new Map<string, Promise<void>>();
  let restUntil = 0;

  /** Takes over what the store says, unless this instance knows of a later move. */
  async function read(ownerId: string, name: string): Promise<void> {
    const theirs = await readSession(documents, name, now());
    const known = memory.get(ownerId, name, now());
    if (theirs === null || (known?.binding && known.binding.movedAt >= theirs.movedAt)) return;
    const stored = { endpointId: theirs.endpointId, at: theirs.at, moves: known?.stored?.moves ?? 0 };
    const binding = { ...theirs, share: shares.expected(theirs.endpointId) };
    memory.set(ownerId, name, { binding, at: theirs.at, asked: known?.asked ?? null, stored }, now());
  }

  async function ask(ownerId: string, name: string): Promise<void> {
    try {
      await read(ownerId, name);
    } catch (error) {
      restUntil = now() + SESSION_REST_MS;
      throw error;
    } finally {
      reads.delete(name);
    }
  }

  async function tell(ownerId: string, name: string, isRefresh: boolean): Promise<void> {
    // Two instances may each think that it is theirs: whoever moved it last is right.
    if (isRefresh) await read(ownerId, name);
    const known = memory.get(ownerId, name, now());
    if (known?.binding) await documents.commit([sessionWrite(ownerId, name, known.binding, now())]);
  }

  return {
    async recall({ ownerId, name: session, isNamed }, modelId, isUp) {
      if (!isNamed) return;
      const name = sessionName(ownerId, modelId, session);
      const known = memory.get(ownerId, name, now());
      const down = known?.binding?.endpointId ?? null;
      if ((down !== null && isUp(down)) || now() < restUntil) return;
      let reading = reads.get(name);
      if (reading === undefined) {
        if (known?.asked?.down === down && now() - known.asked.at < SESSION_READ_AGAIN_MS) return;
        const { binding, stored, at } = known ?? { binding: null, stored: null, at: now() };
        memory.set(ownerId, name, { binding, stored, at, asked: { down, at: now() } }, now());
        reading = aside('session_read', ownerId, () => ask(ownerId, name));
        reads.set(name, reading);
      }
      const isLate = await Promise.race([reading.then(() => false), pause(SESSION_READ_MS).then(() => true)]);
      if (isLate) restUntil = now() + SESSION_REST_MS;
    },

    home({ ownerId, name }, modelId, inputTokens) {
      const binding = memory.get(ownerId, sessionName(ownerId, modelId, name), now())?.binding ?? null;
      if (binding === null) return null;
      return { endpointId: binding.endpointId, cachedTokens: cachedTokens(binding, inputTokens, now()) };
    },

    served({ ownerId, name: session, isNamed }, endpoint, usage) {
      if (!isCacheCheap(endpoint)) return;
      const name = sessionName(ownerId, endpoint.modelId, session);
      const known = memory.get(ownerId, name, now());
      const before = known?.binding ?? null;
      const seen = before?.endpointId === endpoint.id ? seenShare(before, usage, now()) : null;
      if (seen !== null) shares.note(endpoint.id, seen);
      const binding = servedAt(endpoint, usage, before, shares, now());
      const stored = isNamed ? toTell(known?.stored ?? null, endpoint.id, now()) : null;
      memory.set(
        ownerId,
        name,
        { binding, at: now(), asked: known?.asked ?? null, stored: stored ?? known?.stored ?? null },
        now(),
      );
      if (stored === null) return;
      const hasMoved = known?.stored?.endpointId !== endpoint.id;
      void aside('session_write', ownerId, () => tell(ownerId, name, !hasMoved));
    },

    guess(ownerId, keyId, texts) {
      // Nobody is ever shown one, so a key before the text does; an HMAC would take ten times as long.
      const name = hash('sha256', [secret, ownerId, keyId, ...texts].join('\0'), 'base64url');
      return { ownerId, name, isNamed: false };
    },
  };
}

/** What the store is told next; null where it knows enough. */
function toTell(stored: Known['stored'], endpointId: string, now: number): Known['stored'] {
  if (stored === null || now - stored.at >= SESSION_REFRESH_MS) return { endpointId, at: now, moves: 0 };
  if (stored.endpointId === endpointId || stored.moves >= MAX_SESSION_MOVES) return null;
  return { endpointId, at: stored.at, moves: stored.moves + 1 };
}
