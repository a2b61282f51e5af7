import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { openSqliteDocuments } from '../../platform/documents/sqlite-documents.ts';
import { type Documents, StoreUnavailable } from '../store/documents.ts';
import {
  DEFAULT_COOLDOWN_MS,
  FIRST_OPEN_MS,
  LEAST_COOLDOWN_MS,
  LONGEST_COOLDOWN_MS,
  LONGEST_OPEN_MS,
  LONGEST_SLOW_OPEN_MS,
  OPEN_JITTER,
  PROBE_LEASE_MS,
  PROBES_TO_CLOSE,
  STEADY_MS,
  STREAMS_BROKE,
  WHOLE_PROBES_TO_CLOSE,
} from './breaker.ts';
import type { BreakerChange } from './breaker-entry.ts';
import type { Pass } from './breaker-pass.ts';
import { type Breakers, createBreakers, SHARE_RETRY_MS } from './breakers.ts';
import { type Count, FAILURES_IN_A_ROW } from './outcome-window.ts';

const ID = 'acme/large';
const subject = (id = ID) => ({ id, provider: id.split('/')[0] ?? id });

let documents: Documents;
let time: number;
let broken: boolean;
/** What all instances have lately seen of every endpoint. */
let seen: Count;
/** The same of all but the one that asks. */
let elsewhere: Count;
let changes: BreakerChange[];
let instances: Breakers[];

beforeEach(async () => {
  documents = await openSqliteDocuments(':memory:');
  time = 1_000_000;
  broken = false;
  seen = { all: 0, failed: 0 };
  elsewhere = { all: 0, failed: 0 };
  changes = [];
  instances = [];
});
afterEach(async () => {
  await settle();
  for (const instance of instances) instance.close();
  await documents.close();
});

/** Lets transactions, listeners and waits run: each takes some turns of the event loop, and no time. */
async function settle(): Promise<void> {
  for (let n = 0; n < 40; n++) await new Promise((resolve) => setImmediate(resolve));
}

function instance({ random = () => 0.5 } = {}): Breakers {
  let ids = instances.length * 1_000;
  const breakers = createBreakers({
    documents: {
      ...documents,
      listen: documents.listen.bind(documents),
      transaction: async (body) => {
        if (broken) throw new StoreUnavailable('down');
        return documents.transaction(body);
      },
    } as Documents,
    now: () => time,
    monotonic: () => time,
    // A real turn of the loop, so that what others do meanwhile is seen; `PROBE_WAIT_MS` must not win against the store.
    pause: (milliseconds) => (milliseconds >= 500 ? new Promise(() => {}) : settleShortly()),
    random,
    mintId: (prefix) => `${prefix}_${ids++}`,
    outcomes: () => seen,
    elsewhere: () => elsewhere,
    onChange: (change) => changes.push(change),
    onGeneration: () => {},
    onTrouble: () => {},
  });
  instances.push(breakers);
  return breakers;
}

async function settleShortly(): Promise<void> {
  for (let n = 0; n < 5; n++) await new Promise((resolve) => setImmediate(resolve));
}

async function enter(breakers: Breakers, key = 'key_1', id = ID): Promise<Pass> {
  const pass = await breakers.enter(subject(id), key);
  if (pass === null) throw new Error('it was kept back');
  return pass;
}

async function fail(breakers: Breakers, times = FAILURES_IN_A_ROW, id = ID, key = 'key_1'): Promise<void> {
  for (let n = 0; n < times; n++) (await enter(breakers, key, id)).failed();
}

const stateOf = (breakers: Breakers, id = ID) => breakers.standing(id).state;
const sharedChanges = () => changes.filter(({ shared }) => shared).map(({ from, to }) => `${from} → ${to}`);

describe('a key that is alone on its instance while others are answered elsewhere', () => {
  beforeEach(() => {
    elsewhere = { all: 100, failed: 1 };
    seen = { all: 105, failed: 6 };
  });
  const ticked = async (instances: Breakers[]) => {
    time += SHARE_RETRY_MS + 1;
    for (const each of instances) each.tick();
    await settle();
  };

  test('opens the endpoint there and for nobody else, however long it fails', async () => {
    const [a, b] = [instance(), instance()];
    await settle();
    await fail(a);
    await settle();
    await ticked([a, b]);
    expect([stateOf(a), stateOf(b)]).toEqual(['open', 'closed']);
    expect(a.list()).toMatchObject([{ endpoint: ID, shared: false }]);
  });

  test('nor with a single failure of another one', async () => {
    const [a, b] = [instance(), instance()];
    await settle();
    await fail(a, FAILURES_IN_A_ROW - 1);
    await fail(b, 1, ID, 'key_2');
    await settle();
    expect([stateOf(a), stateOf(b)]).toEqual(['closed', 'closed']);
  });

  test('is added up with others that fail elsewhere', async () => {
    const [a, b] = [instance(), instance()];
    await settle();
    await fail(a);
    await settle();
    await fail(b, 3, ID, 'key_2');
    await settle();
    await ticked([a, b]);
    expect([stateOf(a), stateOf(b)]).toEqual(['open', 'open']);
    expect(sharedChanges()).toEqual(['closed → open']);
  });

  test('opens it for all when nobody is answered elsewhere any more', async () => {
    const [a, b] = [instance(), instance()];
    await settle();
    await fail(a);
    await settle();
    elsewhere = { all: 19, failed: 0 };
    await ticked([a, b]);
    expect([stateOf(a), stateOf(b)]).toEqual(['open', 'open']);
  });
});

