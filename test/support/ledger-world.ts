import { createEndUserBook, type EndUserBook, type EndUserHold } from '../../functions/core/end-users/end-user-book.ts';
import type { EndUser } from '../../functions/core/end-users/end-user-spending.ts';
import { KEYS } from '../../functions/core/keys.ts';
import { checkLedger } from '../../functions/core/leases/check-ledger.ts';
import type { HoldState } from '../../functions/core/leases/hold-state.ts';
import { LEASES, toLease } from '../../functions/core/leases/lease-store.ts';
import { createLeases, HOLD_WAIT_MS, type Leases } from '../../functions/core/leases/leases.ts';
import { MARKS } from '../../functions/core/leases/marks.ts';
import type { Posted } from '../../functions/core/leases/post-hold.ts';
import { Refused } from '../../functions/core/leases/refused.ts';
import { CLAIMS, type ClaimWrite } from '../../functions/core/ledger/claims.ts';
import { ENTRIES } from '../../functions/core/ledger/entries.ts';
import { HoldResolved } from '../../functions/core/ledger/holds.ts';
import { createLedger } from '../../functions/core/ledger/ledger.ts';
import { UNCOUNTED_MS } from '../../functions/core/ledger/outbox.ts';
import { newOwner, OWNERS } from '../../functions/core/ledger/owners.ts';
import {
  addSums,
  chargeSums,
  hoursOf,
  noSums,
  ROLLUPS,
  type Rollup,
  rollupSums,
  type Sums,
  toRollup,
} from '../../functions/core/ledger/rollups.ts';
import type { FxRate } from '../../functions/core/money/fx.ts';
import type { Currency, Nanos } from '../../functions/core/money/money.ts';
import { documentId } from '../../functions/core/store/document-id.ts';
import type { Documents } from '../../functions/core/store/documents.ts';
import { createStoreClock } from '../../functions/core/store/store-clock.ts';
import { LONGEST_REPUBLISH_MS } from '../../functions/sweep/republish.ts';
import { sweep } from '../../functions/sweep/sweep.ts';
import { countUsage } from '../../functions/usage/count-usage.ts';
import { endUserBooks, userCaps } from './end-user-books.ts';
import fc from './fast-check.ts';
import { type Fate, flakyDocuments, isFlaw, refusedFates } from './flaky-documents.ts';
import { silentLog } from './memory-log.ts';
import { uncountedCharges } from './uncounted-charges.ts';

/**
 * Several routers' worth of money on one store, in simulated time: instances that freeze, come back too late or die, a store
 * that refuses or loses its answers, clocks that are wrong. After every step everybody's books have to add up.
 */
const LEASE_MS = 60_000;
const INSTANCES = 3;
/** Most turns of the event loop that a step may take to come to rest. */
const MAX_TURNS = 400;

const owners = [
  { id: 'own_usd', currency: 'USD', keys: ['key_a', 'key_b'] },
  { id: 'own_inr', currency: 'INR', keys: ['key_c'] },
] as const satisfies readonly { id: string; currency: Currency; keys: readonly string[] }[];
const keyIds = ['key_a', 'key_b', 'key_c'] as const;

const at = fc.nat({ max: INSTANCES - 1 });
const key = fc.constantFrom(...keyIds);
/** Whom a request is for, where its key caps its users: `undefined` keeps it out of that. */
const user = fc.constantFrom('ann', 'bob', null, undefined);
const amount = fc.integer({ min: 0, max: 60 }).map((percent) => BigInt(percent) * 10_000_000n);
const fate = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom<Fate>('done', 'answer lost', 'run twice') },
  { weight: 1, arbitrary: fc.constant<Fate>('refused') },
  { weight: 2, arbitrary: fc.constantFrom<Fate>(...refusedFates) },
);
const someFates = fc.array(fate, { maxLength: 3 });
/** Of reads; most steps leave them alone. */
const readFates = fc.oneof({ weight: 4, arbitrary: fc.constant<Fate[]>([]) }, { weight: 1, arbitrary: someFates });

