import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { makeEndpoint, somePrice } from '../../../test/support/make-endpoint.ts';
import { noUsage } from '../money/usage.ts';
import { documentId } from '../store/document-id.ts';
import type { Documents, Write } from '../store/documents.ts';
import { SESSION_LIFE_MS } from './binding.ts';
import {
  createSessions,
  MAX_SESSION_MOVES,
  SESSION_READ_AGAIN_MS,
  SESSION_READ_MS,
  SESSION_REFRESH_MS,
  SESSION_REST_MS,
  type SessionKey,
  type Sessions,
} from './sessions.ts';
import { SESSIONS } from './shared-sessions.ts';

const acme = makeEndpoint({ id: 'acme/large', modelId: 'vendor/large' });
const bolt = makeEndpoint({ id: 'bolt/large', modelId: 'vendor/large' });
const usage = { ...noUsage, input: 10_000, output: 100 };
const INPUT = 12_000;

/** What sessions are on any store. */
export function describeSessions(name: string, open: () => Documents | Promise<Documents>): void {
  describe(name, () => {
    let documents: Documents;
    let now: number;
    let key: SessionKey;
    let reads: number;
    let writes: Write[];
    /** What reads and commits wait for, or fail with. */
    let before: () => Promise<void>;
    /** Work that nobody awaits, to its end. */
    let work: Promise<void>[];
    let troubles: unknown[];
    /** Ends the waits of requests. */
    let late: (() => void)[];
    let waited: number[];

    beforeAll(async () => {
      documents = await open();
      // The first read of a store connects to it.
      await documents.get(SESSIONS, 'none');
    }, 30_000);
    afterAll(() => documents.close());
    beforeEach(() => {
      now = Date.UTC(2026, 10, 28);
      key = { ownerId: 'own_1', name: randomUUID(), isNamed: true };
      reads = 0;
      writes = [];
      before = async () => {};
      work = [];
      troubles = [];
      late = [];
      waited = [];
    });

    const instance = (): Sessions =>
      createSessions({
        documents: {
          async get(collection, id) {
            reads++;
            await before();
            return documents.get(collection, id);
          },
          async commit(some) {
            writes.push(...some);
            await before();
            return documents.commit(some);
          },
        },
        now: () => now,
        pause(milliseconds) {
          waited.push(milliseconds);
          return new Promise<void>((end) => late.push(end));
        },
        aside(_name, _ownerId, act) {
          const done = act().catch((error: unknown) => void troubles.push(error));
          work.push(done);
          return done;
        },
        secret: randomUUID(),
      });
    const settled = async () => {
      for (const each of work) await each;
    };
    const allUp = () => true;
    const homeOf = (sessions: Sessions, of = key) => sessions.home(of, 'vendor/large', INPUT)?.endpointId ?? null;
    /** A turn of the session, served by an endpoint. */
    async function turn(sessions: Sessions, endpoint = acme, isUp: (id: string) => boolean = allUp) {
      await sessions.recall(key, 'vendor/large', isUp);
      const home = homeOf(sessions);
      sessions.served(key, endpoint, usage);
      await settled();
      return home;
    }

    test('a session is at the endpoint that served it, until an hour after', async () => {
      const sessions = instance();
      expect(await turn(sessions)).toBeNull();
      expect(sessions.home(key, 'vendor/large', INPUT)).toEqual({ endpointId: 'acme/large', cachedTokens: 10_000 });
      now += SESSION_LIFE_MS - 1;
      expect(homeOf(sessions)).toBe('acme/large');
      now += 1;
      expect(homeOf(sessions)).toBeNull();
    });

    test('another owner, another model and another session are at home nowhere', async () => {
      const sessions = instance();
      await turn(sessions);
      expect(homeOf(sessions, { ...key, ownerId: 'own_2' })).toBeNull();
      expect(homeOf(sessions, { ...key, name: 'other' })).toBeNull();
      expect(sessions.home(key, 'vendor/small', INPUT)).toBeNull();
      const other = { ...key, ownerId: 'own_2' };
      const elsewhere = instance();
      await elsewhere.recall(other, 'vendor/large', allUp);
      expect(homeOf(elsewhere, other)).toBeNull();
    });

    test('an endpoint whose cache costs what its input does is nobody’s home', async () => {
      const dear = makeEndpoint({ ...acme, price: { ...somePrice, cacheRead: somePrice.input } });
      expect(await turn(instance(), dear)).toBeNull();
      expect(writes).toEqual([]);
    });

    test('another instance hears of a session that its client names, by one write and one read', async () => {
      const [one, other] = [instance(), instance()];
      await turn(one);
      expect([reads, writes.length]).toEqual([1, 1]);
      expect(await turn(other)).toBe('acme/large');
      for (let n = 0; n < 5; n++) {
        now += 1_000;
        await turn(one);
        await turn(other);
      }
      expect([reads, writes.length]).toEqual([2, 1]);
    });

    test('it goes by itself, an hour after it was last written', async () => {
      await turn(instance());
      const id = documentId(`own_1|vendor/large|${key.name}`);
      const stored = await documents.get(SESSIONS, id);
      expect(stored?.data).toEqual({
        owner_id: 'own_1',
        endpoint: 'acme/large',
        moved_at: new Date(now),
        expires_at: new Date(now + SESSION_LIFE_MS),
        shard: expect.any(BigInt),
      });
      now += SESSION_LIFE_MS;
      expect(await turn(instance())).toBeNull();
    });

    test('while a session goes on it is written again now and then', async () => {
      const sessions = instance();
      await turn(sessions);
      now += SESSION_REFRESH_MS - 1;
      await turn(sessions);
      expect(writes).toHaveLength(1);
      now += 1;
      await turn(sessions);
      await turn(sessions);
      expect(writes).toHaveLength(2);
    });

    test('an instance that misses a move finds the new home when the old one is down', async () => {
      const [one, other] = [instance(), instance()];
      await turn(one);
      await turn(other);
      now += 1;
      await turn(one, bolt);
      expect(await turn(other, bolt, (id) => id !== 'acme/large')).toBe('bolt/large');
    });

    test('of two that each think that it is theirs, whoever moved it last is right', async () => {
      const [one, other] = [instance(), instance()];
      await turn(one);
      await turn(other);
      now += 1;
      await turn(other, bolt);
      now += SESSION_REFRESH_MS;
      await turn(one);
      expect(homeOf(one)).toBe('bolt/large');
      expect(await turn(instance())).toBe('bolt/large');
    });

    test('one that moves again and again is written a few times only', async () => {
      const sessions = instance();
      for (let n = 0; n < 20; n++) await turn(sessions, n % 2 === 0 ? acme : bolt);
      expect(writes).toHaveLength(1 + MAX_SESSION_MOVES);
    });

    test('what nobody knows is not asked for again and again', async () => {
      const sessions = instance();
      for (let n = 0; n < 5; n++) await sessions.recall(key, 'vendor/large', allUp);
      expect(reads).toBe(1);
      now += SESSION_READ_AGAIN_MS;
      await sessions.recall(key, 'vendor/large', allUp);
      expect(reads).toBe(2);
    });

    test('requests that come at once share one read', async () => {
      await turn(instance());
      reads = 0;
      const sessions = instance();
      await Promise.all(Array.from({ length: 5 }, () => sessions.recall(key, 'vendor/large', allUp)));
      expect([reads, homeOf(sessions)]).toEqual([1, 'acme/large']);
    });

    test('a guess is the same for the same texts of a key, and never leaves memory', async () => {
      const sessions = instance();
      key = sessions.guess('own_1', 'key_1', ['Be brief.', 'Hi.']);
      await turn(sessions);
      expect(homeOf(sessions, sessions.guess('own_1', 'key_1', ['Be brief.', 'Hi.']))).toBe('acme/large');
      for (const other of [
        sessions.guess('own_1', 'key_2', ['Be brief.', 'Hi.']),
        sessions.guess('own_1', 'key_1', ['Be brief.H', 'i.']),
        instance().guess('own_1', 'key_1', ['Be brief.', 'Hi.']),
      ]) {
        expect(other.name).not.toBe(key.name);
      }
      now += SESSION_REFRESH_MS;
      await turn(sessions, bolt);
      expect([reads, writes]).toEqual([0, []]);
    });

    test('a store that says nothing keeps a request waiting for a moment, and the next ones not at all', async () => {
      const sessions = instance();
      let answer = () => {};
      const silence = new Promise<void>((resolve) => {
        answer = resolve;
      });
      before = () => silence;
      const recalled = sessions.recall(key, 'vendor/large', allUp);
      expect(waited).toEqual([SESSION_READ_MS]);
      for (const end of late) end();
      await recalled;
      await sessions.recall({ ...key, name: 'other' }, 'vendor/large', allUp);
      await sessions.recall(key, 'vendor/large', allUp);
      now += SESSION_REST_MS;
      sessions.served(key, acme, usage);
      await sessions.recall(key, 'vendor/large', allUp);
      expect([reads, waited]).toEqual([1, [SESSION_READ_MS]]);
      answer();
      await settled();
      now += SESSION_REST_MS;
      await sessions.recall({ ...key, name: 'another' }, 'vendor/large', allUp);
      expect(reads).toBe(2);
    });

    test('a store that fails costs nothing but what others would know', async () => {
      const sessions = instance();
      before = () => Promise.reject(new Error('away'));
      expect(await turn(sessions)).toBeNull();
      expect(await turn(sessions)).toBe('acme/large');
      expect([reads, writes.length, troubles.length]).toEqual([1, 1, 2]);
    });

    test('a document that was damaged is as good as none', async () => {
      await turn(instance());
      const id = documentId(`own_1|vendor/large|${key.name}`);
      await documents.commit([
        { kind: 'set', collection: SESSIONS, id, data: { owner_id: 'own_1', endpoint: 7n }, expect: 'present' },
      ]);
      expect(await turn(instance())).toBeNull();
      expect(troubles).toEqual([]);
    });
  });
}
