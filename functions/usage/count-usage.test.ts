import { afterEach, beforeEach, expect, test } from '@jest/globals';
import fc from '../../test/support/fast-check.ts';
import { silentLog } from '../../test/support/memory-log.ts';
import { LEASES } from '../core/leases/lease-store.ts';
import { ENTRIES } from '../core/ledger/entries.ts';
import { postWrites } from '../core/ledger/holds.ts';
import { chargeToldBy, chargeWrites, OUTBOX } from '../core/ledger/outbox.ts';
import { hoursOf, ROLLUPS } from '../core/ledger/rollups.ts';
import { documentId } from '../core/store/document-id.ts';
import type { Documents } from '../core/store/documents.ts';
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

/** The charge of a request, as a lease posts it. */
function post(requestId: string, model = 'acme/large', cost = 1_000_000n) {
  const amount = cost / 1_000n;
  const hold = { requestId, ownerId: 'own_a', keyId: 'key_a', currency: 'USD' as const, amount, fx };
  const posting = { amount, overage: 0n, writtenOff: 0n };
  return postWrites(hold, { cost, facts: facts(model) }, posting, new Date(now));
}

/** Charges that share a commit. */
async function commit(...posts: ReturnType<typeof post>[]): Promise<void> {
  const writes = posts.flatMap(({ others }) => others);
  await documents.commit([...chargeWrites(posts.map(({ charge }) => charge)), ...writes]);
}

const charge = (requestId: string, model?: string, cost?: bigint) => commit(post(requestId, model, cost));

const days = async () => documents.query({ collection: ROLLUPS, orderBy: { field: 'period', direction: 'asc' } });
const rollups = async () => (await days()).map(({ data }) => data);
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
  expect(await documents.query({ collection: OUTBOX })).toEqual([]);
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

test('charges of one commit are counted together, whichever of them a message names', async () => {
  await commit(post('req_1'), post('req_2'), post('req_3'));
  expect(await documents.query({ collection: OUTBOX })).toHaveLength(1);
  const made: Date[] = [];
  const count = (...ids: string[]) => countUsage(documents, message(...ids), inOneShard, (at) => made.push(at));
  expect(await count('req_3', 'req_9')).toEqual({ counted: 3, known: 0, ignored: 1 });
  expect(await count('req_1', 'req_2')).toEqual({ counted: 0, known: 2, ignored: 0 });
  expect(made).toHaveLength(3);
  expect(await rollups()).toEqual([expect.objectContaining({ requests: 3n, amount: 3_000n })]);
  expect(await documents.query({ collection: OUTBOX })).toEqual([]);
});

test('one charge each of as many commits as a message can name brings all of them in', async () => {
  const ids = Array.from({ length: 50 }, (_, n) => Array.from({ length: 50 }, (_, m) => `req_${n}_${m}`));
  for (const group of ids) await commit(...group.map((id) => post(id)));
  const some = message(...ids.map((group) => group[7] ?? ''));
  expect(await countUsage(documents, some)).toEqual({ counted: 2_500, known: 0, ignored: 0 });
  expect(await documents.query({ collection: OUTBOX })).toEqual([]);
});

test('a charge of before, with a note that tells of it alone, is counted', async () => {
  const { charge } = post('req_1');
  const notes = chargeWrites([charge]).flatMap((write) => {
    if (write.kind !== 'set' || write.collection !== OUTBOX) return [];
    return [{ ...write, data: { ...write.data, request_ids: undefined, request_id: 'req_1' } }];
  });
  await documents.commit([charge, ...notes]);
  expect(await countUsage(documents, message('req_1'))).toMatchObject({ counted: 1 });
  expect(await countUsage(documents, message('req_1'))).toMatchObject({ known: 1 });
  expect(await documents.query({ collection: OUTBOX })).toEqual([]);
});

test('however charges share commits and messages, and those are repeated, they add up to what was charged', async () => {
  const commits = fc
    .array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 5 })
    .map((sizes) => sizes.map((size, n) => Array.from({ length: size }, (_, m) => `req_${n}_${m}`)));
  const cases = commits.chain((groups) =>
    fc.record({
      groups: fc.constant(groups),
      messages: fc.array(fc.subarray(groups.flat(), { minLength: 1 }), { maxLength: 10 }),
      // Whatever happened before, the sweep brings something of all of them in the end.
      last: fc.tuple(...groups.map((group) => fc.constantFrom(...group))),
    }),
  );
  await fc.assert(
    fc.asyncProperty(cases, async ({ groups, messages, last }) => {
      const store = documents;
      documents = await openSqliteDocuments(':memory:');
      const ids = groups.flat();
      const costOf = (id: string) => BigInt(ids.indexOf(id)) * 1_000n;
      const modelOf = (id: string) => (ids.indexOf(id) % 2 ? 'acme/large' : 'acme/small');
      for (const group of groups) await commit(...group.map((id) => post(id, modelOf(id), costOf(id))));
      const total = BigInt(ids.length);
      const all = await Promise.all([...messages, last].map((each) => countUsage(documents, message(...each))));
      expect(all.reduce((sum, { counted }) => sum + counted, 0)).toBe(ids.length);
      expect(all.every(({ ignored }) => ignored === 0)).toBe(true);
      const sums = (await rollups()).map(toRollupSums);
      expect(sums.reduce((sum, { requests }) => sum + requests, 0n)).toBe(total);
      expect(sums.reduce((sum, { amount }) => sum + amount, 0n)).toBe((total * (total - 1n)) / 2n);
      const entries = await documents.query({ collection: ENTRIES });
      expect(entries.every(({ data }) => data.usd === data.amount)).toBe(true);
      expect(await documents.query({ collection: OUTBOX })).toEqual([]);
      await documents.close();
      documents = store;
    }),
    { numRuns: 40 },
  );
});

const toRollupSums = (data: Record<string, unknown>) => ({
  requests: data.requests as bigint,
  amount: data.amount as bigint,
});

test.each([[null], ['text'], [{}], [{ charges: 7 }], [{ charges: [{ request_id: 7 }] }], [{ request_id: '' }]])(
  'a message of %j names no charge, and does not come back for ever',
  async (data) => {
    expect(await countUsage(documents, data)).toEqual({ counted: 0, known: 0, ignored: 0 });
  },
);

test('a charge whose lease ended with it is told of by that, and counted once', async () => {
  const { charge: alone } = post('req_1');
  const { entry, telling } = chargeToldBy(alone, LEASES, 'lea_1');
  const id = documentId('lea_1');
  await documents.commit([entry, { kind: 'set', collection: LEASES, id, data: telling, expect: 'absent' }]);
  const twice = [
    countUsage(documents, message('req_1'), inOneShard),
    countUsage(documents, message('req_1'), inOneShard),
  ];
  expect((await Promise.all(twice)).map(({ counted }) => counted).sort()).toEqual([0, 1]);
  expect(await countUsage(documents, message('req_1'), inOneShard)).toEqual({ counted: 0, known: 1, ignored: 0 });
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