/** What may happen. Amounts are nanos of dollars; an owner starts with one dollar, or its worth in rupees. */
export const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('hold' as const),
      at,
      key,
      amount,
      claims: fc.boolean(),
      user,
      fates: someFates,
      readFates,
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('post' as const),
      nth: fc.nat(),
      cost: amount,
      fates: someFates,
      readFates,
      times: fc.integer({ min: 1, max: 4 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('void' as const), nth: fc.nat(), fates: someFates, readFates }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('grow' as const), nth: fc.nat(), amount, fates: someFates, readFates }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('resolve again' as const), nth: fc.nat() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('topup' as const), key, amount, again: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('refund' as const), nth: fc.nat() }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('wait' as const),
      seconds: fc.constantFrom(1, 5, 11, 25, 45, 61, 3_600, 40_000, 86_400),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('tick' as const), at, fates: someFates, readFates }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('freeze' as const), at }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('thaw' as const), at }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('kill' as const), at }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('sweep' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('give back' as const), at, key }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('return all' as const), at }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('deliver' as const),
      times: fc.integer({ min: 1, max: 3 }),
      // How many messages are lost for one that comes, and whether they come the other way round.
      lost: fc.integer({ min: 0, max: 3 }),
      reversed: fc.boolean(),
      fates: someFates,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('new rate' as const), rate: fc.integer({ min: 60, max: 120 }) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('cap' as const), key, amount }) },
);
export type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;
type Delivery = Extract<Step, { do: 'deliver' }>;

type Gate = {
  state: 'open' | 'frozen' | 'dead';
  thaw: (() => void)[];
  inFlight: number;
  fates: Fate[];
  readFates: Fate[];
};

interface Instance {
  leases: Leases;
  endUsers: EndUserBook;
  gate: Gate;
  sync(): Promise<void>;
}

/** A hold that was taken, with what it began with, and whether the store has it. */
interface Held {
  hold: HoldState;
  leases: Leases;
  began: Nanos;
  confirmed: boolean;
  /** What it has reserved of its user’s caps; null where it is for nobody. */
  ofUser: EndUserHold | null;
}

export interface World {
  run(step: Step): Promise<void>;
  /** What is wrong with the books now. */
  faults(): Promise<string[]>;
  /** Lets everything end: time passes, sweeps run, messages are delivered. Returns what is wrong then. */
  end(): Promise<string[]>;
}

