import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { countOperations } from '../../test/support/count-operations.ts';
import fc from '../../test/support/fast-check.ts';
import { silentLog } from '../../test/support/memory-log.ts';
import { MISSING_MS } from '../core/leases/counting.ts';
import { numbered } from '../core/leases/lease-step.ts';
import { LEASES } from '../core/leases/lease-store.ts';
import { MARKS } from '../core/leases/marks.ts';
import { ENTRIES } from '../core/ledger/entries.ts';
import { type EntryWrite, postWrites } from '../core/ledger/holds.ts';
import { notedWrites, OUTBOX } from '../core/ledger/outbox.ts';
import { hoursOf, ROLLUPS } from '../core/ledger/rollups.ts';
import { documentId } from '../core/store/document-id.ts';
import type { Documents, Fields, Write } from '../core/store/documents.ts';
import { openSqliteDocuments } from '../platform/documents/sqlite-documents.ts';
import { countUsage } from './count-usage.ts';
import { reportDeadLetter } from './report-dead-letter.ts';

const fx = { rate: 88_000_000n, asOf: '2026-11-20', source: 'test' };
const facts = (model: string) => ({
  model,
  input_tokens: 10n,
  cache_read_tokens: 4n,
  cache_write_tokens: 0n,
  output_tokens: 5n,
  reasoning_tokens: 2n,
});
let documents: Documents;
let now = Date.UTC(2026, 10, 23, 23, 59);

beforeEach(async () => {
  documents = await openSqliteDocuments(':memory:');
  now = Date.UTC(2026, 10, 23, 23, 59);
});
afterEach(() => documents.close());

/** The charge of a request. */
function post(requestId: string, model = 'acme/large', cost = 1_000_000n) {
  const amount = cost / 1_000n;
  const hold = { requestId, ownerId: 'own_a', keyId: 'key_a', currency: 'USD' as const, amount, fx };
  const posting = { amount, overage: 0n, writtenOff: 0n };
  return postWrites(hold, { cost, facts: facts(model) }, posting, new Date(now)).charge;
}

/** Charges that a lease posts, in one commit; the lease is opened with the first. */
async function commit(leaseId: string, ...charges: EntryWrite[]): Promise<void> {
  const id = documentId(leaseId);
  const before = await documents.get(LEASES, id);
  const posts = Number(before?.data.posts ?? 0);
  const data = before?.data ?? storedLease(leaseId);
  await documents.commit([
    { kind: 'set', collection: LEASES, id, data: { ...data, posts: BigInt(posts + charges.length) }, expect: 'any' },
    ...charges.map((charge, n) => numbered(charge, leaseId, posts + n + 1)),
  ]);
}

const storedLease = (leaseId: string): Fields => ({
  lease_id: leaseId,
  owner_id: 'own_a',
  key_id: 'key_a',
  currency: 'USD',
  status: 'open',
  day: '2026-11-23',
  granted: 1_000_000_000n,
  spent: 0n,
  slots: 0n,
  seq: 1n,
  opened_at: new Date(now),
  expires_at: new Date(now + 60_000),
});

/** Ends a lease, as the sweep leaves it. */
async function end(leaseId: string): Promise<void> {
  const id = documentId(leaseId);
  const before = await documents.get(LEASES, id);
  const data = { ...before?.data, status: 'closed' };
  await documents.commit([{ kind: 'set', collection: LEASES, id, data, expect: 'present' }]);
}

/** A charge of before: with a note that tells of it, and of those of its commit. */
async function commitNoted(...charges: EntryWrite[]): Promise<void> {
  const [first] = charges;
  const request_ids = charges.map(({ data }) => String(data.entry_id));
  const [, note] = notedWrites(first as EntryWrite) as [Write, EntryWrite];
  const entries = charges.map((each) => ({ ...each, data: { ...each.data, told_with: first?.data.entry_id } }));
  await documents.commit([...entries, { ...note, data: { ...note.data, request_ids } }]);
}

const charge = (requestId: string, model?: string, cost?: bigint) => commit('lea_1', post(requestId, model, cost));

const days = async () => documents.query({ collection: ROLLUPS, orderBy: { field: 'period', direction: 'asc' } });
const rollups = async () => (await days()).map(({ data }) => data);
const marks = async () =>
  (await documents.query({ collection: MARKS })).map(({ data: { posts, beyond } }) => ({ posts, beyond }));
const message = (...ids: string[]) => ({ charges: ids.map((request_id) => ({ request_id })) });
const inOneShard = () => 0;