describe('opening', () => {
  test('is immediate on the instance that saw it, and known to all others soon after', async () => {
    const [a, b] = [instance(), instance()];
    await settle();
    await fail(a);
    expect(a.standing(ID)).toMatchObject({ state: 'open', admits: 'none', reason: 'failures_in_a_row' });
    expect(stateOf(b)).toBe('closed');
    await settle();
    expect(stateOf(b)).toBe('open');
    expect(await b.enter(subject(), 'key_1')).toBeNull();
  });

  test('is written once, however many instances see it at the same time', async () => {
    const many = Array.from({ length: 20 }, () => instance());
    await settle();
    await Promise.all(many.map((each) => fail(each)));
    await settle();
    expect(sharedChanges()).toEqual(['closed → open']);
    expect(many.map((each) => stateOf(each))).toEqual(many.map(() => 'open'));
  });

  test('concerns one endpoint and no other', async () => {
    const a = instance();
    await fail(a);
    await settle();
    expect(stateOf(a, 'acme/small')).toBe('closed');
  });

  test('comes of failures that instances with little traffic add up', async () => {
    const many = Array.from({ length: FAILURES_IN_A_ROW }, () => instance());
    await settle();
    for (const each of many) {
      await fail(each, 1);
      await settle();
    }
    expect(many.map((each) => stateOf(each))).toEqual(many.map(() => 'open'));
  });

  test('does not come of as many where all instances know that the endpoint fails now and then', async () => {
    seen = { all: 100, failed: 20 };
    const many = Array.from({ length: FAILURES_IN_A_ROW }, () => instance());
    await settle();
    for (const each of many) await fail(each, 1);
    await settle();
    expect(stateOf(many[0] as Breakers)).toBe('closed');
    let more = 0;
    for (; more < 100 && stateOf(many[0] as Breakers) === 'closed'; more++) await fail(many[0] as Breakers, 1);
    expect(more).toBeGreaterThan(FAILURES_IN_A_ROW);
    expect(more).toBeLessThan(3 * FAILURES_IN_A_ROW);
  });

  test('comes of streams that break, though each of them has begun well', async () => {
    const [a, b] = [instance(), instance()];
    await settle();
    for (let n = 0; n < FAILURES_IN_A_ROW; n++) {
      const pass = await enter(a);
      pass.answered();
      pass.failed();
    }
    await settle();
    expect(b.standing(ID)).toMatchObject({ state: 'open', reason: STREAMS_BROKE });
  });

  test('does not come of failures with an answer between them', async () => {
    const a = instance();
    await fail(a, FAILURES_IN_A_ROW - 1);
    (await enter(a)).answered();
    await fail(a, FAILURES_IN_A_ROW - 1);
    expect(stateOf(a)).toBe('closed');
  });

  test('is not put off by the end of a stream that began before the outage', async () => {
    const a = instance();
    const early = await enter(a);
    early.answered();
    await fail(a, FAILURES_IN_A_ROW - 1);
    early.succeeded();
    await fail(a, 1);
    expect(stateOf(a)).toBe('open');
  });

  test('does not come of them where one of the instances has had a success since', async () => {
    const many = Array.from({ length: FAILURES_IN_A_ROW }, () => instance());
    await settle();
    for (const [n, each] of many.entries()) {
      await fail(each, 1);
      await settle();
      if (n === 2) (await enter(each)).succeeded();
      await settle();
    }
    expect(many.map((each) => stateOf(each))).toEqual(many.map(() => 'closed'));
  });

  test('is this instance’s own affair where it fails on three providers at once', async () => {
    const [a, b] = [instance(), instance()];
    await settle();
    const ids = ['acme/large', 'bolt/large', 'core/large'];
    for (let n = 0; n < FAILURES_IN_A_ROW; n++) for (const id of ids) await fail(a, 1, id);
    await settle();
    expect(ids.map((id) => stateOf(a, id))).toEqual(['open', 'open', 'open']);
    expect(ids.map((id) => stateOf(b, id))).toEqual(['closed', 'closed', 'closed']);
    expect(sharedChanges()).toEqual([]);
  });

  test('goes on by what the instance knows while the store is down, and is shared when it is back', async () => {
    const [a, b] = [instance(), instance()];
    await settle();
    broken = true;
    await fail(a);
    await settle();
    expect([stateOf(a), stateOf(b)]).toEqual(['open', 'closed']);
    broken = false;
    time += 5_001;
    a.tick();
    await settle();
    expect(stateOf(b)).not.toBe('closed');
  });

  test('does not come of what began under an older generation', async () => {
    const a = instance();
    const old = await Promise.all(Array.from({ length: FAILURES_IN_A_ROW }, () => enter(a)));
    await a.reset(ID);
    for (const pass of old) pass.failed();
    await settle();
    expect(stateOf(a)).toBe('closed');
  });
});

