import { beforeEach, describe, expect, test } from '@jest/globals';
import { BreakerWorld } from '../../../test/support/breaker-world.ts';
import { type Breaker, CLOSED, opening, PROBES_TO_CLOSE, probeSucceeded, probing, RESET } from './breaker.ts';
import { MAX_SHARE_WAIT_MS } from './shared-breakers.ts';

let world: BreakerWorld;
beforeEach(() => {
  world = new BreakerWorld();
});

/** A closed breaker with failures in a row that instances told each other of: `'aab'`, a capital one broke off. */
function failed(keys: string, alone = true): Breaker {
  const failures = [...keys].map((letter) => ({
    key: letter.toLowerCase(),
    alone,
    broken: letter !== letter.toLowerCase(),
    at: world.time,
  }));
  return { ...CLOSED, failures };
}

/** The store has it, and this instance hears of it. */
async function hear(breaker: Breaker): Promise<void> {
  world.stored = breaker;
  world.shared.heed(world.entry, breaker);
  await world.settle();
}

describe('a new generation', () => {
  test('makes forget what was seen, what was to be told, and what only this instance went by', async () => {
    const { entry } = world;
    entry.window.record('key_1', 'unanswered', world.time);
    world.shared.openHere(entry, 'failures_in_a_row', false);
    entry.window.record('key_1', 'unanswered', world.time);
    entry.untold.push({ key: 'key_1', alone: true, broken: false, at: world.time });
    await hear({ ...CLOSED, generation: 2 });
    expect([entry.local, entry.untold, entry.window.size]).toEqual([null, [], 0]);
    expect(world.generations).toEqual([2]);
  });

  test('is not undone by news of an older one', async () => {
    await hear({ ...CLOSED, generation: 2 });
    await hear({ ...CLOSED, state: 'open', generation: 1 });
    expect(world.entry.shared).toEqual({ ...CLOSED, generation: 2 });
  });

  test('by a reset ends cooldowns once: one that comes after it stays', async () => {
    const reset = { ...CLOSED, generation: 2, reason: RESET };
    world.shared.coolDown(world.entry, world.time + 500, 'rate_limited');
    await world.settle();
    await hear(reset);
    expect(world.entry.shared.cooldownUntil).toBe(0);
    world.shared.coolDown(world.entry, world.time + 700, 'rate_limited');
    await world.settle();
    await hear(reset);
    expect(world.entry.shared.cooldownUntil).toBe(world.time + 700);
  });
});

describe('failures that instances add up', () => {
  test.each([
    ['five of keys that were alone open it', 'aaaaa', true, 'failures_in_a_row'],
    ['most of which broke off open it for that reason', 'AAAaa', true, 'streams_broke'],
    ['few of which broke off do not', 'AAaaa', true, 'failures_in_a_row'],
    ['four do not', 'aaaa', true, null],
    ['of one key weigh no more than those of all others', 'aaaab', false, null],
    ['of many keys open it', 'abcde', false, 'failures_in_a_row'],
  ])('%s', async (_name, keys, alone, reason) => {
    await hear(failed(keys, alone));
    await world.endWait();
    expect(world.stored?.state === 'open' ? world.stored.reason : null).toBe(reason);
  });

  test('weigh as those of one caller if but one instance has seen others succeed', async () => {
    const { failures } = failed('aaaab');
    await hear({ ...CLOSED, failures: failures.map((failure, at) => ({ ...failure, alone: at > 0 })) });
    expect(world.waits).toEqual([]);
  });

  test('are not held against themselves: what counts is what was seen before them', async () => {
    world.seen = { all: 25, failed: 5 };
    await hear(failed('aaaaa'));
    await world.endWait();
    expect(world.stored?.state).toBe('open');
  });

  test('are waited for once, at least half the time, in which one of the instances may know better', async () => {
    world.chance = 0;
    await hear(failed('aaaaa'));
    await hear(failed('aaaaaa'));
    expect(world.waits.map(({ milliseconds }) => milliseconds)).toEqual([MAX_SHARE_WAIT_MS / 2]);
    expect(world.transactions).toBe(0);
  });

  test('that a success took back meanwhile need no transaction', async () => {
    await hear(failed('aaaaa'));
    await hear(CLOSED);
    await world.endWait();
    expect(world.transactions).toBe(0);
  });

  test('that a success took back without this instance having heard of it do not open it', async () => {
    await hear(failed('aaaaa'));
    world.stored = CLOSED;
    await world.endWait();
    expect(world.stored).toEqual(CLOSED);
    expect(world.entry.shared).toEqual(CLOSED);
  });
});

describe('what this instance has opened', () => {
  test('is open at once, and for all of them after a wait', async () => {
    world.shared.openHere(world.entry, 'failure_share', false);
    await world.settle();
    expect(world.entry.local?.state).toBe('open');
    expect([world.stored, world.waits.length]).toEqual([null, 1]);
    await world.endWait();
    expect(world.stored).toMatchObject({ state: 'open', generation: 1, reason: 'failure_share' });
    expect([world.entry.local, world.entry.shared]).toEqual([null, world.stored]);
  });

  test('gives way to what others have agreed on meanwhile', async () => {
    world.shared.openHere(world.entry, 'failure_share', false);
    const agreed = { ...CLOSED, generation: 2, reason: 'recovered' };
    world.stored = agreed;
    await world.endWait();
    expect(world.stored).toEqual(agreed);
    expect([world.entry.local, world.entry.shared]).toEqual([null, agreed]);
  });

  test('is closed again by going back to what all agree on', () => {
    const { entry, shared, time } = world;
    shared.changeLocally(entry, opening(0, 'failure_share', time, 0.5));
    for (let n = 0; n < PROBES_TO_CLOSE; n++) {
      shared.changeLocally(entry, probing(`prb_${n}`, time + 60_000));
      shared.changeLocally(entry, probeSucceeded(`prb_${n}`, time + 60_000));
    }
    expect(entry.local).toBeNull();
    expect(world.changes.map(({ to, shared: isShared }) => [to, isShared])).toEqual([
      ['open', false],
      ['half_open', false],
      ['closed', false],
    ]);
  });
});

describe('a cooldown', () => {
  test('is told to the others where it is new, or longer by more than a second', async () => {
    const { entry, shared, time } = world;
    const coolDown = async (until: number) => {
      shared.coolDown(entry, until, 'rate_limited');
      await world.settle();
      return world.transactions;
    };
    expect(await coolDown(time + 10_000)).toBe(1);
    expect(await coolDown(time + 11_000)).toBe(1);
    expect(entry.shared.cooldownUntil).toBe(time + 11_000);
    expect(await coolDown(time + 12_001)).toBe(2);
    expect(await coolDown(time + 5_000)).toBe(2);
    expect(entry.shared.cooldownUntil).toBe(time + 12_001);
  });

  test('of the store and of this instance: the longer one holds', async () => {
    world.stored = { ...CLOSED, cooldownUntil: world.time + 60_000, cooldownReason: 'overloaded' };
    world.shared.coolDown(world.entry, world.time + 30_000, 'rate_limited');
    await world.settle();
    expect(world.entry.shared).toMatchObject({ cooldownUntil: world.time + 60_000, cooldownReason: 'overloaded' });
    expect(world.stored.cooldownUntil).toBe(world.time + 60_000);
  });
});
