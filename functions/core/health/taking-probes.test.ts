import { beforeEach, describe, expect, test } from '@jest/globals';
import { BreakerWorld } from '../../../test/support/breaker-world.ts';
import { type Breaker, CLOSED, PROBE_LEASE_MS } from './breaker.ts';
import { type Breakers, createBreakers, PROBE_WAIT_MS, SHARE_RETRY_MS } from './breakers.ts';
import { FAILURES_IN_A_ROW } from './outcome-window.ts';

const subject = { id: 'acme/large', provider: 'acme' };

let world: BreakerWorld;
let breakers: Breakers;
beforeEach(() => {
  world = new BreakerWorld();
  breakers = createBreakers(world.options);
});

/** The store has it, and this instance has heard of it. */
async function hear(changes: Partial<Breaker>): Promise<void> {
  world.stored = { ...CLOSED, generation: 1, probeAt: world.time, ...changes };
  world.tell(world.stored);
}
const openAndDue = () => hear({ state: 'open', reason: 'failures_in_a_row' });

describe('a probe', () => {
  test('that the store grants too late is let go, so that another may have it', async () => {
    await openAndDue();
    const release = world.hold();
    const entering = breakers.enter(subject, 'key_1');
    expect(world.waits.map(({ milliseconds }) => milliseconds)).toEqual([PROBE_WAIT_MS]);
    await world.endWait();
    expect(await entering).toBeNull();
    await release();
    expect(world.stored).toMatchObject({ state: 'half_open', probe: null });
    expect(breakers.standing(subject.id).admits).toBe('probe');
  });

  test('that another instance got is no leave', async () => {
    await openAndDue();
    world.stored = { ...CLOSED, state: 'half_open', generation: 1, probe: { id: 'prb_b', expiresAt: world.time + 1 } };
    expect(await breakers.enter(subject, 'key_1')).toBeNull();
    world.time++;
    expect((await breakers.enter(subject, 'key_1'))?.kind).toBe('probe');
  });

  test('that a store in trouble did not grant is no leave, and is asked for again', async () => {
    await openAndDue();
    world.fault = new Error('down');
    expect(await breakers.enter(subject, 'key_1')).toBeNull();
    expect(world.troubles).toEqual([world.fault]);
    world.fault = null;
    expect((await breakers.enter(subject, 'key_1'))?.kind).toBe('probe');
  });

  test('is renewed by whoever runs it, when half its lease is over', async () => {
    await openAndDue();
    await breakers.enter(subject, 'key_1');
    const granted = world.transactions;
    for (const [passed, renewals] of [
      [PROBE_LEASE_MS / 2, 0],
      [1, 1],
      [PROBE_LEASE_MS / 2, 1],
    ] as const) {
      world.time += passed;
      breakers.tick();
      await world.settle();
      expect(world.transactions - granted).toBe(renewals);
    }
  });

  test('of another instance is not renewed here', async () => {
    await hear({ state: 'half_open', probe: { id: 'prb_b', expiresAt: world.time + 1 } });
    breakers.tick();
    await world.settle();
    expect(world.transactions).toBe(0);
  });
});

describe('what only this instance has opened', () => {
  async function open(): Promise<void> {
    for (let n = 0; n < FAILURES_IN_A_ROW; n++) (await breakers.enter(subject, 'key_1'))?.failed();
    world.fault = new Error('down');
    await world.settle();
    for (let n = world.waits.length; n > 0; n--) await world.endWait();
    expect(breakers.list()).toMatchObject([{ breaker: { state: 'open' }, shared: false }]);
  }

  test('is shared again after a while, and not before', async () => {
    await open();
    world.fault = null;
    world.time += SHARE_RETRY_MS;
    breakers.tick();
    expect(world.waits).toEqual([]);
    world.time++;
    breakers.tick();
    await world.endWait();
    expect(breakers.list()).toMatchObject([{ breaker: { state: 'open', generation: 1 }, shared: true }]);
  });

  test('has its probe without asking the store', async () => {
    await open();
    world.time = breakers.standing(subject.id).until ?? 0;
    const before = world.transactions;
    const probe = await breakers.enter(subject, 'key_1');
    expect([probe?.kind, world.transactions]).toEqual(['probe', before]);
    expect(breakers.standing(subject.id)).toMatchObject({ state: 'half_open', admits: 'none' });
    probe?.failed();
    expect(breakers.standing(subject.id)).toMatchObject({ state: 'open', reason: 'probe_failed' });
  });
});

describe('the list', () => {
  test('has what is in a cooldown, though its breaker never opened, and not what is only known', async () => {
    await breakers.enter({ id: 'acme/small', provider: 'acme' }, 'key_1');
    (await breakers.enter(subject, 'key_1'))?.limited(5_000, 'rate_limited');
    expect(breakers.list()).toMatchObject([{ endpoint: 'acme/large', standing: { state: 'cooldown' }, shared: true }]);
  });
});
