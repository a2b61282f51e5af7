import { afterEach, describe, expect, test } from '@jest/globals';
import {
  type Call,
  type Fate,
  type FirestoreDouble,
  startFirestoreDouble,
} from '../../../test/support/firestore-double.ts';
import { deadUrl } from '../../../test/support/scripted-upstream.ts';
import { ExpectationFailed, StoreContended, StoreUnavailable, type Write } from '../../core/store/documents.ts';
import { createCalls } from './firestore-calls.ts';
import { type FirestoreConnection, openConnection } from './firestore-connection.ts';
import { createDocuments } from './firestore-documents.ts';
import { FirestoreFailure } from './firestore-failure.ts';
import { CONTENDED_WAIT_MS, FIRST_WAIT_MS, MAX_TRIES, WAIT_GROWTH } from './firestore-tries.ts';

const DATABASE = 'projects/p/databases/(default)';
const ROOT = `${DATABASE}/documents`;
const LONG_MS = 10_000;

const opened: (FirestoreDouble | FirestoreConnection)[] = [];
afterEach(async () => {
  for (const each of opened.splice(0)) await each.close();
});

function connect(url: string, callLimitMs = LONG_MS) {
  const waits: number[] = [];
  const connection = openConnection(url);
  opened.push(connection);
  let tokens = 1;
  const now = () => performance.now();
  const pause = async (milliseconds: number) => waits.push(milliseconds);
  const authorize = (refused?: readonly string[]) => {
    if (refused !== undefined) tokens++;
    return ['authorization', `Bearer ${tokens}`, 'content-type', 'application/json'];
  };
  const calls = createCalls({ connection, database: DATABASE, authorize, now });
  return { waits, store: createDocuments(calls, { now, pause, random: () => 0.5, callLimitMs }, ROOT) };
}

async function start(callLimitMs?: number) {
  const double = await startFirestoreDouble();
  const connected = connect(double.server.url, callLimitMs);
  opened.push(double);
  const sent = (method: Call['method']) =>
    double.calls.filter((call) => call.method === method).map(({ body }) => body);
  return { ...connected, double, sent };
}

const create = (id: string): Write => ({ kind: 'set', collection: 'c', id, data: { v: 1n }, expect: 'absent' });
const always = (fate: Fate) => Array.from({ length: MAX_TRIES }, () => fate);

describe('a read', () => {
  test('of many documents in one turn is one call', async () => {
    const { store, sent } = await start();
    await store.commit([create('a'), create('b')]);
    const found = await Promise.all(['a', 'b', 'none', 'a'].map((id) => store.get('c', id)));
    expect(found.map((document) => document?.id ?? null)).toEqual(['a', 'b', null, 'a']);
    expect(sent('batchGet')).toEqual([{ documents: ['a', 'b', 'none'].map((id) => `${ROOT}/c/${id}`) }]);
    await store.get('c', 'b');
    expect(sent('batchGet')).toHaveLength(2);
  });

  test('asks for documents by their whole names, and has the time of the server', async () => {
    const { store, double } = await start();
    const version = await store.commit([create('x%2F"')]);
    expect(await store.get('c', 'x%2F"')).toEqual({ id: 'x%2F"', version, data: { v: 1n } });
    expect(await store.get('c', 'none')).toBeNull();
    expect(double.calls.at(-1)).toEqual({
      method: 'batchGet',
      body: { documents: [`${ROOT}/c/none`] },
      authorization: 'Bearer 1',
    });
    expect(double.server.requests.at(-1)?.path).toBe(`/v1/${ROOT}:batchGet?$prettyPrint=false`);
    expect(await store.now()).toBe(1_764_000_000_001);
  });

  const passing: Fate[] = [
    'cut before',
    'half a reply',
    { status: 502 },
    { status: 503, code: 'UNAVAILABLE' },
    { status: 504, code: 'DEADLINE_EXCEEDED' },
    { status: 500, code: 'INTERNAL' },
    { status: 429, code: 'RESOURCE_EXHAUSTED' },
    { status: 200, code: 'UNAVAILABLE' },
  ];
  test.each(passing)('is tried again after a while: %j', async (fate) => {
    const { store, double, waits } = await start();
    double.next('batchGet', fate, fate);
    expect(await store.get('c', 'x')).toBeNull();
    expect(waits).toEqual([FIRST_WAIT_MS * 0.5, FIRST_WAIT_MS * 0.5 * WAIT_GROWTH]);
  });

  test('that others are in the way of waits long enough for them to come apart', async () => {
    const { store, double, waits } = await start();
    double.next('batchGet', { status: 409, code: 'ABORTED' });
    expect(await store.get('c', 'x')).toBeNull();
    expect(waits).toEqual([CONTENDED_WAIT_MS * 0.5]);
  });

  test('of which the answer leaves a document out is tried again', async () => {
    const { store, double } = await start();
    double.next('batchGet', { status: 200, code: 'UNKNOWN' });
    expect(await store.get('c', 'x')).toBeNull();
  });

  test('goes over connections that are kept: two, since one is not free yet when its answer is here', async () => {
    const { store, double } = await start();
    for (let n = 0; n < 10; n++) await store.get('c', 'x');
    expect(new Set(double.server.requests.map(({ clientPort }) => clientPort)).size).toBeLessThanOrEqual(2);
  });
});

