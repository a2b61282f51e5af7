import { randomBytes } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { openEnvelope, sealEnvelope, WRAPPING_KEY_BYTES } from './envelope.ts';

const key = randomBytes(WRAPPING_KEY_BYTES);

test('what is sealed under a name is opened under it', () => {
  expect(openEnvelope(key, 'a', sealEnvelope(key, 'a', 'sk-one'))).toBe('sk-one');
});

test('the same text is never sealed the same, and stands in none of it', () => {
  const [one, other] = [sealEnvelope(key, 'a', 'sk-one'), sealEnvelope(key, 'a', 'sk-one')];
  expect(one.wrappedKey).not.toBe(other.wrappedKey);
  expect(one.sealed).not.toBe(other.sealed);
  expect(Buffer.from(one.sealed, 'base64').includes('sk-one')).toBe(false);
});

test('under another name, with another key, or with a bit turned it is not opened', () => {
  const whole = sealEnvelope(key, 'a', 'sk-one');
  const turned = Buffer.from(whole.sealed, 'base64');
  turned[14] = (turned[14] ?? 0) ^ 1;
  const cannot = 'A sealed secret cannot be opened.';
  expect(() => openEnvelope(key, 'b', whole)).toThrow(cannot);
  expect(() => openEnvelope(randomBytes(WRAPPING_KEY_BYTES), 'a', whole)).toThrow(cannot);
  expect(() => openEnvelope(key, 'a', { ...whole, sealed: turned.toString('base64') })).toThrow(cannot);
  expect(() => openEnvelope(key, 'a', { wrappedKey: '', sealed: '' })).toThrow(cannot);
});
