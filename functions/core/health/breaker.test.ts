import { describe, expect, test } from '@jest/globals';
import type { Document } from '../store/documents.ts';
import {
  type Breaker,
  CLOSED,
  cooling,
  FIRST_OPEN_MS,
  failing,
  fromBreaker,
  isProbeDue,
  MAX_SHARED_FAILURES,
  OPEN_JITTER,
  opening,
  PROBE_LEASE_MS,
  probeDropped,
  probeFailed,
  probeRenewed,
  probeSucceeded,
  probing,
  resetting,
  STEADY_MS,
  succeeding,
  toBreaker,
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

describe('an opening', () => {
  test.each([
    ['as early as chance has it', 0, 1 - OPEN_JITTER],
    ['in the middle', 0.5, 1],
    ['late', 0.75, 1 + OPEN_JITTER / 2],
  ])('lets a probe pass %s', (_name, chance, part) => {
    expect(opening(4, 'failure_share', NOW, chance)(closed)?.probeAt).toBe(NOW + FIRST_OPEN_MS * part);
  });

  test('begins its probes from nothing', () => {
    const open = opening(4, 'failure_share', NOW, 0.5)({ ...closed, successes: 2, failures: [failure] });
    expect(open).toMatchObject({ successes: 0, failures: [] });
    const probed = probing('prb_1', NOW + FIRST_OPEN_MS)({ ...closed, ...open, successes: 2 });
    expect(probed).toMatchObject({ state: 'half_open', successes: 0, changedAt: NOW + FIRST_OPEN_MS });
  });

  test('soon after a reset is the first one again', () => {
    const reset = resetting(NOW)({ ...halfOpen, opens: 5, cooldownUntil: NOW + 1 });
    expect(reset).toMatchObject({ state: 'closed', generation: 6, opens: 0, cooldownUntil: 0 });
    const steady = { ...closed, opens: 5, changedAt: NOW };
    expect(opening(6, 'failure_share', NOW, 0.5)({ ...closed, ...reset })?.opens).toBe(1);
    expect(opening(4, 'failure_share', NOW + STEADY_MS - 1, 0.5)(steady)?.opens).toBe(6);
    expect(opening(4, 'failure_share', NOW + STEADY_MS, 0.5)(steady)?.opens).toBe(1);
  });
});

describe('failures that are shared', () => {
  test('are forgotten when they are old, and when there are too many newer ones', () => {
    const old = { ...failure, at: NOW - 1 };
    expect(failing(4, [failure], NOW)({ ...closed, failures: [old] })?.failures).toEqual([failure]);
    const many = Array.from({ length: MAX_SHARED_FAILURES + 1 }, (_, n) => ({ ...failure, at: NOW + n }));
    expect(failing(4, many, 0)(closed)?.failures).toEqual(many.slice(1));
  });
});

test('a breaker comes back from its document as it was', () => {
  const full: Breaker = {
    state: 'half_open',
    generation: 7,
    reason: 'failure_share',
    changedAt: NOW,
    opens: 3,
    probeAt: NOW + 1,
    successes: 2,
    probe: { id: 'prb_1', expiresAt: NOW + 2 },
    cooldownUntil: NOW + 3,
    cooldownReason: 'rate_limited',
    failures: [failure, { key: 'key_b', alone: true, broken: true, at: NOW + 4 }],
  };
  for (const breaker of [full, CLOSED]) {
    const data = fromBreaker('acme/large', breaker) as Document['data'];
    expect(toBreaker({ id: 'a', version: '1', data })).toEqual(breaker);
  }
});

test.each([
  ['nothing', {}],
  ['a state that is none', { state: 'ajar' }],
  ['a generation that is none', { generation: 'seven' }],
  ['counts that are none', { opens: null }],
])('a document that was damaged says nothing: %s', (_name, damage) => {
  const whole = fromBreaker('acme/large', CLOSED) as Document['data'];
  const data = Object.keys(damage).length === 0 ? {} : { ...whole, ...damage };
  expect(toBreaker({ id: 'a', version: '1', data })).toBeNull();
});

test('failures that are none are left out', () => {
  const data = { ...(fromBreaker('acme/large', CLOSED) as Document['data']), failures: [null, 'x', 7n] };
  expect(toBreaker({ id: 'a', version: '1', data })?.failures).toEqual([]);
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
