import { afterEach, describe, expect, test } from '@jest/globals';
import { KEYS } from '../../functions/core/keys.ts';
import { checkLedger } from '../../functions/core/leases/check-ledger.ts';
import { createLeases } from '../../functions/core/leases/leases.ts';
import { createLedger } from '../../functions/core/ledger/ledger.ts';
import { newOwner, OWNERS } from '../../functions/core/ledger/owners.ts';
import { picoUsdToNanos } from '../../functions/core/money/fx.ts';
import type { Currency } from '../../functions/core/money/money.ts';
import { costOf } from '../../functions/core/money/price.ts';
import { noUsage } from '../../functions/core/money/usage.ts';
import {
  firstQuote,
  heldInputTokens,
  LEAST_SLICE_TOKENS,
  METER_SLICE_TOKENS,
  withLeastInput,
} from '../../functions/core/routing/quote.ts';
import { documentId } from '../../functions/core/store/document-id.ts';
import type { Documents } from '../../functions/core/store/documents.ts';
import { openSqliteDocuments } from '../../functions/platform/documents/sqlite-documents.ts';
import { measureChat } from '../../functions/router/operations/shared/measure-chat.ts';
import { createRandom } from '../sim/random.ts';
import { makeEndpoint, somePrice } from '../support/make-endpoint.ts';

/**
 * A crowd of ten times as many as the money is for, each asking again until it is served or nobody is any more. In one
 * process, in simulated time; who asks when is drawn by lot.
 */
const TRIES = 40;
const fx = { rate: 88_000_000n, asOf: '2026-11-28', source: 'test' };
const endpoint = makeEndpoint({
  tokenizer: 'o200k',
  // What is written to the cache costs a quarter more, as with OpenAI.
  price: { ...somePrice, cacheWrite1h: somePrice.cacheWrite },
});
/** What OpenAI bills for it. */
const usage = { ...noUsage, input: 8, output: 5 };
const cost = costOf(usage, endpoint.price);

let documents: Documents;
afterEach(() => documents.close());

interface Form {
  name: string;
  currency: Currency;
  /** Whether the owner has enough, and its key a cap. */
  cap: boolean;
  keys: readonly string[];
}

const forms: readonly Form[] = [
  { name: 'a balance', currency: 'USD', cap: false, keys: ['key_a'] },
  { name: 'a cap', currency: 'USD', cap: true, keys: ['key_a'] },
  { name: 'a balance in rupees', currency: 'INR', cap: false, keys: ['key_a'] },
  { name: 'a balance of two keys', currency: 'USD', cap: false, keys: ['key_a', 'key_b'] },
];

/** How many of the crowd are served with what so many requests cost. */
async function serveCrowd(
  { currency, cap, keys }: Form,
  worth: number,
  metered: boolean,
  seed: number,
): Promise<number> {
  let time = Date.UTC(2026, 10, 28, 12);
  let ids = 0;
  const random = createRandom(seed);
  documents = await openSqliteDocuments(':memory:', { now: () => time });
  const all = picoUsdToNanos(cost, currency, fx);
  const money = all * BigInt(worth);
  const owner = newOwner('own_a', currency, new Date(time), {});
  await documents.commit([
    { kind: 'set', collection: OWNERS, id: documentId('own_a'), data: owner, expect: 'absent' },
    ...keys.map((key) => ({
      kind: 'set' as const,
      collection: KEYS,
      id: `hash_${key}`,
      data: { key_id: key, owner_id: 'own_a', status: 'active', ...(cap ? { spend_caps: { daily: money } } : {}) },
      expect: 'absent' as const,
    })),
  ]);
  const ledger = createLedger({ documents, now: () => time });
  await ledger.topup({ ownerId: 'own_a', amount: cap ? money * 100n : money, currency, reference: 'first' });
  const pause = async (milliseconds: number) => {
    time += milliseconds;
    for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
  };
  const leases = createLeases({
    documents,
    instanceId: 'ins_a',
    monotonic: () => time,
    now: () => time,
    pause,
    mintId: (prefix) => `${prefix}_${++ids}`,
    lengthMs: 60_000,
    rate: () => fx,
    recall: async () => {},
    mayClose: () => true,
    aside: (_name, _ownerId, work) => void work(),
    onAlerts: () => {},
  });

  const input = await measureChat({ model: 'm', messages: [{ role: 'user', content: 'hi' }] });
  const candidate = {
    endpoint,
    inputTokens: heldInputTokens(input, endpoint),
    outputTokens: metered ? 4_096 : 5,
    choices: 1,
  };
  const quote = (of: typeof candidate, slice: number) =>
    picoUsdToNanos(
      firstQuote([of], () => metered, slice),
      currency,
      fx,
    );
  let served = 0;
  const client = async (n: number) => {
    const keyId = keys[n % keys.length] as string;
    for (let tries = 0; tries < TRIES; tries++) {
      await pause(random.between(0, 20));
      const amounts = {
        amount: quote(candidate, METER_SLICE_TOKENS),
        least: quote(withLeastInput(candidate, input.estimatedTokens), LEAST_SLICE_TOKENS),
      };
      const request = { requestId: `req_${++ids}`, ownerId: 'own_a', keyId, keyHash: `hash_${keyId}`, currency, fx };
      const hold = await leases.hold({ ...request, ...amounts }).catch(() => null);
      if (hold === null) continue;
      await pause(random.between(0, 50));
      const posted = await leases.post(hold, { cost, facts: {} });
      expect(posted).toMatchObject({ overage: 0n, lost: false });
      // One that began with the last of the money may lack some input, which is ours; never more than that.
      expect(posted.writtenOff).toBeLessThanOrEqual(hold.short && all > amounts.least ? all - amounts.least : 0n);
      served++;
      return;
    }
  };
  await Promise.all(Array.from({ length: worth * 10 }, (_, n) => client(n)));
  expect((await checkLedger(documents)).faults).toEqual([]);
  return served;
}

describe.each(forms)('$name worth forty ordinary requests', (form) => {
  test.each([1, 2, 3])(
    'serves nine tenths of them at least, to a crowd of four hundred, by lot %i',
    async (seed) => {
      const served = await serveCrowd(form, 40, false, seed);
      expect(served).toBeGreaterThanOrEqual(36);
      expect(served).toBeLessThanOrEqual(40);
    },
    60_000,
  );
});

describe.each(forms)('$name', (form) => {
  test.each([1, 2, 5])('worth %i serves as many', async (worth) => {
    expect(await serveCrowd(form, worth, false, 1)).toBe(worth);
  });
});

test.each(forms)(
  '$name worth a hundred serves nine tenths also of streams that say no limit',
  async (form) => {
    expect(await serveCrowd(form, 100, true, 1)).toBeGreaterThanOrEqual(90);
  },
  60_000,
);
