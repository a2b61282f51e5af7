import { describe, expect, test } from '@jest/globals';
import { makeEndpoint } from '../../../test/support/make-endpoint.ts';
import { noUsage } from '../../core/money/usage.ts';
import { abandonedDelivery, billedUsage, type Delivery, Tally } from './delivery.ts';

const candidate = { endpoint: makeEndpoint(), inputTokens: 1_000, outputTokens: 100, choices: 2 };
const input = { textBytes: 400, estimatedTokens: 90, pieces: 1, images: 0, opaque: false };
const usage = { ...noUsage, input: 80, cacheRead: 30, output: 70, reasoning: 20 };

const bill = (changes: Partial<Delivery>) => billedUsage({ ...abandonedDelivery(candidate), ...changes }, input);

describe('an answer is billed', () => {
  test('by its provider’s report where that is of all of it', () => {
    expect(bill({ whole: true, usage, deliveredTokens: 999 })).toEqual({ basis: 'exact', usage });
  });

  test('by our own count where it was cut, whatever the report says of its output', () => {
    expect(bill({ whole: false, usage, deliveredTokens: 12 })).toEqual({
      basis: 'estimated',
      usage: { ...usage, output: 12, reasoning: 0 },
    });
  });

  test('by our own count of both where there is no report', () => {
    expect(bill({ whole: true, usage: null, deliveredTokens: 12 })).toEqual({
      basis: 'estimated',
      usage: { ...noUsage, input: 90, output: 12 },
    });
  });

  test('by no more than its hold was quoted for, all of the answers that were wanted together', () => {
    expect(bill({ deliveredTokens: 150 }).usage.output).toBe(150);
    expect(bill({ deliveredTokens: 201 }).usage.output).toBe(200);
    const small = { ...abandonedDelivery({ ...candidate, inputTokens: 50 }), deliveredTokens: 0 };
    expect(billedUsage(small, input).usage.input).toBe(50);
  });
});

test('of several reports of a stream the last one counts: they are cumulative', () => {
  const tally = new Tally();
  tally.note({ usage: { ...usage, output: 1 }, finished: false });
  tally.note({ usage: null, finished: true });
  tally.note({ usage, finished: false });
  expect(tally).toMatchObject({ usage, finished: true });
});
