import { expect, test } from '@jest/globals';
import { documentId } from './document-id.ts';

test('starts with four hex digits of the SHA-256 of the id', () => {
  // SHA-256 of "abc" is the first example of FIPS 180-2: ba7816bf…
  expect(documentId('abc')).toBe('ba78_abc');
});

test('spreads ids in sequence over the whole range', () => {
  const prefixes = Array.from({ length: 256 }, (_, n) => documentId(`req_${n}`).slice(0, 1));
  expect(new Set(prefixes).size).toBe(16);
});

test('has no slash, which Firestore would take for a path', () => {
  expect(documentId('key|acme/large')).toMatch(/^[0-9a-f]{4}_key\|acme%2Flarge$/);
});

test.each(['x'.repeat(1_400), 'é'.repeat(700)])('is short enough for Firestore, whatever the name', (longest) => {
  expect(documentId(longest)).toContain(longest);
  const id = documentId(`${longest}x`);
  expect(id).toMatch(/^[0-9a-f]{4}_[0-9a-f]{64}$/);
  expect(id).not.toBe(documentId(`${longest}y`));
});
