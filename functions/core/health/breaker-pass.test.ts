import { beforeEach, describe, expect, test } from '@jest/globals';
import { BreakerWorld } from '../../../test/support/breaker-world.ts';
import { type Breaker, CLOSED, FIRST_OPEN_MS, LONGEST_OPEN_MS, STREAMS_BROKE } from './breaker.ts';
import { LivePass } from './breaker-pass.ts';
import { FAILURES_IN_A_ROW } from './outcome-window.ts';

let world: BreakerWorld;
beforeEach(() => {
  world = new BreakerWorld();
});

/** A half-open breaker whose probe this instance has. */
function halfOpen(changes: Partial<Breaker> = {}): LivePass {
  const { entry, time } = world;
  const probe = { id: 'prb_1', expiresAt: time + 6_000 };
  world.stored = { ...CLOSED, state: 'half_open', generation: 1, opens: 9, probe, ...changes };
  entry.shared = world.stored;
  entry.probe = probe.id;
  return new LivePass({ ...world }, entry, 'key_1', 'probe', probe.id);
}

describe('a probe', () => {
  test('that fails after its first token kept nobody waiting, however long it took', async () => {
    const broke = halfOpen({ reason: STREAMS_BROKE });
    broke.answered();
    world.time += 3_600_000;
    broke.failed();
    await world.settle();
    expect(world.stored).toMatchObject({ state: 'open', probeAt: world.time + LONGEST_OPEN_MS });
  });

  test('that fails is said to have failed for the reason that the breaker opened for', async () => {
    halfOpen({ reason: STREAMS_BROKE, opens: 1 }).failed();
    await world.settle();
    expect(world.stored).toMatchObject({ reason: STREAMS_BROKE, probeAt: world.time + 2 * FIRST_OPEN_MS });
    halfOpen({ reason: 'failures_in_a_row' }).failed();
    await world.settle();
    expect(world.stored?.reason).toBe('probe_failed');
  });

  test('of a provider that has no time is free for the next one, and cools down', async () => {
    halfOpen().limited(2_000, 'rate_limited');
    await world.settle();
    expect(world.stored).toMatchObject({ state: 'half_open', probe: null, cooldownUntil: world.time + 2_000 });
    expect(world.entry.probe).toBeNull();
  });

  test('that this instance has lost meanwhile says nothing any more', async () => {
    const late = halfOpen();
    world.entry.probe = 'prb_2';
    late.succeeded();
    late.failed();
    await world.settle();
    expect(world.entry.probe).toBe('prb_2');
    expect(world.transactions).toBe(0);
  });

  test('of a breaker that only this instance has opened moves no other’s', async () => {
    const pass = halfOpen();
    world.entry.local = world.entry.shared;
    world.entry.shared = CLOSED;
    pass.failed();
    await world.settle();
    expect(world.entry.local).toMatchObject({ state: 'open', reason: 'probe_failed' });
    expect(world.transactions).toBe(0);
  });
});

describe('a pass', () => {
  const enter = () => new LivePass({ ...world }, world.entry, 'key_1', 'normal');

  test('that has ended begins no cooldown', async () => {
    const pass = enter();
    pass.dropped();
    pass.limited(60_000, 'rate_limited');
    await world.settle();
    expect([world.entry.shared.cooldownUntil, world.transactions]).toEqual([0, 0]);
  });

  test('succeeds once', () => {
    const pass = enter();
    pass.succeeded();
    pass.succeeded();
    expect(world.entry.window.size).toBe(1);
  });

  test('that was let through under an older generation does not count', async () => {
    const passes = Array.from({ length: FAILURES_IN_A_ROW }, enter);
    world.shared.heed(world.entry, { ...CLOSED, generation: 1 });
    for (const pass of passes) pass.failed();
    await world.settle();
    expect([world.entry.window.size, world.entry.local, world.transactions]).toEqual([0, null, 0]);
  });
});