test('charges add up by owner, key, model and provider, for the day and for the hour', async () => {
  await charge('req_1');
  await charge('req_2');
  await charge('req_3', 'acme/small');
  now += 60_000;
  await charge('req_4');
  expect(await countUsage(documents, message('req_1', 'req_2', 'req_3', 'req_4'), inOneShard)).toEqual({
    counted: 4,
    known: 0,
    ignored: 0,
  });
  expect(await rollups()).toHaveLength(3);
  expect((await rollups()).filter(({ model }) => model === 'acme/large')).toEqual([
    expect.objectContaining({
      owner_id: 'own_a',
      key_id: 'key_a',
      period: '2026-11-23',
      requests: 2n,
      amount: 2_000n,
      usd: 2_000n,
      inr: 176_000n,
      input_tokens: 20n,
      cache_read_tokens: 8n,
      output_tokens: 10n,
      reasoning_tokens: 4n,
      currency: 'USD',
    }),
    expect.objectContaining({ period: '2026-11-24', requests: 1n, amount: 1_000n }),
  ]);
  const hours = (await days()).flatMap(hoursOf);
  expect(hours.map(({ period, requests }) => [period, requests])).toEqual([
    ['2026-11-23T23', 2n],
    ['2026-11-23T23', 1n],
    ['2026-11-24T00', 1n],
  ]);
});

test('the hours of a day add up to it, those of a rollup that had none of its own too', async () => {
  for (let n = 0; n < 3; n++) {
    await charge(`req_${n}`);
    now -= 3_600_000;
  }
  await countUsage(documents, message('req_0'), inOneShard);
  const [before] = await days();
  // Until now its hours had documents of their own.
  const { hours: _, ...without } = before?.data ?? {};
  await documents.commit([{ kind: 'set', collection: ROLLUPS, id: before?.id ?? '', data: without, expect: 'any' }]);
  await countUsage(documents, message('req_1', 'req_2'), inOneShard);
  expect(await rollups()).toMatchObject([{ requests: 3n, hours: { 22: { requests: 1n }, 21: { requests: 1n } } }]);
  expect((await days()).flatMap(hoursOf)).toMatchObject([
    { grain: 'hour', period: '2026-11-23T21', requests: 1n, ownerId: 'own_a', errors: 1n },
    { grain: 'hour', period: '2026-11-23T22', requests: 1n, amount: 1_000n },
  ]);
});

test('a message that comes a hundred times, in any order, changes nothing more', async () => {
  await charge('req_1');
  await charge('req_2');
  const deliveries = fc.sample(fc.constantFrom('req_1', 'req_2'), { numRuns: 100, seed: 7 });
  await Promise.all(deliveries.map((id) => countUsage(documents, message(id), inOneShard)));
  expect(await rollups()).toEqual([expect.objectContaining({ requests: 2n, amount: 2_000n })]);
  expect(await marks()).toEqual([{ posts: 2n, beyond: [] }]);
});

test('of a message of which some was counted before, exactly the rest is counted', async () => {
  for (const id of ['req_1', 'req_2', 'req_3']) await charge(id);
  await countUsage(documents, message('req_2'), inOneShard);
  expect(await countUsage(documents, message('req_1', 'req_2', 'req_3', 'req_9', 'req_1'), inOneShard)).toEqual({
    counted: 2,
    known: 1,
    ignored: 1,
  });
  expect(await rollups()).toEqual([expect.objectContaining({ requests: 3n, amount: 3_000n })]);
});

test('charges are counted by their numbers, those that come too early too, and a lease that is open stays', async () => {
  for (const id of ['req_1', 'req_2', 'req_3', 'req_4']) await charge(id);
  await countUsage(documents, message('req_3', 'req_1'), inOneShard);
  expect(await marks()).toEqual([{ posts: 1n, beyond: [3n] }]);
  expect(await countUsage(documents, message('req_3', 'req_2'), inOneShard)).toEqual({
    counted: 1,
    known: 1,
    ignored: 0,
  });
  expect(await marks()).toEqual([{ posts: 3n, beyond: [] }]);
  expect(await rollups()).toEqual([expect.objectContaining({ requests: 3n, amount: 3_000n })]);
  expect(await documents.query({ collection: LEASES })).toHaveLength(1);
});

