import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type Fate, flakyDocuments } from '../../../test/support/flaky-documents.ts';
import { uncountedCharges } from '../../../test/support/uncounted-charges.ts';
import { openSqliteDocuments } from '../../platform/documents/sqlite-documents.ts';
import type { Alert } from '../alerts/alerts.ts';
import { KEYS } from '../keys.ts';
import { ENTRIES } from '../ledger/entries.ts';
import { type Charge, HoldResolved } from '../ledger/holds.ts';
import { createLedger, type Ledger } from '../ledger/ledger.ts';
import { OUTBOX } from '../ledger/outbox.ts';
import { newOwner, OWNERS, toOwnerBalance } from '../ledger/owners.ts';
import { SPENDING, toSpending } from '../ledger/spending.ts';
import { type Currency, NANOS_PER_UNIT } from '../money/money.ts';
import { documentId } from '../store/document-id.ts';
import { type Documents, type Fields, StoreUnavailable, type Write } from '../store/documents.ts';
import { checkLedger } from './check-ledger.ts';
import { RECALL_WAIT_MS } from './fill-purse.ts';
import type { LiveHold } from './hold-state.ts';
import { closeLease } from './lease-return.ts';
import { LEASES, toLease } from './lease-store.ts';
import { createLeases, type HoldRequest, type Leases } from './leases.ts';
import { QUIET_MS } from './purse.ts';

const LENGTH_MS = 60_000;
const fx = { rate: 88_000_000n, asOf: '2026-11-20', source: 'test' };
const dollars = (amount: number) => BigInt(Math.round(amount * 1e6)) * 1_000n;
const charge = (amount: number): Charge => ({ cost: dollars(amount) * 1_000n, facts: { model: 'acme/large' } });

let time: number;
let documents: Documents;
let ledger: Ledger;
let instances: Leases[];
let alerts: Alert[];
let recalls: string[];
let mayClose: boolean;
let grants: number;

beforeEach(async () => {
  time = Date.UTC(2026, 10, 23, 12);
  documents = await openSqliteDocuments(':memory:', { now: () => time });
  ledger = createLedger({ documents, now: () => time });
  instances = [];
  alerts = [];
  recalls = [];
  mayClose = true;
  grants = 0;
});
afterEach(() => documents.close());

let ids = 0;
function start(store = documents): Leases {
  const name = `ins_${instances.length}`;
  const leases = createLeases({
    documents: store,
    instanceId: name,
    monotonic: () => time,
    now: () => time,
    pause: (ms) => {
      time += ms;
      return new Promise((resolve) => setImmediate(resolve));
    },
    mintId: (prefix) => `${prefix}_${++ids}`,
    lengthMs: LENGTH_MS,
    rate: () => fx,
    recall: async (ownerId) => {
      recalls.push(ownerId);
      await Promise.all(instances.filter((each) => each !== leases).map((each) => each.giveBack(ownerId)));
    },
    mayClose: () => mayClose,
    onTransaction: (kind) => {
      if (kind === 'grant') grants++;
    },
    aside: (_name, _ownerId, work) => void work(),
    onAlerts: (raised) => alerts.push(...raised),
  });
  instances.push(leases);
  return leases;
}

async function makeOwner(ownerId: string, amount = 1, settings: Fields = {}, currency: Currency = 'USD') {
  const data = newOwner(ownerId, currency, new Date(time), { name: 'Test', ...settings });
  await documents.commit([{ kind: 'set', collection: OWNERS, id: documentId(ownerId), data, expect: 'absent' }]);
  if (amount > 0) await ledger.topup({ ownerId, amount: dollars(amount), currency, reference: 'first' });
}

async function makeKey(keyId: string, ownerId: string, settings: Fields = {}) {
  const data = { key_id: keyId, owner_id: ownerId, status: 'active', ...settings };
  await documents.commit([{ kind: 'set', collection: KEYS, id: `hash_${keyId}`, data, expect: 'any' }]);
}

let requests = 0;
const request = (amount: number, keyId = 'key_a', ownerId = 'own_a', currency: Currency = 'USD'): HoldRequest => ({
  requestId: `req_${++requests}`,
  ownerId,
  keyId,
  keyHash: `hash_${keyId}`,
  currency,
  amount: dollars(amount),
  fx,
});

async function balance(ownerId = 'own_a') {
  const owner = await documents.get(OWNERS, documentId(ownerId));
  if (owner === null) throw new Error('no owner');
  const { available, leased } = toOwnerBalance(owner);
  return { available: Number(available) / 1e9, leased: Number(leased) / 1e9 };
}

