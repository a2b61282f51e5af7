import { expect, test } from '@jest/globals';
import { MAX_SESSIONS, MAX_SESSIONS_OF_OWNER, SessionMemory } from './session-memory.ts';

const LIFE_MS = 1_000;

test('what was used lately is known, for as long as it lives', () => {
  const memory = new SessionMemory<{ at: number }>(LIFE_MS);
  memory.set('ann', 'one', { at: 0 }, 0);
  expect(memory.get('ann', 'one', LIFE_MS - 1)).toEqual({ at: 0 });
  expect(memory.get('ann', 'one', LIFE_MS)).toBeNull();
  expect(memory.get('bob', 'one', 0)).toBeNull();
});

test('what is over is forgotten when anybody is remembered', () => {
  const memory = new SessionMemory<{ at: number }>(LIFE_MS);
  for (const name of ['one', 'two', 'three']) memory.set('ann', name, { at: 0 }, 0);
  memory.set('bob', 'four', { at: LIFE_MS }, LIFE_MS);
  expect(memory.size).toBe(1);
});

test('an owner beyond its bound forgets its own, the ones used longest ago', () => {
  const memory = new SessionMemory<{ at: number }>(LIFE_MS);
  memory.set('bob', 'his', { at: 0 }, 0);
  for (let n = 0; n < MAX_SESSIONS_OF_OWNER; n++) memory.set('ann', `s${n}`, { at: 0 }, 0);
  memory.set('ann', 's0', { at: 1 }, 1);
  memory.set('ann', 'more', { at: 1 }, 1);
  expect(memory.size).toBe(MAX_SESSIONS_OF_OWNER + 1);
  expect(memory.get('ann', 's0', 1)).not.toBeNull();
  expect(memory.get('ann', 's1', 1)).toBeNull();
  expect(memory.get('bob', 'his', 1)).not.toBeNull();
});

test('beyond the bound of all, the owner that was here longest ago gives way', () => {
  const memory = new SessionMemory<{ at: number }>(LIFE_MS);
  const owners = Math.ceil(MAX_SESSIONS / MAX_SESSIONS_OF_OWNER) + 1;
  for (let owner = 0; owner < owners; owner++) {
    for (let n = 0; n < MAX_SESSIONS_OF_OWNER; n++) memory.set(`owner ${owner}`, `s${n}`, { at: 0 }, 0);
  }
  expect(memory.size).toBe(MAX_SESSIONS);
  expect(memory.get('owner 0', `s${MAX_SESSIONS_OF_OWNER - 1}`, 0)).toBeNull();
  expect(memory.get('owner 1', 's0', 0)).not.toBeNull();
});