test('a charge whose message was lost is found once others of its lease are so much younger', async () => {
  for (const id of ['req_1', 'req_2', 'req_3']) await charge(id);
  now += MISSING_MS;
  await charge('req_4');
  const made: Date[] = [];
  const count = (id: string) => countUsage(documents, message(id), inOneShard, (at) => made.push(at));
  expect(await count('req_1')).toMatchObject({ counted: 1 });
  expect(await count('req_4')).toEqual({ counted: 1, known: 0, ignored: 0 });
  now += 1;
  await charge('req_5');
  expect(await count('req_5')).toEqual({ counted: 3, known: 0, ignored: 0 });
  expect(made).toHaveLength(5);
  expect(await marks()).toEqual([{ posts: 5n, beyond: [] }]);
});

test('of a lease that has ended all is counted, whatever is named of it, and it goes with its mark', async () => {
  for (const id of ['req_1', 'req_2', 'req_3']) await charge(id);
  await commit('lea_2', post('req_4'));
  await countUsage(documents, message('req_2'), inOneShard);
  await end('lea_1');
  expect(await countUsage(documents, { leases: ['lea_1', 'lea_9', 7, ''] }, inOneShard)).toMatchObject({ counted: 2 });
  expect((await documents.query({ collection: LEASES })).map(({ data }) => data.lease_id)).toEqual(['lea_2']);
  expect(await marks()).toEqual([]);
  expect(await rollups()).toEqual([expect.objectContaining({ requests: 3n })]);
  expect(await countUsage(documents, message('req_1', 'req_3'), inOneShard)).toEqual({
    counted: 0,
    known: 2,
    ignored: 0,
  });
});

test('a charge of long ago is found too, by a clock that was wrong', async () => {
  await charge('req_1');
  now += 30_000;
  await charge('req_2');
  now -= 20_000;
  await charge('req_3');
  await countUsage(documents, message('req_1', 'req_2'), inOneShard);
  await end('lea_1');
  expect(await countUsage(documents, { leases: ['lea_1'] }, inOneShard)).toMatchObject({ counted: 1 });
});

test('a charge that cannot be found lets its message come again', async () => {
  await charge('req_1');
  await commit('lea_1');
  await documents.commit([{ kind: 'delete', collection: ENTRIES, id: documentId('req_1'), expect: 'present' }]);
  await end('lea_1');
  await expect(countUsage(documents, { leases: ['lea_1'] })).rejects.toThrow('lea_1');
  expect(await documents.query({ collection: LEASES })).toHaveLength(1);
});

test('more charges than one transaction takes are counted in several', async () => {
  const ids = Array.from({ length: 1_100 }, (_, n) => `req_${n}`);
  for (let from = 0; from < ids.length; from += 50) {
    now += 1;
    await commit('lea_1', ...ids.slice(from, from + 50).map((id) => post(id)));
  }
  await end('lea_1');
  expect(await countUsage(documents, { leases: ['lea_1'] }, inOneShard)).toMatchObject({ counted: 1_100 });
  expect(await documents.query({ collection: LEASES })).toEqual([]);
  expect(await rollups()).toEqual([expect.objectContaining({ requests: 1_100n })]);
});

/** Messages as routers send them: they say of which lease a charge is. */
const messageOf = (leaseId: string, ...ids: string[]) => ({
  charges: ids.map((request_id) => ({ request_id, lease_id: leaseId })),
});

/** The same store, in which something is done right before each transaction that is not the first, or is. */
function beforeTransactions(act: (nth: number) => Promise<void>): { store: Documents; runs: () => number } {
  let nth = 0;
  let runs = 0;
  const store: Documents = {
    ...documents,
    get: (collection, id) => documents.get(collection, id),
    query: (query) => documents.query(query),
    async transaction(body) {
      nth++;
      await act(nth);
      return documents.transaction(async (tx) => {
        runs++;
        return body({
          async get(collection, id) {
            const found = await tx.get(collection, id);
            if (collection === ROLLUPS) await act(-nth);
            return found;
          },
          readAt: () => tx.readAt(),
          write: (write) => tx.write(write),
        });
      });
    },
  };
  return { store, runs: () => runs };
}

test('that a lease is written while its charges are counted does not make them be counted again', async () => {
  await charge('req_1');
  await countUsage(documents, messageOf('lea_1', 'req_1'), inOneShard);
  await charge('req_2');
  // A busy lease changes all the time, also between what the transaction reads and what it writes.
  const { store, runs } = beforeTransactions(async () => charge(`req_${Math.random()}`));
  expect(await countUsage(store, messageOf('lea_1', 'req_2'), inOneShard)).toEqual({
    counted: 1,
    known: 0,
    ignored: 0,
  });
  expect(runs()).toBe(1);
  expect(await marks()).toEqual([{ posts: 2n, beyond: [] }]);
});