const ownerMoney = async () => {
  const { available, leased } = await balance();
  return dollars(available + leased);
};

const faults = async () => (await checkLedger(documents)).faults;
const entriesOf = async (kind: string) =>
  documents.query({ collection: ENTRIES, where: [{ field: 'kind', op: '==', value: kind }] });
/** How many requests hold something, by all leases. */
const running = async () =>
  (await documents.query({ collection: LEASES })).map(toLease).reduce((sum, lease) => sum + lease.running, 0);
const openLeases = async () => (await documents.query({ collection: LEASES })).map(toLease).filter(({ open }) => open);

/** The key is not quiet any more, nor yet so busy that more is granted than it asks for. */
async function askBefore(leases: Leases): Promise<void> {
  await leases.void(await leases.hold(request(0.01)));
  time += QUIET_MS - 1;
}

/** Until an unused lease goes back. */
async function idle(leases: Leases): Promise<void> {
  await settled();
  time += LENGTH_MS / 6;
  leases.tick();
  await settled();
}

/** Lets what was started come to rest. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}

describe('a hold', () => {
  test('of a quiet key takes what it needs and no more; its post gives back the rest', async () => {
    await makeOwner('own_a');
    const leases = start();
    const hold = await leases.hold(request(0.4));
    expect(await balance()).toEqual({ available: 0.6, leased: 0.4 });
    await hold.durable;
    expect((await openLeases())[0]).toMatchObject({ held: dollars(0.4), running: 1, posts: 0 });
    expect(await leases.post(hold, charge(0.1))).toEqual({
      amount: dollars(0.1),
      overage: 0n,
      writtenOff: 0n,
      lost: false,
    });
    expect(await running()).toBe(0);
    expect(await uncountedCharges(documents)).toEqual([hold.requestId]);
    expect(await balance()).toEqual({ available: 0.9, leased: 0 });
    expect(await faults()).toEqual([]);
  });

  test('of a key that is asked for again leaves the rest in the lease with its post, and that goes back when idle', async () => {
    await makeOwner('own_a');
    const leases = start();
    await askBefore(leases);
    await leases.post(await leases.hold(request(0.4)), charge(0.1));
    expect(await balance()).toEqual({ available: 0.6, leased: 0.4 });
    expect(await faults()).toEqual([]);
    await idle(leases);
    expect(await balance()).toEqual({ available: 0.9, leased: 0 });
    expect(await faults()).toEqual([]);
  });

  test('of a busy key needs no transaction: a thousand requests take a handful', async () => {
    await makeOwner('own_a', 100);
    const leases = start();
    for (let n = 0; n < 1_000; n++) {
      const hold = await leases.hold(request(0.01));
      time += 1;
      await leases.post(hold, charge(0.01));
    }
    expect(leases.counts().transactions).toBeLessThanOrEqual(5);
    expect(await entriesOf('charge')).toHaveLength(1_000);
    expect(await faults()).toEqual([]);
  });

  test('that nothing covers is refused, and says what is there and what may come back', async () => {
    await makeOwner('own_a');
    const leases = start();
    await leases.hold(request(0.8));
    await expect(leases.hold(request(0.3))).rejects.toMatchObject({
      code: 'spend_limit_exceeded',
      details: { reason: 'balance', currency: 'USD', required: '0.3', available: '0.2', reserved: '0.8' },
    });
    expect(await faults()).toEqual([]);
  });

  test('in rupees is made and charged at the rate that it fixed', async () => {
    await makeOwner('own_a', 100, {}, 'INR');
    const leases = start();
    const hold = await leases.hold({ ...request(88), currency: 'INR' });
    await leases.post(hold, charge(0.5));
    expect((await entriesOf('charge'))[0]?.data).toMatchObject({ amount: 44n * NANOS_PER_UNIT, fx_rate: fx.rate });
    expect(await faults()).toEqual([]);
  });

  test('is resolved once, whichever way', async () => {
    await makeOwner('own_a');
    const leases = start();
    const hold = await leases.hold(request(0.1));
    await leases.post(hold, charge(0.05));
    await expect(leases.post(hold, charge(0.05))).rejects.toThrow(HoldResolved);
    await expect(leases.void(hold)).rejects.toThrow(HoldResolved);
    const other = await leases.hold(request(0.1));
    await leases.void(other);
    await expect(leases.post(other, charge(0.05))).rejects.toThrow(HoldResolved);
    expect(await entriesOf('charge')).toHaveLength(1);
    expect(await running()).toBe(0);
  });
});

test('a lease that was opened, though the store did not say so, is found and not opened twice', async () => {
  await makeOwner('own_a');
  const fates: Fate[] = ['answer lost', 'answer lost'];
  const leases = start(flakyDocuments(documents, () => fates.shift() ?? 'done'));
  await leases.hold(request(0.4));
  expect(await openLeases()).toHaveLength(1);
  expect(await balance()).toEqual({ available: 0.6, leased: 0.4 });
});

describe('a crowd', () => {
  test('cannot overdraw a balance (new-api#6609, one-api#2440)', async () => {
    await makeOwner('own_a');
    const leases = start();
    const tries = await Promise.allSettled(Array.from({ length: 100 }, () => leases.hold(request(0.03))));
    expect(tries.filter((each) => each.status === 'fulfilled')).toHaveLength(33);
    expect(await faults()).toEqual([]);
  });

  test('over several instances cannot either, and strands nothing', async () => {
    await makeOwner('own_a');
    const several = [start(), start(), start(), start()];
    const tries = await Promise.allSettled(
      Array.from({ length: 100 }, async (_, n) => {
        const leases = several[n % 4] as Leases;
        const hold = await leases.hold(request(0.03));
        await leases.post(hold, charge(0.03));
      }),
    );
    expect(tries.filter((each) => each.status === 'fulfilled')).toHaveLength(33);
    expect(await entriesOf('charge')).toHaveLength(33);
    expect(await faults()).toEqual([]);
  });
});

describe('charges that share a commit', () => {
  const holdAll = async (leases: Leases, requests: HoldRequest[]) => {
    const holds = await Promise.all(requests.map((each) => leases.hold(each)));
    await Promise.all(holds.map(({ durable }) => durable));
    return holds;
  };
  const numbers = async (ids: readonly string[]) => {
    const entries = await Promise.all(ids.map((id) => documents.get(ENTRIES, documentId(id))));
    return entries.map((entry) => Number(entry?.data.nth));
  };

  test('are numbered by their lease, each once, and no document tells of them', async () => {
    await makeOwner('own_a');
    const leases = start();
    const holds = await holdAll(leases, [request(0.1), request(0.1), request(0.1)]);
    const before = leases.counts().commits;
    // One of them also where it costs more than it held.
    await Promise.all(holds.map((hold, n) => leases.post(hold, charge(n === 1 ? 0.15 : 0.1))));
    expect(leases.counts().commits).toBe(before + 1);
    expect(await numbers(holds.map(({ requestId }) => requestId))).toEqual([1, 2, 3]);
    expect(await documents.query({ collection: OUTBOX })).toEqual([]);
    expect(await faults()).toEqual([]);
  });

  test('are sent again as they were where the answer was lost', async () => {
    await makeOwner('own_a');
    const sent: (readonly Write[])[] = [];
    let answers = true;
    const commit = async (writes: readonly Write[]) => {
      if (writes.some(({ collection }) => collection === ENTRIES)) sent.push(structuredClone(writes));
      const version = await documents.commit(writes);
      if (answers || sent.length > 1) return version;
      throw new StoreUnavailable('the answer was lost');
    };
    const leases = start({ ...flakyDocuments(documents, () => 'done'), commit });
    const holds = await holdAll(leases, [request(0.1), request(0.1)]);
    answers = false;
    const [one, two] = await Promise.all(holds.map((hold) => leases.post(hold, charge(0.1))));
    expect([one?.lost, two?.lost]).toEqual([false, false]);
    expect(sent).toHaveLength(2);
    expect(sent[1]).toEqual(sent[0]);
    expect(await entriesOf('charge')).toHaveLength(2);
    expect(await faults()).toEqual([]);
  });

  test('and of which one was made before are made without it, and without its number', async () => {
    await makeOwner('own_a');
    const [one, two] = [start(), start()];
    const twice = request(0.1);
    await askBefore(one);
    await one.post(await one.hold(twice), charge(0.1));
    const holds = await holdAll(two, [twice, request(0.1), request(0.1)]);
    const before = two.counts().commits;
    const posts = await Promise.allSettled(holds.map((hold) => two.post(hold, charge(0.1))));
    // Together, each alone, and the end of a hold whose charge could not be made.
    expect(two.counts().commits).toBe(before + 5);
    expect(posts.map((post) => post.status === 'rejected' && post.reason)).toEqual([
      expect.any(HoldResolved),
      false,
      false,
    ]);
    const ids = holds.map(({ requestId }) => requestId);
    expect(await numbers(ids.slice(1))).toEqual([1, 2]);
    expect(await entriesOf('charge')).toHaveLength(3);
    expect(await faults()).toEqual([]);
  });
});

describe('recall', () => {
  test('brings back what other instances do not need', async () => {
    await makeOwner('own_a');
    const [one, two] = [start(), start()];
    await askBefore(one);
    await one.post(await one.hold(request(0.9)), charge(0.1));
    expect((await balance()).available).toBeCloseTo(0.1);
    await two.hold(request(0.8));
    expect(recalls).toEqual(['own_a']);
    expect(await faults()).toEqual([]);
  });

  test('brings back no more than what no request holds, and the request goes on', async () => {
    await makeOwner('own_a');
    const leases = start();
    await askBefore(leases);
    await leases.post(await leases.hold(request(0.6)), charge(0.1));
    const running = await leases.hold(request(0.2));
    await running.durable;
    await leases.giveBack('own_a');
    // What was spent stays in the lease until it is closed.
    expect(await balance()).toEqual({ available: 0.7, leased: 0.3 });
    expect(await leases.post(running, charge(0.2))).toMatchObject({ lost: false, amount: dollars(0.2), overage: 0n });
    expect(await faults()).toEqual([]);
  });

  test('does not close a lease over a charge that is on its way, nor over a void', async () => {
    await makeOwner('own_a');
    const leases = start();
    const held = await leases.hold(request(0.2));
    await held.durable;
    await settled();
    const posting = leases.post(held, charge(0.1));
    // The charge is in the queue, and no request runs any more.
    for (let turn = 0; turn < 5; turn++) await Promise.resolve();
    await leases.giveBack('own_a');
    expect(await posting).toMatchObject({ lost: false, amount: dollars(0.1) });
    const also = [{ kind: 'delete' as const, collection: 'claims', id: 'a', expect: 'any' as const }];
    const data = { owner_id: 'own_a' };
    const claim = { kind: 'set' as const, collection: 'claims', id: 'a', data, expect: 'absent' as const };
    const claimed = await leases.hold({ ...request(0.1), claim });
    await claimed.durable;
    expect((await documents.get('claims', 'a'))?.data.lease_id).toBe((await openLeases())[0]?.leaseId);
    const voided = leases.void(claimed, also);
    await Promise.all([voided, leases.giveBack('own_a'), leases.close()]);
    await settled();
    expect(await running()).toBe(0);
    expect(await documents.get('claims', 'a')).toBeNull();
    expect(await faults()).toEqual([]);
  });

  test('closes leases of instances that died', async () => {
    await makeOwner('own_a');
    const dead = start();
    await (await dead.hold(request(0.9))).durable;
    time += LENGTH_MS + 1;
    await start().hold(request(0.8));
    expect(await openLeases()).toHaveLength(1);
    expect(await faults()).toEqual([]);
  });

  test('leaves leases that expired alone while their instances could not say that they live', async () => {
    await makeOwner('own_a');
    const [one, two] = [start(), start()];
    const hold = await one.hold(request(0.9));
    await hold.durable;
    time += LENGTH_MS + 1;
    mayClose = false;
    await expect(two.hold(request(0.8))).rejects.toMatchObject({ details: { reserved: '0.9' } });
    expect(await one.post(hold, charge(0.9))).toMatchObject({ lost: false, amount: dollars(0.9) });
    expect(await faults()).toEqual([]);
  });

  test('waits no longer than it may where running requests need everything', async () => {
    await makeOwner('own_a');
    const [one, two] = [start(), start()];
    await one.hold(request(0.9));
    const asked = time;
    await expect(two.hold(request(0.8))).rejects.toMatchObject({ details: { reserved: '0.9', available: '0.1' } });
    expect(time - asked).toBeLessThan(RECALL_WAIT_MS + 500);
  });

  test('of one key’s block ahead lets another key of the owner through, and no new one is set aside for a while', async () => {
    await makeOwner('own_a');
    const leases = start();
    const busy = async () => leases.post(await leases.hold(request(0.01)), charge(0.01));
    for (let n = 0; n < 3; n++) await busy();
    const ahead = (await openLeases()).reduce((sum, { granted, spent }) => sum + granted - spent, 0n);
    expect(ahead).toBeGreaterThan(dollars(0.01));
    // The busy key's block is needed by the other one; while that runs, the busy key gets what it asks for and no more.
    await leases.hold(request(0.95, 'key_b'));
    await busy();
    expect(await balance()).toMatchObject({ available: 0.01 });
    expect(await faults()).toEqual([]);
  });

  test('takes idle money of another key of the same owner in this process, without asking anybody', async () => {
    await makeOwner('own_a');
    const leases = start();
    await leases.post(await leases.hold(request(0.9)), charge(0.1));
    await leases.hold(request(0.8, 'key_b'));
    expect(recalls).toEqual([]);
    expect(await faults()).toEqual([]);
  });
});

describe('fences', () => {
  test('a lease that expired and was closed charges nobody, and says so', async () => {
    await makeOwner('own_a');
    const leases = start();
    const hold = await leases.hold(request(0.4));
    await hold.durable;
    const [lease] = await openLeases();
    time += LENGTH_MS + 1;
    expect(await closeLease(documents, lease?.leaseId ?? '', { expiredAt: time }, fx)).toMatchObject({
      returned: dollars(0.4),
    });
    expect(await leases.post(hold, charge(0.1))).toMatchObject({ lost: true, amount: 0n, writtenOff: dollars(0.1) });
    expect(await entriesOf('charge')).toEqual([]);
    expect(await balance()).toEqual({ available: 1, leased: 0 });
    // And the next request gets a lease of its own.
    await leases.post(await leases.hold(request(0.4)), charge(0.1));
    expect(await entriesOf('charge')).toHaveLength(1);
    expect(await faults()).toEqual([]);
  });

  test('a lease in use is renewed; one that was not for too long takes no new hold before it is', async () => {
    await makeOwner('own_a');
    const leases = start();
    const hold = await leases.hold(request(0.4));
    await hold.durable;
    for (let seconds = 0; seconds < 300; seconds++) {
      time += 1_000;
      leases.tick();
      await settled();
    }
    const [lease] = await openLeases();
    expect(await closeLease(documents, lease?.leaseId ?? '', { expiredAt: time }, fx)).toBeNull();
    // Frozen for longer than a lease lasts, and closed meanwhile.
    time += LENGTH_MS + 1;
    await closeLease(documents, lease?.leaseId ?? '', { expiredAt: time }, fx);
    await (await leases.hold(request(0.3))).durable;
    expect((await openLeases()).map(({ granted }) => granted)).toEqual([dollars(0.3)]);
    expect(await faults()).toEqual([]);
  });
});

describe('a cost beyond its hold', () => {
  test('comes from the lease, then from the balance, as an entry of its own with an alert', async () => {
    await makeOwner('own_a');
    const leases = start();
    const hold = await leases.hold(request(0.4));
    expect(await leases.post(hold, charge(0.7))).toMatchObject({ amount: dollars(0.7), overage: dollars(0.3) });
    expect((await entriesOf('overage'))[0]?.data).toMatchObject({ amount: dollars(0.3) });
    expect(alerts).toMatchObject([{ kind: 'overage', facts: { overage: '0.3', written_off: '0' } }]);
    expect(await faults()).toEqual([]);
  });

  test('that the balance cannot pay is ours', async () => {
    await makeOwner('own_a');
    const leases = start();
    const hold = await leases.hold(request(0.4));
    expect(await leases.post(hold, charge(1.5))).toMatchObject({ amount: dollars(1), writtenOff: dollars(0.5) });
    expect(await faults()).toEqual([]);
  });

  test('does not go past a cap', async () => {
    await makeOwner('own_a');
    await makeKey('key_a', 'own_a', { spend_caps: { daily: dollars(0.5) } });
    const leases = start();
    const hold = await leases.hold(request(0.4));
    expect(await leases.post(hold, charge(0.9))).toMatchObject({ amount: dollars(0.5), writtenOff: dollars(0.4) });
    expect(await faults()).toEqual([]);
  });
});

describe('caps', () => {
  test('of the key and of the owner are hard, and the smallest wins', async () => {
    await makeOwner('own_a', 10, { spend_caps: { monthly: dollars(0.9) } });
    await makeKey('key_a', 'own_a', { spend_caps: { daily: dollars(0.5) } });
    const leases = start();
    await expect(leases.hold(request(0.6))).rejects.toMatchObject({
      details: { reason: 'key_cap', window: 'daily', available: '0.5', resets_at: '2026-11-24T00:00:00.000Z' },
    });
    await leases.post(await leases.hold(request(0.5)), charge(0.5));
    await expect(leases.hold(request(0.5, 'key_b'))).rejects.toMatchObject({
      details: { reason: 'owner_cap', window: 'monthly', available: '0.4', resets_at: '2026-12-01T00:00:00.000Z' },
    });
    await leases.hold(request(0.4, 'key_b'));
    expect(await faults()).toEqual([]);
  });

  test('open again with the next day, also for a lease over midnight', async () => {
    await makeOwner('own_a', 10);
    await makeKey('key_a', 'own_a', { spend_caps: { daily: dollars(0.5) } });
    const leases = start();
    time = Date.UTC(2026, 10, 23, 23, 59, 59);
    const overnight = await leases.hold(request(0.5));
    await expect(leases.hold(request(0.1))).rejects.toMatchObject({ details: { reason: 'key_cap' } });
    time += 5_000;
    // What runs over midnight is posted today, and counts today.
    await expect(leases.hold(request(0.1))).rejects.toMatchObject({ details: { reason: 'key_cap' } });
    await leases.post(overnight, charge(0.3));
    await leases.hold(request(0.2));
    const record = await documents.get(SPENDING, documentId('key_a'));
    expect(toSpending(record?.data.spending)).toMatchObject({ day: '2026-11-24', daily: dollars(0.5) });
    expect((await entriesOf('charge'))[0]?.data.created_at).toEqual(new Date(time));
    expect(await faults()).toEqual([]);
  });

  test('of a week hold until Monday, and are told of once in each week', async () => {
    await makeOwner('own_a', 10);
    await makeKey('key_a', 'own_a', { spend_caps: { weekly: dollars(0.5) } });
    const leases = start();
    const spend = async (amount: number) => {
      await leases.post(await leases.hold(request(amount)), charge(amount));
      await idle(leases);
    };
    const toDay = (day: number) => {
      time = Date.UTC(2026, 10, day, 12);
    };
    toDay(24);
    await spend(0.3);
    toDay(25);
    await spend(0.2);
    toDay(29);
    await expect(leases.hold(request(0.1))).rejects.toMatchObject({
      details: { reason: 'key_cap', window: 'weekly', available: '0', resets_at: '2026-11-30T00:00:00.000Z' },
    });
    toDay(30);
    await spend(0.3);
    const record = await documents.get(SPENDING, documentId('key_a'));
    expect(toSpending(record?.data.spending)).toMatchObject({ weekly: dollars(0.3), monthly: dollars(0.8) });
    expect(alerts.map(({ kind, subject }) => [kind, subject])).toEqual([
      ['cap_50', 'key_a|weekly|2026-11-23|0.5'],
      ['cap_100', 'key_a|weekly|2026-11-23|0.5'],
      ['cap_50', 'key_a|weekly|2026-11-30|0.5'],
    ]);
    expect(await faults()).toEqual([]);
  });

  test('count a charge in the day that it is made on, though nobody has asked for anything since midnight', async () => {
    await makeOwner('own_a', 10);
    const leases = start();
    time = Date.UTC(2026, 10, 30, 23, 59, 59);
    const overnight = await leases.hold(request(0.5));
    time += 5_000;
    await leases.post(overnight, charge(0.3));
    const record = await documents.get(SPENDING, documentId('key_a'));
    // What is left of the hold went back with it.
    const moved = { day: '2026-12-01', daily: dollars(0.3), monthly: dollars(0.3), total: dollars(0.3) };
    expect(toSpending(record?.data.spending)).toMatchObject(moved);
    expect(await faults()).toEqual([]);
  });

  test('in dollars hold for an owner who pays in rupees', async () => {
    await makeOwner('own_a', 1_000, {}, 'INR');
    await makeKey('key_a', 'own_a', { spend_cap_usd: dollars(1), spend_cap_window: 'monthly' });
    const leases = start();
    await expect(leases.hold({ ...request(89), currency: 'INR' })).rejects.toMatchObject({
      details: { reason: 'key_cap', window: 'monthly', available: '88', currency: 'INR' },
    });
  });

  test('below what is spent refuse everything and break nothing', async () => {
    await makeOwner('own_a', 10);
    await makeKey('key_a', 'own_a');
    const leases = start();
    await leases.post(await leases.hold(request(0.5)), charge(0.5));
    await makeKey('key_a', 'own_a', { spend_caps: { total: dollars(0.2) } });
    leases.drop({ keyId: 'key_a' });
    await expect(leases.hold(request(0.1))).rejects.toMatchObject({ details: { reason: 'key_cap', available: '0' } });
    expect(await faults()).toEqual([]);
  });

  test('are told of at 50, 75, 90 and 100 %, once each', async () => {
    await makeOwner('own_a', 10);
    await makeKey('key_a', 'own_a', { spend_caps: { daily: dollars(1) } });
    const leases = start();
    for (let n = 0; n < 10; n++) {
      await leases.post(await leases.hold(request(0.1)), charge(0.1));
      await idle(leases);
    }
    expect(alerts.map(({ kind, facts }) => [kind, facts.used])).toEqual([
      ['cap_50', '0.5'],
      ['cap_75', '0.8'],
      ['cap_90', '0.9'],
      ['cap_100', '1'],
    ]);
  });

  test('a low balance is told of once for each topup', async () => {
    await makeOwner('own_a', 1);
    const leases = start();
    const spend = async (amount: number) => {
      await leases.post(await leases.hold(request(amount)), charge(amount));
      await idle(leases);
    };
    await spend(0.89);
    expect(alerts).toEqual([]);
    await spend(0.02);
    await spend(0.01);
    expect(alerts).toMatchObject([{ kind: 'low_balance', facts: { remaining: '0.09', threshold: '0.1' } }]);
    await ledger.topup({ ownerId: 'own_a', amount: dollars(1), currency: 'USD', reference: 'second' });
    await spend(1);
    expect(alerts).toHaveLength(2);
  });
});

describe('concurrency', () => {
  test('is limited over all instances, and a slot that is free comes back', async () => {
    await makeOwner('own_a');
    await makeKey('key_a', 'own_a', { concurrency_limit: 2n });
    const [one, two] = [start(), start()];
    const first = await one.hold(request(0.01));
    const second = await one.hold(request(0.01));
    await expect(one.hold(request(0.01))).rejects.toMatchObject({
      code: 'rate_limit_exceeded',
      details: { reason: 'concurrency', scope: 'key', limit: 2 },
    });
    await expect(two.hold(request(0.01))).rejects.toMatchObject({ code: 'rate_limit_exceeded' });
    await one.post(first, charge(0.01));
    const third = await two.hold(request(0.01));
    await expect(two.hold(request(0.01))).rejects.toMatchObject({ code: 'rate_limit_exceeded' });
    await Promise.all([one.void(second), two.void(third)]);
    await Promise.all([two.hold(request(0.01)), two.hold(request(0.01))]);
    expect(await faults()).toEqual([]);
  });
});

describe('a busy key with a limit of requests at once', () => {
  test('is granted slots ahead, twice as many each time: twenty that come one after the other take a handful', async () => {
    await makeOwner('own_a', 100);
    await makeKey('key_a', 'own_a', { concurrency_limit: 1_000n });
    const leases = start();
    for (let n = 0; n < 20; n++) await leases.hold(request(0));
    expect(grants).toBeLessThanOrEqual(6);
  });

  test('asks for none where one ends before its turn comes', async () => {
    await makeOwner('own_a', 100);
    await makeKey('key_a', 'own_a', { concurrency_limit: 3n });
    const leases = start();
    const running: LiveHold[] = [];
    for (let n = 0; n < 3; n++) running.push(await leases.hold(request(0.01)));
    grants = 0;
    for (let n = 0; n < 30; n++) {
      const next = leases.hold(request(0.01));
      const [ended] = running.splice(0, 1);
      if (ended !== undefined) await leases.post(ended, charge(0.001));
      running.push(await next);
    }
    await Promise.all(running.map((hold) => leases.void(hold)));
    expect(await faults()).toEqual([]);
    expect(grants).toBe(0);
  });

  test('that asks for one at a time keeps no more slots, however often its lease grows', async () => {
    await makeOwner('own_a', 100);
    await makeKey('key_a', 'own_a', { concurrency_limit: 64n });
    const leases = start();
    grants = 0;
    for (let n = 1; n <= 300; n++) {
      const hold = await leases.hold(request(0.01));
      time += 200;
      await leases.post(hold, charge(0.01));
      if (n % 5 === 0) leases.tick();
    }
    expect(grants).toBeGreaterThan(3);
    expect((await openLeases())[0]?.slots).toBeLessThanOrEqual(2);
  });

  test('gets what a lease has to spare that takes no new hold and still has a request running', async () => {
    await makeOwner('own_a', 100);
    await makeKey('key_a', 'own_a', { concurrency_limit: 20n });
    const leases = start();
    const first = await Promise.all(Array.from({ length: 10 }, () => leases.hold(request(0.01))));
    await Promise.all(first.slice(1).map((hold) => leases.void(hold)));
    // Its limits have changed.
    leases.drop({ keyId: 'key_a' });
    await Promise.all(Array.from({ length: 19 }, () => leases.hold(request(0.01))));
    expect(await faults()).toEqual([]);
  });

  test.each([1, 2])('gets slots of a key whose requests wait for money, of %i instances', async (count) => {
    await makeOwner('own_a', 1, { concurrency_limit: 20n });
    const all = Array.from({ length: count }, () => start());
    const [one, two] = [all[0] as Leases, all.at(-1) as Leases];
    await Promise.all([1, 2, 3].map(() => one.hold(request(0.01))));
    await one.hold(request(0.01));
    await two.hold(request(0.6, 'key_b'));
    const late = one.hold(request(0.9)).catch((error) => error);
    await Promise.all(Array.from({ length: 15 }, () => two.hold(request(0, 'key_b'))));
    expect(await late).toMatchObject({ code: expect.stringContaining('limit_exceeded') });
    expect(await faults()).toEqual([]);
  });

  test('leaves seven eighths of what is left to other instances', async () => {
    await makeOwner('own_a', 100);
    await makeKey('key_a', 'own_a', { concurrency_limit: 20n });
    const [one, two] = [start(), start()];
    await Promise.all([1, 2].map(() => one.hold(request(0.01))));
    await Promise.all(Array.from({ length: 16 }, () => two.hold(request(0.01))));
  });
});

describe('a metered stream', () => {
  test('takes more as it goes, and is told when there is no more', async () => {
    await makeOwner('own_a');
    const leases = start();
    const hold = await leases.hold(request(0.1));
    expect(await leases.grow(hold, dollars(0.4))).toBe(true);
    expect(hold.amount).toBe(dollars(0.5));
    expect(await leases.grow(hold, dollars(0.6))).toBe(false);
    expect(await leases.grow(hold, dollars(0.5))).toBe(true);
    // Another request's commit says what the first one holds by now.
    await (await leases.hold(request(0))).durable;
    expect((await openLeases())[0]).toMatchObject({ held: dollars(1), running: 2 });
    await leases.post(hold, charge(0.95));
    expect((await openLeases())[0]).toMatchObject({ held: 0n, running: 1, spent: dollars(0.95), posts: 1 });
    expect(await faults()).toEqual([]);
  });

  /** A slow stream of so many slices of a cent; how often its lease was granted more. */
  async function grantsOf(slices: number): Promise<number> {
    grants = 0;
    const leases = start();
    const hold = await leases.hold(request(0.01));
    for (let slice = 1; slice < slices; slice++) {
      time += 6_000;
      leases.tick();
      await settled();
      expect(await leases.grow(hold, dollars(0.01))).toBe(true);
    }
    expect(hold.amount).toBe(dollars(0.01 * slices));
    const [lease] = await openLeases();
    const { granted } = lease ?? { granted: 0n };
    // What it has ahead is less than an eighth of what there was.
    expect(granted - hold.amount).toBeLessThan((await ownerMoney()) / 8n);
    await leases.post(hold, charge(0.01 * slices));
    expect(await faults()).toEqual([]);
    expect(await openLeases()).toEqual([]);
    return grants - 1;
  }

  test('that is slow is granted a slice, then as much again as it has had', async () => {
    await makeOwner('own_a', 10);
    expect(await grantsOf(2)).toBe(1);
    expect(await grantsOf(11)).toBe(3);
  });

  test('is granted an eighth of what there is ahead at most', async () => {
    await makeOwner('own_a', 0.2);
    expect(await grantsOf(11)).toBeGreaterThan(3);
  });
});

test('at the end everything is given back', async () => {
  await makeOwner('own_a');
  const leases = start();
  await leases.post(await leases.hold(request(0.4)), charge(0.1));
  await leases.close();
  expect(await balance()).toEqual({ available: 0.9, leased: 0 });
  expect(await openLeases()).toEqual([]);
  await expect(leases.hold(request(0.1))).rejects.toMatchObject({ code: 'provider_not_available' });
});
