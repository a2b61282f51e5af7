import { beforeAll, describe, expect, test } from '@jest/globals';
import { CLAIM_LIFE_MS } from '../../core/ledger/claims.ts';
import { ENTRIES } from '../../core/ledger/entries.ts';
import type { Document, Documents } from '../../core/store/documents.ts';
import { LONG_JSON } from '../http/write-json.ts';
import type { Ask } from './ask.ts';
import { type Claim, claimedError, toClaim } from './claim.ts';

const ask = (changes: Record<string, unknown> = {}) =>
  ({ id: 'req_1', key: { ownerId: 'own_a' }, idempotencyKey: 'once', part: '', ...changes }) as unknown as Ask;
const body = { model: 'acme/large' };

describe('a claim on an idempotency key', () => {
  test('can be made only where there is none: one of two requests gets it', async () => {
    expect(await toClaim(ask(), body, 5)).toMatchObject({
      make: {
        kind: 'set',
        expect: 'absent',
        data: { owner_id: 'own_a', request_id: 'req_1', expires_at: new Date(5 + CLAIM_LIFE_MS) },
      },
      free: { kind: 'delete', expect: 'any' },
    });
  });

  test('is the same for the same key, whoever sends it of an owner', async () => {
    expect((await toClaim(ask({ id: 'req_2' }), body, 9))?.id).toBe((await toClaim(ask(), body, 5))?.id);
  });

  test.each([
    ['owner', { key: { ownerId: 'own_b' } }],
    ['key', { idempotencyKey: 'twice' }],
    ['part of a call', { part: '.1' }],
  ])('is another for another %s', async (_what, changes) => {
    expect((await toClaim(ask(changes), body, 5))?.id).not.toBe((await toClaim(ask(), body, 5))?.id);
  });

  test('tells another body from its own', async () => {
    expect((await toClaim(ask(), { model: 'acme/small' }, 5))?.bodyHash).not.toBe(
      (await toClaim(ask(), body, 5))?.bodyHash,
    );
  });

  test('tells another large body from its own', async () => {
    const large = (end: string) => ({ messages: [{ content: `${'x'.repeat(2 * LONG_JSON)}${end}` }] });
    const [one, same, other] = await Promise.all(['a', 'a', 'b'].map((end) => toClaim(ask(), large(end), 5)));
    expect(same?.bodyHash).toBe(one?.bodyHash);
    expect(other?.bodyHash).not.toBe(one?.bodyHash);
  });

  test('is none without a key, and refuses one that is none', async () => {
    expect(await toClaim(ask({ idempotencyKey: null }), body, 5)).toBeNull();
    for (const name of ['', 'with space', 'x'.repeat(256)]) {
      await expect(toClaim(ask({ idempotencyKey: name }), body, 5)).rejects.toEqual(
        expect.objectContaining({ code: 'invalid_request_error', param: 'Idempotency-Key' }),
      );
    }
  });
});

describe('a claim that another request has', () => {
  let claim: Claim;
  beforeAll(async () => {
    claim = (await toClaim(ask(), body, 5)) as Claim;
  });
  /** A store with the claim of `req_0`, and what that was charged. */
  const storeWith = (bodyHash: string, entry: Record<string, unknown> | null) =>
    ({
      get: async (collection: string) =>
        ({
          data: collection === ENTRIES ? entry : { request_id: 'req_0', body_hash: bodyHash },
        }) as unknown as Document,
    }) as unknown as Documents;

  test('is refused for another body', async () => {
    expect(await claimedError(storeWith('another', {}), claim)).toMatchObject({ code: 'validation_error' });
  });

  test('is refused with what that request was charged', async () => {
    const entry = { amount: 1_500_000_000n, overage: 500_000_000n, currency: 'USD' };
    expect(await claimedError(storeWith(claim.bodyHash, entry), claim)).toMatchObject({
      code: 'conflict',
      details: { request_id: 'req_0', state: 'charged', cost: { amount: '2', currency: 'USD' } },
    });
  });
});