test('a lease that is closed while the last of its charges are counted goes when it is told of', async () => {
  await charge('req_1');
  await countUsage(documents, messageOf('lea_1', 'req_1'), inOneShard);
  await charge('req_2');
  const { store } = beforeTransactions(async (nth) => (nth === 1 ? end('lea_1') : undefined));
  expect(await countUsage(store, messageOf('lea_1', 'req_2'), inOneShard)).toMatchObject({ counted: 1 });
  expect(await documents.query({ collection: LEASES })).toHaveLength(1);
  expect(await countUsage(documents, { leases: ['lea_1'] }, inOneShard)).toMatchObject({ counted: 0 });
  for (const collection of [LEASES, MARKS]) expect(await documents.query({ collection })).toEqual([]);
  expect(await rollups()).toEqual([expect.objectContaining({ requests: 2n })]);
});

test.each([
  ['that has a mark', false],
  ['whose only charge ended it', true],
])('a lease %s is counted once, also when another counts all of it in between', async (_which, alone) => {
  await charge('req_1');
  if (!alone) await countUsage(documents, messageOf('lea_1', 'req_1'), inOneShard);
  const ids = alone ? ['req_1'] : ['req_1', 'req_2'];
  if (!alone) await charge('req_2');
  else {
    const [entry] = await documents.query({ collection: ENTRIES });
    const data = { ...entry?.data, alone: true };
    await documents.commit([{ kind: 'set', collection: ENTRIES, id: documentId('req_1'), data, expect: 'present' }]);
  }
  await end('lea_1');
  const other = () => countUsage(documents, { ...messageOf('lea_1', ...ids), leases: ['lea_1'] }, inOneShard);
  const { store } = beforeTransactions(async (nth) => void (nth === 1 && (await other())));
  expect(await countUsage(store, messageOf('lea_1', ...ids), inOneShard)).toMatchObject({ counted: 0, ignored: 0 });
  expect(await rollups()).toEqual([expect.objectContaining({ requests: BigInt(ids.length) })]);
  for (const collection of [LEASES, MARKS]) expect(await documents.query({ collection })).toEqual([]);
});

test('charges of before are counted by their notes: of one for all of a commit, and of one for each', async () => {
  await commitNoted(post('req_1'), post('req_2'), post('req_3'));
  const { told_with: _, ...alone } = post('req_4').data;
  const [, note] = notedWrites(post('req_4')) as [Write, EntryWrite];
  await documents.commit([
    { ...post('req_4'), data: alone },
    { ...note, data: { ...note.data, request_ids: undefined, request_id: 'req_4' } },
  ]);
  const count = (...ids: string[]) => countUsage(documents, message(...ids), inOneShard);
  expect(await count('req_3', 'req_4', 'req_9')).toEqual({ counted: 4, known: 0, ignored: 1 });
  expect(await count('req_1', 'req_2', 'req_4')).toEqual({ counted: 0, known: 3, ignored: 0 });
  expect(await rollups()).toEqual([expect.objectContaining({ requests: 4n })]);
  expect(await documents.query({ collection: OUTBOX })).toEqual([]);
});

test('a lease of before, part of whose charges have notes, is counted once', async () => {
  await commit('lea_1');
  await commitNoted(numbered(post('req_1'), 'lea_1', 1), numbered(post('req_2'), 'lea_1', 2));
  const last = numbered(post('req_3'), 'lea_1', 3);
  const id = documentId('lea_1');
  const lease = { ...storedLease('lea_1'), posts: 3n, status: 'closed', request_ids: ['req_3'] };
  await documents.commit([
    { ...last, data: { ...last.data, told_in: LEASES, told_with: 'lea_1' } },
    { kind: 'set', collection: LEASES, id, data: lease, expect: 'present' },
  ]);
  expect(await countUsage(documents, message('req_3'), inOneShard)).toMatchObject({ counted: 1 });
  expect(await countUsage(documents, message('req_1'), inOneShard)).toMatchObject({ counted: 2 });
  expect(await rollups()).toEqual([expect.objectContaining({ requests: 3n })]);
  for (const collection of [LEASES, MARKS, OUTBOX]) expect(await documents.query({ collection })).toEqual([]);
});

