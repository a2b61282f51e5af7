import { describe, expect, test } from '@jest/globals';
import { CLAIM_LIFE_MS } from '../../core/ledger/claims.ts';
import type { Ask } from './ask.ts';
import { toClaim } from './claim.ts';

const ask = (changes: Record<string, unknown> = {}) =>
  ({ id: 'req_1', key: { ownerId: 'own_a' }, idempotencyKey: 'once', part: '', ...changes }) as unknown as Ask;
const body = { model: 'acme/large' };

describe('a claim on an idempotency key', () => {
  test('can be made only where there is none: one of two requests gets it', () => {
    expect(toClaim(ask(), body, 5)).toMatchObject({
      make: {
        kind: 'set',
        expect: 'absent',
        data: { owner_id: 'own_a', request_id: 'req_1', expires_at: new Date(5 + CLAIM_LIFE_MS) },
      },
      free: { kind: 'delete', expect: 'any' },
    });
  });

  test('is the same for the same key, whoever sends it of an owner', () => {
    expect(toClaim(ask({ id: 'req_2' }), body, 9)?.id).toBe(toClaim(ask(), body, 5)?.id);
  });

  test.each([
    ['owner', { key: { ownerId: 'own_b' } }],
    ['key', { idempotencyKey: 'twice' }],
    ['part of a call', { part: '.1' }],
  ])('is another for another %s', (_what, changes) => {
    expect(toClaim(ask(changes), body, 5)?.id).not.toBe(toClaim(ask(), body, 5)?.id);
  });

  test('tells another body from its own', () => {
    expect(toClaim(ask(), { model: 'acme/small' }, 5)?.bodyHash).not.toBe(toClaim(ask(), body, 5)?.bodyHash);
  });

  test('is none without a key, and refuses one that is none', () => {
    expect(toClaim(ask({ idempotencyKey: null }), body, 5)).toBeNull();
    for (const name of ['', 'with space', 'x'.repeat(256)]) {
      expect(() => toClaim(ask({ idempotencyKey: name }), body, 5)).toThrow(
        expect.objectContaining({ code: 'invalid_request_error', param: 'Idempotency-Key' }),
      );
    }
  });
});
