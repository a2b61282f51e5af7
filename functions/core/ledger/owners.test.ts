import { describe, expect, test } from '@jest/globals';
import type { Transaction, Write } from '../store/documents.ts';
import { foldName, nameKey, newOwner, readOwner, writeOwner } from './owners.ts';

const document = { id: 'own_a', version: '7', data: { ...newOwner('own_a', 'USD', new Date(0), { name: 'Test' }) } };

function transaction(found: typeof document | null) {
  const writes: Write[] = [];
  const tx: Transaction = {
    get: async () => found as never,
    readAt: () => 0,
    write: (write) => void writes.push(write),
  };
  return { tx, writes };
}

describe('an owner’s money', () => {
  test.each([
    ['available', { available: -1n, leased: 5n }],
    ['leased', { available: 5n, leased: -1n }],
  ])('is never written below zero: %s', async (_name, money) => {
    const { tx, writes } = transaction(document);
    const owner = await readOwner(tx, 'own_a');
    expect(() => writeOwner(tx, owner, money)).toThrow(RangeError);
    expect(writes).toEqual([]);
  });

  test('may be all gone, and is written over what was read alone', async () => {
    const { tx, writes } = transaction(document);
    writeOwner(tx, await readOwner(tx, 'own_a'), { available: 0n, leased: 0n }, { last_topup: 'top_1' });
    expect(writes).toMatchObject([
      { data: { available: 0n, name: 'Test', last_topup: 'top_1' }, expect: { version: '7' } },
    ]);
  });

  test('of nobody is not found', () =>
    expect(readOwner(transaction(null).tx, 'own_a')).rejects.toMatchObject({ code: 'not_found' }));
});

describe('what an owner is found by', () => {
  test('is its name in any case and form of letters, and its id behind it', () => {
    expect(newOwner('own_b', 'USD', new Date(0), { name: 'ＡＣＭÉ' }).name_key).toBe('acmé|own_b');
    expect(newOwner('own_b', 'USD', new Date(0), {})).not.toHaveProperty('name_key');
  });

  test('is no longer than a store looks at', () => {
    expect(Buffer.byteLength(nameKey('ﷺ'.repeat(256), 'own_b'))).toBeLessThan(1_500);
    expect(foldName('🔥'.repeat(200))).toBe('🔥'.repeat(100));
  });
});