/** `prefix` keeps worlds on one store apart; `setTime` moves the store's own clock where it can be moved. */
export async function makeWorld(
  documents: Documents,
  prefix: string,
  clock: { now: () => number; advance: (milliseconds: number) => void },
): Promise<World> {
  let rate: FxRate = { rate: 88_000_000n, asOf: '2026-11-20', source: 'test' };
  let ids = 0;
  const ledger = createLedger({ documents, now: clock.now });
  const open: Held[] = [];
  const resolved: Held[] = [];
  /** Holds whose users’ caps are asked. */
  const reserving: Held[] = [];
  const books = endUserBooks(documents, prefix);
  /** Requests whose end the store will never take: their claims stay. */
  const untold = new Set<string>();
  const posted: { requestId: string; ownerId: string; posting: Posted }[] = [];
  const instances: Instance[] = [];
  const wrong: string[] = [];
  const ownerOf = (keyId: string) => {
    const owner = owners.find(({ keys }) => (keys as readonly string[]).includes(keyId));
    if (owner === undefined) throw new Error('no owner');
    return { ...owner, id: `${prefix}${owner.id}` };
  };

  for (const owner of owners) {
    const id = `${prefix}${owner.id}`;
    const data = newOwner(id, owner.currency, new Date(clock.now()), {});
    await documents.commit([{ kind: 'set', collection: OWNERS, id: documentId(id), data, expect: 'absent' }]);
    const start = owner.currency === 'USD' ? 1_000_000_000n : 88_000_000_000n;
    await ledger.topup({ ownerId: id, amount: start, currency: owner.currency, reference: 'start' });
    for (const keyId of owner.keys) await putKey(keyId, {});
  }
  for (let n = 0; n < INSTANCES; n++) instances.push(await start(n));

  async function putKey(keyId: string, caps: Record<string, bigint>) {
    const data = { key_id: `${prefix}${keyId}`, owner_id: ownerOf(keyId).id, status: 'active', spend_caps: caps };
    await documents.commit([{ kind: 'set', collection: KEYS, id: `${prefix}${keyId}`, data, expect: 'any' }]);
  }

  async function start(n: number): Promise<Instance> {
    const gate: Gate = { state: 'open', thaw: [], inFlight: 0, fates: [], readFates: [] };
    const own = gated(
      flakyDocuments(
        documents,
        () => gate.fates.shift() ?? 'done',
        () => gate.readFates.shift() ?? 'done',
      ),
      gate,
    );
    // Its own clock is wrong by hours; only what it measures by it is right.
    const skew = (n - 1) * 7_200_000;
    const time = createStoreClock(own, {
      now: () => clock.now() + skew,
      monotonic: () => clock.now() - 1_700_000_000_000,
    });
    await time.sync();
    const leases: Leases = createLeases({
      documents: own,
      instanceId: `${prefix}ins_${n}_${++ids}`,
      monotonic: () => clock.now() - 1_700_000_000_000,
      now: () => time.now(),
      pause: (milliseconds) => {
        clock.advance(milliseconds);
        return new Promise((resolve) => setImmediate(resolve));
      },
      mintId: (kind) => `${prefix}${kind}_${++ids}`,
      lengthMs: LEASE_MS,
      // One of them writes holds at once, as on a laptop.
      holdWaitMs: n === 0 ? 0 : HOLD_WAIT_MS,
      rate: () => rate,
      recall: async (ownerId) => {
        for (const other of instances) if (other.leases !== leases) other.leases.giveBack(ownerId).catch(note);
      },
      mayClose: () => true,
      aside: (_name, _ownerId, work) => void work().catch(note),
      onAlerts: () => {},
    });
    const endUsers = createEndUserBook({
      documents: own,
      now: () => time.now(),
      random: () => 0.5,
      pause: () => new Promise((resolve) => setImmediate(resolve)),
      aside: (_name, _ownerId, work) => void work().catch(note),
      onTrouble: (error) => note(error),
    });
    return { leases, endUsers, gate, sync: () => time.sync() };
  }

  const note = (error: unknown) => {
    const { name, cause } = error as Error;
    if (isFlaw(error) || isFlaw(cause)) return;
    if (!['StoreUnavailable', 'LeaseClosed', 'MeshError'].includes(name))
      wrong.push(`${name}: ${(error as Error).message}`);
  };

  const noteEnd = (each: Held) => (error: unknown) => {
    if (isFlaw(error)) untold.add(each.hold.requestId);
    note(error);
  };

  async function rest(): Promise<void> {
    let quiet = 0;
    for (let turn = 0; turn < MAX_TURNS && quiet < 5; turn++) {
      await new Promise((resolve) => setImmediate(resolve));
      const busy = instances.some(({ gate }) => gate.state === 'open' && gate.inFlight > 0);
      if (busy) await new Promise((resolve) => setTimeout(resolve, 1));
      quiet = busy ? 0 : quiet + 1;
    }
  }

  /** The consumer’s store has fates too: what it then leaves is delivered another time. */
  async function deliver({ times, lost, reversed, fates }: Omit<Delivery, 'do'>): Promise<void> {
    const left = [...fates];
    const consumed = flakyDocuments(documents, () => left.shift() ?? 'done');
    const uncounted = await uncountedCharges(documents, prefix);
    const charges = uncounted.filter((_, n) => n % (lost + 1) === lost).map((request_id) => ({ request_id }));
    if (reversed) charges.reverse();
    const messages: object[] = published.splice(0);
    for (let from = 0; from < charges.length; from += 7) messages.push({ charges: charges.slice(from, from + 7) });
    // Consumers that run at once get each of them.
    for (const message of messages) {
      await Promise.all(Array.from({ length: times }, () => countUsage(consumed, message).catch(note)));
    }
  }

  const published: object[] = [];
  const publish = async (_topic: string, { data }: { data: object }) => void published.push(data);
  const runSweep = () => sweep({ documents, events: { publish, close: async () => {} }, log: silentLog });

  function pick<T>(from: T[], nth: number): T | null {
    return from.length === 0 ? null : (from.splice(nth % from.length, 1)[0] ?? null);
  }

  interface Scripted {
    fates: readonly Fate[];
    readFates: readonly Fate[];
  }

  function script(leases: Leases, { fates, readFates }: Scripted): void {
    const gate = instances.find((each) => each.leases === leases)?.gate;
    if (gate !== undefined) Object.assign(gate, { fates: [...fates], readFates: [...readFates] });
  }

  /** Asks a user’s caps, as a router does once it has the hold. */
  function reserveFor(user: EndUser, held: Held, endUsers: EndUserBook): void {
    const { requestId, leaseId, amount } = held.hold;
    const done = () => reserving.includes(held) && reserving.splice(reserving.indexOf(held), 1);
    reserving.push(held);
    books.note(requestId, user);
    endUsers.reserve(user, { requestId, leaseId, amount }).then(
      (ofUser) => {
        if (done()) open.push(Object.assign(held, { ofUser }));
      },
      (error) => {
        note(error);
        if (!done()) return;
        resolved.push(held);
        voidOne(held).catch(noteEnd(held));
      },
    );
  }

  function resolve(nth: number, some: Scripted, act: (each: Held) => Promise<void>) {
    const each = pick(open, nth);
    if (each === null) return;
    script(each.leases, some);
    resolved.push(each);
    act(each).catch(noteEnd(each));
  }

  async function run(what: Step): Promise<void> {
    switch (what.do) {
      case 'hold': {
        const { leases, endUsers, gate } = instances[what.at] as Instance;
        if (gate.state === 'dead') break;
        script(leases, what);
        const owner = ownerOf(what.key);
        const quote = owner.currency === 'USD' ? what.amount : (what.amount * rate.rate) / 1_000_000n;
        const requestId = `${prefix}req_${++ids}`;
        const claim: ClaimWrite = {
          kind: 'set',
          collection: CLAIMS,
          id: documentId(requestId),
          data: { request_id: requestId, owner_id: owner.id },
          expect: 'absent',
        };
        leases
          .hold({
            requestId,
            ownerId: owner.id,
            keyId: `${prefix}${what.key}`,
            keyHash: `${prefix}${what.key}`,
            currency: owner.currency,
            amount: quote,
            fx: rate,
            ...(what.claims ? { claim } : {}),
          })
          .then((hold) => {
            const held: Held = { hold: hold as HoldState, leases, began: hold.amount, confirmed: false, ofUser: null };
            hold.durable.then(
              () => {
                held.confirmed = true;
              },
              () => {},
            );
            if (what.user === undefined) return void open.push(held);
            const { id: ownerId, currency } = owner;
            const keyId = `${prefix}${what.key}`;
            reserveFor({ ownerId, keyId, name: what.user, currency, caps: userCaps(currency) }, held, endUsers);
          })
          .catch((error) => {
            // Its own claim stands with a lease that began it, was given up since, and is the sweep's.
            if (!(what.claims && error instanceof Refused)) note(error);
          });
        break;
      }
      case 'post':
        // Those of one lease share a commit.
        for (let time = 0; time < what.times; time++) {
          resolve(what.nth, what, async ({ hold, leases, ofUser }) => {
            const posting = await leases.post(hold, { cost: what.cost * 1_000n, facts: { model: 'm', provider: 'p' } });
            posted.push({ requestId: hold.requestId, ownerId: hold.ownerId, posting });
            await ofUser?.settle(posting.amount);
          });
        }
        break;
      case 'void':
        resolve(what.nth, what, voidOne);
        break;
      case 'grow': {
        const each = open[what.nth % Math.max(1, open.length)];
        if (each === undefined) break;
        script(each.leases, what);
        grow(each, what.amount).catch(note);
        break;
      }
      case 'resolve again': {
        const each = resolved[what.nth % Math.max(1, resolved.length)];
        if (each === undefined) break;
        const again = await each.leases.post(each.hold, { cost: 1n, facts: {} }).then(
          () => 'posted',
          (error) => error,
        );
        if (!(again instanceof HoldResolved)) wrong.push(`${each.hold.requestId} was resolved twice`);
        break;
      }
      case 'topup': {
        const { id, currency } = ownerOf(what.key);
        const reference = `t${++ids}`;
        const topup = { ownerId: id, amount: what.amount + 1n, currency, reference, confirmed: true };
        for (let time = 0; time < (what.again ? 2 : 1); time++) await ledger.topup(topup);
        break;
      }
      case 'refund': {
        const each = posted[what.nth % Math.max(1, posted.length)];
        if (each === undefined) break;
        const { requestId, ownerId } = each;
        const refund = { ownerId, requestId, amount: null, reference: `r${++ids}`, reason: 'test' };
        await ledger.refund(refund).catch(note);
        break;
      }
      case 'wait':
        clock.advance(what.seconds * 1_000);
        break;
      case 'tick': {
        const { leases, endUsers, gate, sync } = instances[what.at] as Instance;
        if (gate.state !== 'open') break;
        script(leases, what);
        sync().catch(note);
        leases.tick();
        endUsers.tick();
        break;
      }
      case 'freeze': {
        const { gate } = instances[what.at] as Instance;
        if (gate.state === 'open') gate.state = 'frozen';
        break;
      }
      case 'thaw':
        thaw((instances[what.at] as Instance).gate);
        break;
      case 'kill': {
        const { gate, leases } = instances[what.at] as Instance;
        gate.state = 'dead';
        for (const list of [open, resolved, reserving]) {
          for (let n = list.length - 1; n >= 0; n--) if (list[n]?.leases === leases) list.splice(n, 1);
        }
        instances[what.at] = await start(what.at);
        break;
      }
      case 'sweep':
        await runSweep();
        break;
      case 'give back':
        (instances[what.at] as Instance).leases.giveBack(ownerOf(what.key).id).catch(note);
        break;
      case 'return all':
        await closeOne(instances[what.at] as Instance);
        instances[what.at] = await start(what.at);
        break;
      case 'deliver':
        await deliver(what);
        break;
      case 'new rate':
        rate = { ...rate, rate: BigInt(what.rate) * 1_000_000n };
        break;
      case 'cap':
        await putKey(what.key, { daily: what.amount });
        for (const { leases } of instances) leases.drop({ keyId: `${prefix}${what.key}` });
        break;
    }
    await rest();
  }

  async function closeOne({ leases, gate }: Instance): Promise<void> {
    if (gate.state !== 'open') return;
    leases.close().catch(note);
    await rest();
    for (const list of [open, resolved, reserving]) {
      for (let n = list.length - 1; n >= 0; n--) if (list[n]?.leases === leases) list.splice(n, 1);
    }
    gate.state = 'dead';
  }

  async function faults(): Promise<string[]> {
    const { faults: found } = await checkLedger(documents);
    const own = found.filter(({ ownerId }) => ownerId.startsWith(prefix));
    const inBooks = own.map(({ ownerId, message }) => `${ownerId}: ${message}`);
    return [...inBooks, ...(await books.faults()), ...wrong, ...(await misheld()), ...(await miscounted())];
  }

  async function voidOne({ hold, leases, ofUser }: Held): Promise<void> {
    const id = documentId(hold.requestId);
    const voided = leases.void(hold, [{ kind: 'delete', collection: CLAIMS, id, expect: 'any' }]);
    await ofUser?.settle(0n);
    return voided;
  }

  async function grow({ hold, leases, ofUser }: Held, more: Nanos): Promise<void> {
    if (ofUser !== null && (await ofUser.grow(more, more)) === null) return;
    await leases.grow(hold, more);
  }

  /** Whether the rollups are the sum of all charges up to the marks, and of those whose lease is gone. */
  async function miscounted(): Promise<string[]> {
    const uncounted = new Set(await uncountedCharges(documents, prefix));
    const charges = (await documents.query({ collection: ENTRIES }))
      .filter(({ data }) => data.kind === 'charge' && String(data.owner_id).startsWith(prefix))
      .filter(({ data }) => !uncounted.has(String(data.entry_id)))
      .map(chargeSums)
      .reduce(addSums, noSums);
    const days = (await documents.query({ collection: ROLLUPS })).filter(({ data }) =>
      String(data.owner_id).startsWith(prefix),
    );
    const sumOf = (rollups: readonly Rollup[]) => rollups.reduce<Sums>(addSums, noSums);
    const [daily, hourly] = [sumOf(days.map(toRollup)), sumOf(days.flatMap(hoursOf))];
    return rollupSums.flatMap((name) =>
      charges[name] === daily[name] && charges[name] === hourly[name]
        ? []
        : [`${name}: charged ${charges[name]}, counted ${daily[name]} by days and ${hourly[name]} by hours`],
    );
  }

  /** Leases that do not say what their requests hold: looked at where nothing is under way. */
  async function misheld(): Promise<string[]> {
    const found: string[] = [];
    const atRest = instances.filter(({ gate }) => gate.state === 'open' && gate.inFlight === 0);
    const live = new Map([...open, ...resolved, ...reserving].map(({ hold }) => [hold.lease.id, hold.lease]));
    for (const { data, version } of await documents.query({ collection: LEASES })) {
      const lease = live.get(String(data.lease_id));
      if (lease === undefined || !lease.open || !lease.queue.idle || data.status !== 'open') continue;
      const held = [...open, ...reserving].filter(({ hold, confirmed }) => hold.lease === lease && confirmed);
      if (held.length > 0 && !atRest.some(({ leases }) => leases === held[0]?.leases)) continue;
      const { running, held: sum, leaseId } = toLease({ id: '', version, data });
      // What they took more since the last commit is written with the next.
      const least = held.reduce((all, { began }) => all + began, 0n);
      const most = held.reduce((all, { hold }) => all + hold.amount, 0n);
      if (running === held.length && sum >= least && sum <= most) continue;
      found.push(`${leaseId} says ${sum} of ${running} requests, but ${held.length} hold ${least} to ${most}`);
    }
    return found;
  }

  return {
    run,
    faults,
    async end() {
      for (const { gate } of instances) thaw(gate);
      await rest();
      // Two lease lengths: whoever comes late has been swept by then, and has noticed. Who waited for money may get it only now.
      for (let time = 0; time < 2; time++) {
        for (const each of open.splice(0)) voidOne(each).catch(noteEnd(each));
        await rest();
        clock.advance(LEASE_MS + 1_000);
        for (const { leases, endUsers } of instances) {
          leases.tick();
          endUsers.tick();
        }
        await rest();
        for (const each of open.splice(0)) voidOne(each).catch(noteEnd(each));
        await runSweep();
        await rest();
      }
      // Nothing comes but what the sweep tells again, which may be late where it was told of before and that came to nothing.
      for (const later of [UNCOUNTED_MS, LONGEST_REPUBLISH_MS]) {
        clock.advance(later);
        await runSweep();
        await deliver({ times: 2, lost: Number.POSITIVE_INFINITY, reversed: false, fates: [] });
      }
      const found = [...(await faults()), ...(await books.faultsAtEnd())];
      const entries = (await documents.query({ collection: ENTRIES })).filter(
        ({ data }) => data.kind === 'charge' && String(data.owner_id).startsWith(prefix),
      );
      for (const { data, version } of await documents.query({ collection: LEASES })) {
        if (!String(data.owner_id).startsWith(prefix)) continue;
        const { leaseId, held, running } = toLease({ id: '', version, data });
        found.push(`${leaseId} is still there and holds ${held} for ${running} requests`);
      }
      for (const { data } of await documents.query({ collection: MARKS })) {
        if (String(data.lease_id).startsWith(prefix)) found.push(`${data.lease_id} is gone, but not its mark`);
      }
      const names = new Set(entries.map(({ data }) => String(data.entry_id)));
      for (const { data } of await documents.query({ collection: CLAIMS })) {
        // Whoever was not charged may come again.
        const requestId = String(data.request_id);
        if (requestId.startsWith(prefix) && !names.has(requestId) && !untold.has(requestId))
          found.push(`${requestId} is still claimed`);
      }
      for (const { requestId, posting } of posted) {
        // Whoever was told that it was charged was, and nobody else.
        if (posting.lost === names.has(requestId))
          found.push(`${requestId}: told ${posting.lost ? 'lost' : 'charged'}`);
      }
      const usage = (await documents.query({ collection: ROLLUPS }))
        .map(toRollup)
        .filter(({ ownerId, grain }) => ownerId.startsWith(prefix) && grain === 'day')
        .reduce(addSums, noSums);
      if (usage.requests !== BigInt(entries.length)) found.push(`${entries.length} charges, counted ${usage.requests}`);
      return found;
    },
  };
}