describe('what says nothing of an endpoint', () => {
  test('a client that leaves never moves a breaker, however often', async () => {
    const a = instance();
    for (let n = 0; n < 100; n++) (await enter(a)).dropped();
    await settle();
    expect(stateOf(a)).toBe('closed');
    expect(a.list()).toEqual([]);
  });

  test('a pass counts once, whatever is said of it later', async () => {
    const a = instance();
    const pass = await enter(a);
    for (let n = 0; n < 100; n++) pass.failed();
    await settle();
    expect(stateOf(a)).toBe('closed');
  });

  test('one key’s failures, while another’s requests succeed', async () => {
    const a = instance();
    for (let n = 0; n < 50; n++) {
      (await enter(a, 'key_2')).succeeded();
      await fail(a, 3, ID, 'key_1');
    }
    await settle();
    expect(stateOf(a)).toBe('closed');
  });
});

describe('a probe', () => {
  async function opened(...others: Breakers[]): Promise<Breakers> {
    const a = instance();
    await settle();
    await fail(a);
    await settle();
    time += FIRST_OPEN_MS * (1 + OPEN_JITTER);
    for (const each of others) expect(each.standing(ID).admits).toBe('probe');
    return a;
  }

  test('is let pass when the time has come, one at a time over all instances', async () => {
    const others = [instance(), instance(), instance()];
    const a = await opened(...others);
    const passes = await Promise.all([a, ...others].map((each) => each.enter(subject(), 'key_1')));
    expect(passes.filter((pass) => pass !== null).map((pass) => pass?.kind)).toEqual(['probe']);
    await settle();
    for (const each of [a, ...others]) expect(each.standing(ID)).toMatchObject({ state: 'half_open', admits: 'none' });
  });

  test('of which three succeed one after the other closes the breaker, each at its first token', async () => {
    const b = instance();
    const a = await opened(b);
    for (let n = 0; n < PROBES_TO_CLOSE; n++) {
      expect(stateOf(b)).not.toBe('closed');
      (await enter(n % 2 === 0 ? a : b)).answered();
      await settle();
    }
    expect([stateOf(a), stateOf(b)]).toEqual(['closed', 'closed']);
    expect(sharedChanges()).toEqual(['closed → open', 'open → half_open', 'half_open → closed']);
  });

  test('of an endpoint whose streams broke has succeeded only at its end', async () => {
    const a = instance();
    for (let n = 0; n < FAILURES_IN_A_ROW; n++) {
      const pass = await enter(a, 'key_1', 'acme/breaks');
      pass.answered();
      pass.failed();
    }
    await settle();
    time += FIRST_OPEN_MS * (1 + OPEN_JITTER);
    for (let n = 0; n < WHOLE_PROBES_TO_CLOSE; n++) {
      const probe = await enter(a, 'key_1', 'acme/breaks');
      probe.answered();
      await settle();
      expect(stateOf(a, 'acme/breaks')).toBe('half_open');
      probe.succeeded();
      await settle();
    }
    expect(stateOf(a, 'acme/breaks')).toBe('closed');
  });

  test('that fails opens it again, for twice as long', async () => {
    const a = await opened();
    (await enter(a)).failed();
    await settle();
    expect(a.standing(ID)).toMatchObject({ state: 'open', admits: 'none' });
    expect(a.standing(ID).until).toBe(time + 2 * FIRST_OPEN_MS);
  });

  test('never opens it for longer than the limit, which is longer where it kept its caller waiting', async () => {
    const a = await opened();
    const openFor = () => (a.standing(ID).until ?? 0) - time;
    for (let n = 0; n < 12; n++) {
      (await enter(a)).failed();
      await settle();
      expect(openFor()).toBeLessThanOrEqual(LONGEST_OPEN_MS);
      time = a.standing(ID).until ?? 0;
    }
    const slow = await enter(a);
    time += 60_000;
    slow.failed();
    await settle();
    expect(openFor()).toBe(LONGEST_SLOW_OPEN_MS);
  });

  test('whose caller leaves is free for the next one', async () => {
    const a = await opened();
    (await enter(a)).dropped();
    await settle();
    expect((await enter(a)).kind).toBe('probe');
  });

  test('whose instance dies is free for another one soon', async () => {
    const b = instance();
    const a = await opened(b);
    await enter(a);
    await settle();
    time += PROBE_LEASE_MS - 1;
    expect(await b.enter(subject(), 'key_1')).toBeNull();
    time += 1;
    expect((await enter(b)).kind).toBe('probe');
  });

  test('that takes long is kept by its instance', async () => {
    const b = instance();
    const a = await opened(b);
    await enter(a);
    await settle();
    for (let second = 0; second < 60; second++) {
      time += 1_000;
      a.tick();
      await settleShortly();
    }
    await settle();
    expect(await b.enter(subject(), 'key_1')).toBeNull();
  });

  test('is not needed by who is forced: all other breakers are open too', async () => {
    const a = instance();
    await fail(a);
    await settle();
    const pass = await a.enter(subject(), 'key_1', true);
    expect(pass?.kind).toBe('forced');
    pass?.succeeded();
    await settle();
    expect(stateOf(a)).toBe('open');
  });
});