test('however charges share commits and messages, and those are repeated, they add up to what was charged', async () => {
  const commits = fc
    .array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 5 })
    .map((sizes) => sizes.map((size, n) => Array.from({ length: size }, (_, m) => `req_${n}_${m}`)));
  const cases = commits.chain((groups) =>
    fc.record({
      groups: fc.constant(groups),
      messages: fc.array(fc.subarray(groups.flat(), { minLength: 1 }), { maxLength: 10 }),
    }),
  );
  await fc.assert(
    fc.asyncProperty(cases, async ({ groups, messages }) => {
      const store = documents;
      documents = await openSqliteDocuments(':memory:');
      const ids = groups.flat();
      const costOf = (id: string) => BigInt(ids.indexOf(id)) * 1_000n;
      const modelOf = (id: string) => (ids.indexOf(id) % 2 ? 'acme/large' : 'acme/small');
      const leaseOf = (n: number) => `lea_${n % 2}`;
      for (const [n, group] of groups.entries()) {
        await commit(leaseOf(n), ...group.map((id) => post(id, modelOf(id), costOf(id))));
      }
      const total = BigInt(ids.length);
      const leaseIn = (id: string) => leaseOf(groups.findIndex((group) => group.includes(id)));
      // Some say of which lease their charges are, some do not, and some are wrong.
      const told = (each: readonly string[], n: number) =>
        each.map((id) => ({ request_id: id, lease_id: [leaseIn(id), undefined, 'lea_0'][n % 3] }));
      const all = await Promise.all(messages.map((each, n) => countUsage(documents, { charges: told(each, n) })));
      for (const lease of new Set(groups.map((_, n) => leaseOf(n)))) {
        await end(lease);
        all.push(await countUsage(documents, { leases: [lease] }));
      }
      expect(all.reduce((sum, { counted }) => sum + counted, 0)).toBe(ids.length);
      expect(all.every(({ ignored }) => ignored === 0)).toBe(true);
      const sums = (await rollups()).map(toRollupSums);
      expect(sums.reduce((sum, { requests }) => sum + requests, 0n)).toBe(total);
      expect(sums.reduce((sum, { amount }) => sum + amount, 0n)).toBe((total * (total - 1n)) / 2n);
      const entries = await documents.query({ collection: ENTRIES });
      expect(entries.every(({ data }) => data.usd === data.amount)).toBe(true);
      for (const collection of [LEASES, MARKS]) expect(await documents.query({ collection })).toEqual([]);
      await documents.close();
      documents = store;
    }),
    { numRuns: 40 },
  );
});

const toRollupSums = (data: Record<string, unknown>) => ({
  requests: (data.requests ?? 0n) as bigint,
  amount: (data.amount ?? 0n) as bigint,
});

test.each([[null], ['text'], [{}], [{ charges: 7 }], [{ charges: [{ request_id: 7 }] }], [{ request_id: '' }]])(
  'a message of %j names no charge, and does not come back for ever',
  async (data) => {
    expect(await countUsage(documents, data)).toEqual({ counted: 0, known: 0, ignored: 0 });
  },
);

test('a charge whose lease ended with it is counted once, and no mark is looked for', async () => {
  const entry = numbered(post('req_1'), 'lea_1', 1);
  await commit('lea_1');
  await end('lea_1');
  const lease = await documents.get(LEASES, documentId('lea_1'));
  const data = { ...lease?.data, posts: 1n };
  await documents.commit([
    { ...entry, data: { ...entry.data, alone: true } },
    { kind: 'set', collection: LEASES, id: documentId('lea_1'), data, expect: 'present' },
  ]);
  const counted = countOperations(documents, new Set([LEASES, MARKS]));
  const count = () => countUsage(counted.documents, message('req_1'), inOneShard);
  expect((await Promise.all([count(), count()])).map(({ counted }) => counted).sort()).toEqual([0, 1]);
  expect(counted.take()).toMatchObject({ reads: 2, writes: 0, deletes: 1 });
  expect(await count()).toEqual({ counted: 0, known: 1, ignored: 0 });
  expect(await documents.query({ collection: LEASES })).toEqual([]);
  expect(await rollups()).toEqual([expect.objectContaining({ requests: 1n, amount: 1_000n })]);
});

test('a charge that is not there is ignored', async () => {
  expect(await countUsage(documents, message('req_nobody'))).toEqual({ counted: 0, known: 0, ignored: 1 });
});

test('a message that was given up is told of once, and its charge stays to be counted', async () => {
  await charge('req_1');
  const published: unknown[] = [];
  const events = {
    publish: async (_topic: string, event: unknown) => void published.push(event),
    close: async () => {},
  };
  const event = { id: 'req_1', data: message('req_1') };
  for (let time = 0; time < 2; time++) await reportDeadLetter({ documents, events, log: silentLog }, event, 'm1');
  expect(published).toMatchObject([{ data: { kind: 'dead_letter', request_ids: ['req_1'] } }]);
  expect(await countUsage(documents, message('req_1'))).toMatchObject({ counted: 1 });
});