describe('a commit', () => {
  const unknown: Fate[] = [
    'cut after',
    'half a reply',
    { status: 502, applied: true },
    { status: 503, code: 'UNAVAILABLE', applied: true },
    { status: 504, code: 'DEADLINE_EXCEEDED', applied: true },
    { status: 500, code: 'INTERNAL', applied: true },
    { status: 499, code: 'CANCELLED', applied: true },
  ];
  test.each(unknown)('that was applied is never told as refused: %j', async (fate) => {
    const { store, double, sent } = await start();
    double.next('commit', fate);
    const failed = await store.commit([create('x')]).catch((error) => error);
    expect(failed).toBeInstanceOf(StoreUnavailable);
    expect(failed).not.toBeInstanceOf(StoreContended);
    expect(failed.trouble).toBeNull();
    expect(sent('commit').length).toBe(2);
    expect(double.documents.size).toBe(1);
  });

  test('that was cut before it was applied is done by the next try', async () => {
    const { store, double } = await start();
    double.next('commit', 'cut before');
    expect(await store.commit([create('x')])).not.toBeNull();
    expect(double.documents.size).toBe(1);
  });

  test.each([
    [{ status: 409, code: 'ALREADY_EXISTS' }],
    [{ status: 404, code: 'NOT_FOUND' }],
    [{ status: 400, code: 'FAILED_PRECONDITION' }],
  ])('is refused once, for good: %j', async (fate) => {
    const { store, double, sent } = await start();
    double.next('commit', fate);
    await expect(store.commit([create('x')])).rejects.toThrow(ExpectationFailed);
    expect(sent('commit').length).toBe(1);
  });

  test('whose refusal follows on contention or a quota is refused: these have written nothing', async () => {
    const { store, double } = await start();
    await store.commit([create('x')]);
    double.next('commit', { status: 409, code: 'ABORTED' }, { status: 429, code: 'RESOURCE_EXHAUSTED' });
    await expect(store.commit([create('x')])).rejects.toThrow(ExpectationFailed);
  });

  test('that others are in the way of is contended in the end, and not if one of its tries may have been applied', async () => {
    const { store, double, sent } = await start();
    const aborted: Fate = { status: 409, code: 'ABORTED' };
    double.next('commit', ...always(aborted));
    await expect(store.commit([create('x')])).rejects.toThrow(StoreContended);
    expect(sent('commit').length).toBe(MAX_TRIES);
    double.next('commit', 'cut before', ...always(aborted).slice(1));
    expect((await store.commit([create('x')]).catch((error) => error)).name).toBe('StoreUnavailable');
  });

  test.each([
    [{ status: 403, code: 'PERMISSION_DENIED' }, 'denied', 1],
    [{ status: 403 }, 'denied', 1],
    [{ status: 429, code: 'RESOURCE_EXHAUSTED' }, 'quota', MAX_TRIES],
    [{ status: 429 }, 'quota', MAX_TRIES],
  ] as const)('finds what is the matter with the whole store: %j', async (fate, trouble, tries) => {
    const { store, double, sent } = await start();
    double.next('commit', ...always(fate));
    const failed = await store.commit([create('x')]).catch((error) => error);
    expect(failed).toBeInstanceOf(StoreUnavailable);
    expect(failed.trouble).toBe(trouble);
    expect(sent('commit').length).toBe(tries);
  });

  test('whose token is refused goes again with another, at once and once', async () => {
    const { store, double, waits } = await start();
    const refused: Fate = { status: 401, code: 'UNAUTHENTICATED' };
    double.next('commit', refused);
    await store.commit([create('x')]);
    expect(double.calls.map(({ authorization }) => authorization)).toEqual(['Bearer 1', 'Bearer 2']);
    double.next('commit', refused, refused);
    const failed = await store.commit([create('y')]).catch((error) => error);
    expect([failed.trouble, double.calls.length, waits]).toEqual(['denied', 4, []]);
  });

  test('that can never be made is our mistake; after a try that may have been applied it is not known', async () => {
    const { store, double, sent } = await start();
    const invalid: Fate = { status: 400, code: 'INVALID_ARGUMENT', message: 'The value of "transaction" is too long.' };
    double.next('commit', invalid);
    const failed = await store.commit([create('x')]).catch((error) => error);
    expect(failed).toBeInstanceOf(FirestoreFailure);
    expect(sent('commit').length).toBe(1);
    double.next('commit', 'cut after', invalid);
    await expect(store.commit([create('x')])).rejects.toThrow(StoreUnavailable);
  });

  test('that is not answered in time is not known, and its connection is closed', async () => {
    const { store, double } = await start(100);
    double.next('commit', 'no answer');
    await expect(store.commit([create('x')])).rejects.toThrow(StoreUnavailable);
    await double.server.until(({ aborted }) => aborted.length === 1);
    expect(double.calls.length).toBe(1);
  });

  test('to nobody who listens is tried again, and then the store cannot be reached', async () => {
    const { store, waits } = connect(await deadUrl());
    await expect(store.commit([create('x')])).rejects.toThrow(StoreUnavailable);
    expect(waits.length).toBe(MAX_TRIES - 1);
  });

  test('of deletes alone has no version', async () => {
    const { store } = await start();
    expect(await store.commit([{ kind: 'delete', collection: 'c', id: 'x', expect: 'any' }])).toBeNull();
  });
});