describe('a breaker that opens again', () => {
  async function closeAgain(a: Breakers): Promise<void> {
    time = (a.standing(ID).until ?? time) + 1;
    for (let n = 0; n < PROBES_TO_CLOSE; n++) {
      (await enter(a)).answered();
      await settle();
    }
    expect(stateOf(a)).toBe('closed');
  }

  test('soon after it closed, is open for longer', async () => {
    const a = instance();
    await fail(a);
    await settle();
    await closeAgain(a);
    await fail(a);
    await settle();
    expect(a.standing(ID).until).toBe(time + 2 * FIRST_OPEN_MS);
  });

  test('after a steady time, begins anew', async () => {
    const a = instance();
    await fail(a);
    await settle();
    await closeAgain(a);
    time += STEADY_MS;
    await fail(a);
    await settle();
    expect(a.standing(ID).until).toBe(time + FIRST_OPEN_MS);
  });
});

describe('a cooldown', () => {
  test('holds on all instances for as long as the provider says, and ends by itself', async () => {
    const [a, b] = [instance(), instance()];
    await settle();
    (await enter(a)).limited(30_000, 'rate_limited');
    await settle();
    for (const each of [a, b]) {
      expect(each.standing(ID)).toEqual({
        state: 'cooldown',
        admits: 'none',
        reason: 'rate_limited',
        until: time + 30_000,
      });
    }
    time += 30_000;
    for (const each of [a, b]) expect(each.standing(ID).admits).toBe('all');
  });

  test('that is longer is never replaced by a shorter one', async () => {
    const [a, b] = [instance(), instance()];
    await settle();
    const [first, second] = [await enter(a), await enter(b)];
    first.limited(60_000, 'rate_limited');
    await settle();
    second.limited(1_000, 'rate_limited');
    await settle();
    for (const each of [a, b]) expect(each.standing(ID).until).toBe(time + 60_000);
  });

  test('has a length of its own where the provider names none, and a limit where it names too long a one', async () => {
    const a = instance();
    (await enter(a)).limited(null, 'rate_limited');
    expect(a.standing(ID).until).toBe(time + DEFAULT_COOLDOWN_MS);
    await settle();
    (await a.enter(subject(), 'key_1', true))?.limited(1e12, 'rate_limited');
    expect(a.standing(ID).until).toBe(time + LONGEST_COOLDOWN_MS);
  });

  test('is there also where a provider that has no time says to come back at once', async () => {
    const a = instance();
    (await enter(a)).limited(0, 'rate_limited');
    expect(a.standing(ID).until).toBe(time + LEAST_COOLDOWN_MS);
  });
});

test('a reset closes a breaker and ends its cooldown on all instances', async () => {
  const [a, b] = [instance(), instance()];
  await settle();
  await fail(a);
  await settle();
  (await b.enter(subject(), 'key_1', true))?.limited(60_000, 'rate_limited');
  await settle();
  await b.reset(ID);
  await settle();
  for (const each of [a, b]) expect(each.standing(ID)).toMatchObject({ state: 'closed', admits: 'all' });
});

test('an instance that starts knows what all others know', async () => {
  await fail(instance());
  await settle();
  const late = instance();
  await settle();
  expect(stateOf(late)).toBe('open');
});
