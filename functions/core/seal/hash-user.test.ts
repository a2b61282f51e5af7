import { randomBytes } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { createHashUser } from './hash-user.ts';
import { OWN_KEY_BYTES } from './key-ring.ts';

const hashUser = createHashUser(randomBytes(OWN_KEY_BYTES));
const long = 'u'.repeat(100_000);

test('a user of an owner has one name, however long its own is', () => {
  for (const user of ['', 'ann@example.com', 'é😀', long]) {
    expect(hashUser('own_1', user)).toMatch(/^usr_[0-9a-f]{32}$/);
    expect(hashUser('own_1', user)).toBe(hashUser('own_1', user));
  }
  expect(hashUser('own_1', `${long}x`)).not.toBe(hashUser('own_1', long));
});

test('the same user of another owner is somebody else', () =>
  expect(hashUser('own_1', 'ann')).not.toBe(hashUser('own_2', 'ann')));

test('who does not have the key cannot find a user by trying names', () =>
  expect(createHashUser(randomBytes(OWN_KEY_BYTES))('own_1', 'ann')).not.toBe(hashUser('own_1', 'ann')));
