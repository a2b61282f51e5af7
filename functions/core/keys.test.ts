import { expect, test } from '@jest/globals';
import fc from '../../test/support/fast-check.ts';
import { hashKey, KEY_BYTES, keyKind, keyKinds, makeKey, maskKey } from './keys.ts';

const random = fc.uint8Array({ minLength: KEY_BYTES, maxLength: KEY_BYTES });

test('every key that is made is well-formed, of its kind and of one length', () => {
  fc.assert(
    fc.property(fc.constantFrom(...keyKinds), random, (kind, bytes) => {
      const key = makeKey(kind, bytes);
      expect(keyKind(key)).toBe(kind);
      expect(key).toHaveLength(53);
    }),
  );
});

test('a typo of one character is caught without asking anybody', () => {
  fc.assert(
    fc.property(random, fc.integer({ min: 4, max: 52 }), fc.constantFrom(...'0Az9'), (bytes, at, character) => {
      const key = makeKey('rsk', bytes);
      fc.pre(key[at] !== character);
      expect(keyKind(key.slice(0, at) + character + key.slice(at + 1))).toBeNull();
    }),
  );
});

test('two characters swapped are caught', () => {
  const key = makeKey(
    'rsk',
    Uint8Array.from({ length: KEY_BYTES }, (_, at) => at * 7),
  );
  const at = [...key].findIndex((character, index) => index > 4 && character !== key[index + 1]);
  expect(keyKind(key.slice(0, at) + key[at + 1] + key[at] + key.slice(at + 2))).toBeNull();
});

test('the kind is part of the checksum', () => {
  const key = makeKey('rsk', new Uint8Array(KEY_BYTES));
  expect(keyKind(`mak${key.slice(3)}`)).toBeNull();
});

test.each(['', 'rsk_', 'sk-1234', 'rsk_ümlaut', `${makeKey('rsk', new Uint8Array(KEY_BYTES))}x`])(
  '%j is no key',
  (text) => {
    expect(keyKind(text)).toBeNull();
  },
);

test('the hash and the mask do not give the key away', () => {
  const key = makeKey('rsk', new Uint8Array(KEY_BYTES).fill(7));
  expect(hashKey(key)).toMatch(/^[0-9a-f]{64}$/);
  expect(maskKey(key)).toHaveLength(11);
});
