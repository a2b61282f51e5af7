import { describe, expect, test } from '@jest/globals';
import { makeEndpoint } from '../../../test/support/make-endpoint.ts';
import { noUsage } from '../../core/money/usage.ts';
import { abandonedDelivery, billedUsage, type Delivery, Tally } from './delivery.ts';

const candidate = { endpoint: makeEndpoint(), inputTokens: 1_000, outputTokens: 100, choices: 2 };
const input = { textBytes: 400, estimatedTokens: 90, pieces: 1, images: 0, opaque: false };
const usage = { ...noUsage, input: 80, cacheRead: 30, output: 70, reasoning: 20 };

const bill = (changes: Partial<Delivery>) => billedUsage({ ...abandonedDelivery(candidate), ...changes }, input, false);

describe('an answer is billed', () => {
  test('by its provider’s report where that is of all of it', () => {
    expect(bill({ whole: true, usage, deliveredTokens: 999 })).toEqual({ basis: 'exact', usage, cut: false });
  });

  test('by our own count where it was cut, whatever the report says of its output', () => {
    expect(bill({ whole: false, usage, deliveredTokens: 12 })).toEqual({
      basis: 'estimated',
      cut: false,
      usage: { ...usage, output: 12, reasoning: 0 },
    });
  });

  test('by our own count of both where there is no report', () => {
    expect(bill({ whole: true, usage: null, deliveredTokens: 12 })).toEqual({
      basis: 'estimated',
      cut: false,
      usage: { ...noUsage, input: 90, output: 12 },
    });
  });

  test('by no more than its hold was quoted for, all of the answers that were wanted together', () => {
    expect(bill({ deliveredTokens: 150 }).usage.output).toBe(150);
    expect(bill({ deliveredTokens: 201 }).usage.output).toBe(200);
    const small = { ...abandonedDelivery({ ...candidate, inputTokens: 50 }), deliveredTokens: 0 };
    expect(billedUsage(small, input, false).usage.input).toBe(50);
  });
});

describe('a report of more than can be true', () => {
  const absurd = { ...usage, output: 1_000_000 };

  test('is cut where it is charged', () => {
    expect(bill({ whole: true, usage: absurd, deliveredTokens: 12 })).toMatchObject({
      basis: 'capped',
      cut: true,
      usage: { input: 80, output: 232 },
    });
  });

  test('is noticed where it is not charged: the answer broke', () => {
    expect(bill({ whole: false, usage: absurd, deliveredTokens: 12 })).toMatchObject({
      basis: 'estimated',
      cut: true,
      usage: { input: 80, output: 12 },
    });
    const input = { ...usage, input: 1_000_000 };
    expect(bill({ whole: false, usage: input, deliveredTokens: 12 })).toMatchObject({
      basis: 'capped',
      cut: true,
      usage: { input: 400 + 16 + 1_024, output: 12 },
    });
  });
});

describe('an endpoint whose reports are doubted', () => {
  const doubt = (changes: Partial<Delivery>, of = input) =>
    billedUsage({ ...abandonedDelivery(candidate), whole: true, deliveredTokens: 12, ...changes }, of, true);

  test('is believed near our own count', () => {
    expect(doubt({ usage: { ...usage, output: 14 } })).toMatchObject({
      basis: 'exact',
      usage: { input: 80, output: 14 },
    });
  });

  test('is not believed far above it, nor far below', () => {
    expect(doubt({ usage: { ...usage, output: 200 } })).toMatchObject({
      basis: 'estimated',
      usage: { input: 80, output: 12 },
    });
    expect(doubt({ usage: { ...usage, output: 1 }, deliveredTokens: 190 })).toMatchObject({
      basis: 'estimated',
      usage: { input: 80, output: 190 },
    });
    expect(doubt({ usage: { ...usage, input: 1_000, output: 14 } }).usage.input).toBe(90);
  });

  test('is believed about images and files, which we cannot count', () => {
    const reported = { ...usage, input: 1_000, output: 14, reasoning: 10 };
    expect(doubt({ usage: reported }, { ...input, images: 1 })).toMatchObject({ basis: 'exact', usage: reported });
    expect(doubt({ usage: reported }, { ...input, opaque: true })).toMatchObject({ basis: 'exact', usage: reported });
  });
});

test('of several reports of a stream the last one counts: they are cumulative', () => {
  const tally = new Tally();
  tally.note({ usage: { ...usage, output: 1 }, finished: false });
  tally.note({ usage: null, finished: true });
  tally.note({ usage, finished: false });
  expect(tally).toMatchObject({ usage, finished: true });
});