function thaw(gate: Gate): void {
  if (gate.state !== 'frozen') return;
  gate.state = 'open';
  for (const go of gate.thaw.splice(0)) go();
}

/** The store as an instance reaches it: not at all once it is dead, and later while it is frozen. */
function gated(documents: Documents, gate: Gate): Documents {
  const pass = async <T>(act: () => Promise<T>): Promise<T> => {
    if (gate.state === 'frozen') await new Promise<void>((resolve) => gate.thaw.push(resolve));
    if (gate.state === 'dead') return new Promise<never>(() => {});
    gate.inFlight++;
    try {
      const result = await act();
      // What was applied while it froze or died, it hears of later or never.
      if (gate.state === 'frozen') await new Promise<void>((resolve) => gate.thaw.push(resolve));
      if ((gate.state as string) === 'dead') return new Promise<never>(() => {});
      return result;
    } finally {
      gate.inFlight--;
    }
  };
  return {
    place: 'test',
    get: (collection, id) => pass(() => documents.get(collection, id)),
    query: (query) => pass(() => documents.query(query)),
    listen: (query, onChanges, onError) => documents.listen(query, onChanges, onError),
    transaction: (body) => pass(() => documents.transaction(body)),
    commit: (writes) => pass(() => documents.commit(writes)),
    now: () => pass(() => documents.now()),
    close: () => documents.close(),
  };
}
