import { expect, test } from '@jest/globals';
import { sealOf } from '../../../test/support/seal-of.ts';
import { MAX_SEALED_BYTES } from '../../core/seal/seal.ts';
import { MAX_OPENED_LENGTH } from './owner-seal.ts';

const long = 'a'.repeat(MAX_SEALED_BYTES);
const token = sealOf('own_1').seal('item', 'items', long) ?? '';

test('a small body cannot grow without end: what one request has opened is limited, all in all', () => {
  expect(token.length).toBeLessThan(1_000);
  const { open } = sealOf('own_1');
  for (let opened = 0; opened < MAX_OPENED_LENGTH; opened += long.length) {
    expect(open('item', token)?.text.length).toBe(long.length);
  }
  expect(() => open('item', token)).toThrow(expect.objectContaining({ code: 'payload_too_large' }));
});

test('what does not open counts for nothing, and another request begins anew', () => {
  const { open } = sealOf('own_2');
  for (let times = 0; times <= MAX_OPENED_LENGTH / long.length; times++) expect(open('item', token)).toBeNull();
  expect(sealOf('own_1').open('item', token)?.text.length).toBe(long.length);
});
