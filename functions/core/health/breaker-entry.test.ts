import { describe, expect, test } from '@jest/globals';
import { CLOSED } from './breaker.ts';
import { newEntry, standingOf } from './breaker-entry.ts';

const NOW = 1_000_000;
const open = { ...CLOSED, state: 'open' as const, reason: 'failures_in_a_row', probeAt: NOW };

describe('a breaker lets pass', () => {
  test('one probe when it is due, and none while this instance is about to get it', () => {
    const entry = { ...newEntry('acme/large', 'acme'), shared: open };
    expect(standingOf(entry, NOW - 1)).toMatchObject({ admits: 'none', until: NOW });
    expect(standingOf(entry, NOW)).toMatchObject({ state: 'open', admits: 'probe' });
    // The store has not answered yet: two requests of one instance must not both wait for the probe.
    entry.probe = 'prb_1';
    expect(standingOf(entry, NOW)).toMatchObject({ state: 'open', admits: 'none' });
  });

  test('nothing while another instance’s probe is on its way, until its lease ends', () => {
    const probe = { id: 'prb_2', expiresAt: NOW + 100 };
    const entry = { ...newEntry('acme/large', 'acme'), shared: { ...open, state: 'half_open' as const, probe } };
    expect(standingOf(entry, NOW + 99)).toMatchObject({ state: 'half_open', admits: 'none', until: NOW + 100 });
    expect(standingOf(entry, NOW + 100).admits).toBe('probe');
  });

  test('what this instance goes by, before what all agree on', () => {
    const entry = { ...newEntry('acme/large', 'acme'), local: { ...open, probeAt: NOW + 1 } };
    expect(standingOf(entry, NOW)).toMatchObject({ state: 'open', admits: 'none', reason: 'failures_in_a_row' });
  });

  test('nothing during a cooldown, which all go by, and everything at its end', () => {
    const cooled = { ...CLOSED, cooldownUntil: NOW + 1, cooldownReason: 'rate_limited' };
    const entry = { ...newEntry('acme/large', 'acme'), shared: cooled };
    expect(standingOf(entry, NOW)).toEqual({
      state: 'cooldown',
      admits: 'none',
      reason: 'rate_limited',
      until: NOW + 1,
    });
    expect(standingOf(entry, NOW + 1).admits).toBe('all');
  });
});