describe('a transaction', () => {
  /** Creates a document where there is none, and says whether it did. */
  const ensure = (store: Awaited<ReturnType<typeof start>>['store'], id: string) => {
    let runs = 0;
    const result = store.transaction(async (tx) => {
      runs++;
      if ((await tx.get('c', id)) !== null) return 'found';
      tx.write(create(id));
      return 'made';
    });
    return result.then((what) => ({ what, runs }));
  };

  test('begins with its first read; reads of one turn go together, and what is written ends it', async () => {
    const { store, double } = await start();
    const found = await store.transaction(async (tx) => {
      const first = await Promise.all([tx.get('c', 'a'), tx.get('c', 'b'), tx.get('c', 'a')]);
      const second = await tx.get('d', 'a');
      tx.write(create('a'));
      return [...first, second];
    });
    expect(found).toEqual([null, null, null, null]);
    expect(double.calls.map(({ method, body }) => [method, body])).toEqual([
      ['batchGet', { documents: [`${ROOT}/c/a`, `${ROOT}/c/b`], newTransaction: { readWrite: {} } }],
      ['batchGet', { documents: [`${ROOT}/d/a`], transaction: 'transaction 1' }],
      [
        'commit',
        {
          writes: [
            {
              update: { name: `${ROOT}/c/a`, fields: { v: { integerValue: '1' } } },
              currentDocument: { exists: false },
            },
          ],
          transaction: 'transaction 1',
        },
      ],
    ]);
  });

  test('that does nothing sends nothing, and one that only writes begins none', async () => {
    const { store, double, sent } = await start();
    await store.transaction(async () => {});
    expect(double.calls).toEqual([]);
    await store.transaction(async (tx) => tx.write(create('x')));
    expect(double.calls.length).toBe(1);
    expect(sent('commit')[0].transaction).toBeUndefined();
  });

  test.each(['cut after', 'half a reply', { status: 503, code: 'UNAVAILABLE', applied: true }] as Fate[])(
    'that was applied runs once more and finds what it made: %j',
    async (fate) => {
      const { store, double, sent } = await start();
      double.next('commit', fate);
      expect(await ensure(store, 'x')).toEqual({ what: 'found', runs: 2 });
      expect(double.documents.size).toBe(1);
      expect(sent('batchGet')[1].newTransaction).toEqual({ readWrite: { retryTransaction: 'transaction 1' } });
    },
  );

  test.each(['cut before', { status: 409, code: 'ABORTED' }, { status: 503, code: 'UNAVAILABLE' }] as Fate[])(
    'that was not applied runs once more in place of the first, which is rolled back: %j',
    async (fate) => {
      const { store, double, sent } = await start();
      double.next('commit', fate);
      expect(await ensure(store, 'x')).toEqual({ what: 'made', runs: 2 });
      expect(sent('batchGet')[1].newTransaction).toEqual({ readWrite: { retryTransaction: 'transaction 1' } });
      expect(sent('rollback')).toEqual([{ transaction: 'transaction 1' }]);
    },
  );

  test('that only wrote, and may have been applied, is never told as refused', async () => {
    const { store, double } = await start();
    double.next('commit', 'cut after');
    const failed = await store.transaction(async (tx) => tx.write(create('x'))).catch((error) => error);
    expect(failed.name).toBe('StoreUnavailable');
    expect(double.documents.size).toBe(1);
  });

  test('that somebody has ended is not known, and runs once more', async () => {
    const { store, double } = await start();
    const closed: Fate = { status: 400, code: 'INVALID_ARGUMENT', message: 'Transaction is invalid or closed.' };
    const expired: Fate = { ...closed, message: 'The referenced transaction has expired or is no longer valid.' };
    double.next('commit', { ...closed, applied: true });
    expect(await ensure(store, 'x')).toEqual({ what: 'found', runs: 2 });
    double.next('commit', expired);
    expect(await ensure(store, 'y')).toEqual({ what: 'made', runs: 2 });
    double.next('commit', ...always(expired));
    const failed = await ensure(store, 'z').catch((error) => error);
    expect(failed.name).toBe('StoreUnavailable');
  });

  test('of which a read was lost runs again, and its refusal is one', async () => {
    const { store, double } = await start();
    await store.commit([create('x')]);
    double.next('batchGet', 'cut after', 'half a reply');
    const blind = store.transaction(async (tx) => {
      await tx.get('c', 'other');
      tx.write(create('x'));
    });
    await expect(blind).rejects.toThrow(ExpectationFailed);
  });

  test('whose body throws is rolled back, and what it threw comes through', async () => {
    const { store, double, sent } = await start();
    const failed = store.transaction(async (tx) => {
      await tx.get('c', 'x');
      throw new RangeError('no');
    });
    await expect(failed).rejects.toThrow(RangeError);
    await double.server.until(() => sent('rollback').length === 1);
    expect(sent('commit')).toEqual([]);
  });

  test('has one limit of time for all its tries', async () => {
    const { store, double } = await start(200);
    double.next('batchGet', { status: 503, code: 'UNAVAILABLE' }, 'no answer');
    await expect(ensure(store, 'x')).rejects.toThrow(StoreUnavailable);
    expect(double.calls.length).toBe(2);
  });

  test('gives up on contention after so many runs', async () => {
    const { store, double, sent } = await start();
    double.next('commit', ...always({ status: 409, code: 'ABORTED' }));
    await expect(ensure(store, 'x')).rejects.toThrow(StoreContended);
    expect(sent('commit').length).toBe(MAX_TRIES);
  });
});
