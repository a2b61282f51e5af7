import { describe, expect, test } from '@jest/globals';
import {
  type Breaker,
  CLOSED,
  cooling,
  failing,
  isProbeDue,
  opening,
  PROBE_LEASE_MS,
  probeDropped,
  probeFailed,
  probeRenewed,
  probeSucceeded,
  probing,
  succeeding,
} from './breaker.ts';

const NOW = 1_000_000;
const closed: Breaker = { ...CLOSED, generation: 4 };
const halfOpen: Breaker = {
  ...CLOSED,
  state: 'half_open',
  generation: 5,
  opens: 1,
  successes: 2,
  probe: { id: 'prb_1', expiresAt: NOW + PROBE_LEASE_MS },
};
const failure = { key: 'key_a', alone: false, broken: false, at: NOW };

describe('what belongs to another generation is void:', () => {
  test('an opening', () => {
    expect(opening(3, 'failures_in_a_row', NOW, 0.5)(closed)).toBeNull();
    expect(opening(5, 'failures_in_a_row', NOW, 0.5)(closed)).toBeNull();
    expect(opening(4, 'failures_in_a_row', NOW, 0.5)(closed)).toMatchObject({ state: 'open', generation: 5 });
  });

  test('a failure that is shared', () => {
    expect(failing(3, [failure], 0)(closed)).toBeNull();
    expect(failing(4, [failure], 0)(closed)?.failures).toEqual([failure]);
  });

  test('a success', () => {
    const failed = { ...closed, failures: [failure] };
    expect(succeeding(3, false)(failed)).toBeNull();
    expect(succeeding(4, false)(failed)?.failures).toEqual([]);
    // An answer that came to its end ends the row of those that did not, and no other.
    expect(succeeding(4, true)(failed)).toBeNull();
  });
});

describe('a probe', () => {
  test('that is not the one on its way changes nothing', () => {
    for (const id of ['prb_0', 'prb_2']) {
      expect(probeRenewed(id, NOW)(halfOpen)).toBeNull();
      expect(probeSucceeded(id, NOW)(halfOpen)).toBeNull();
      expect(probeFailed(id, 0, NOW, 0.5)(halfOpen)).toBeNull();
      expect(probeDropped(id)(halfOpen)).toBeNull();
    }
    expect(probeSucceeded('prb_1', NOW)(halfOpen)).toMatchObject({ state: 'closed', generation: 6 });
  });

  test('is not taken while another is on its way, nor during a cooldown', () => {
    expect(probing('prb_2', NOW)(halfOpen)).toBeNull();
    expect(probing('prb_2', NOW + PROBE_LEASE_MS)(halfOpen)).toMatchObject({ probe: { id: 'prb_2' } });
    expect(isProbeDue({ ...halfOpen, probe: null, cooldownUntil: NOW + 1 }, NOW)).toBe(false);
    expect(isProbeDue({ ...halfOpen, probe: null, cooldownUntil: NOW }, NOW)).toBe(true);
  });
});

test('a cooldown gives way to a longer one, and to no other', () => {
  const cooled = { ...closed, cooldownUntil: NOW, cooldownReason: 'rate_limited' };
  expect(cooling(NOW - 1, 'overloaded')(cooled)).toBeNull();
  expect(cooling(NOW, 'overloaded')(cooled)).toBeNull();
  expect(cooling(NOW + 1, 'overloaded')(cooled)).toEqual({
    ...cooled,
    cooldownUntil: NOW + 1,
    cooldownReason: 'overloaded',
  });
});
