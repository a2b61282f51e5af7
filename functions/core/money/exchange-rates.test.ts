import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { openSqliteDocuments } from '../../platform/documents/sqlite-documents.ts';
import type { Documents, Write } from '../store/documents.ts';
import { RATES, setRate, storeRate, toKnownRates, toRate, USD_INR } from './exchange-rates.ts';

const now = new Date('2026-11-23T12:00:00Z');
let documents: Documents;
let acts: number;
beforeEach(async () => {
  documents = await openSqliteDocuments(':memory:');
  acts = 0;
});
afterEach(() => documents.close());

/** Rupees a dollar in millionths, by a number of paise: `8800` is ₹88. */
const rupees = (paise: number) => BigInt(paise) * 10_000n;
const audit = (): Write => ({ kind: 'set', collection: 'changes', id: `act_${++acts}`, data: {}, expect: 'absent' });
const put = (paise: number, asOf: string, confirmed = false, record = audit()) =>
  setRate(documents, { rate: rupees(paise), asOf }, { now, confirmed, audit: record });
const quote = (paise: number, asOf: string) =>
  storeRate(documents, { rate: rupees(paise), asOf, source: 'one.example' }, now, false);
const stored = async () => {
  const { inUse } = toKnownRates(await documents.get(RATES, USD_INR));
  return [Number(inUse.rate / 10_000n), inUse.asOf, inUse.source];
};

describe('a rate that is put by hand', () => {
  test.each([
    ['is 5 % off the last good one', 9240, '2026-11-23', null],
    ['is more than 5 % off it', 9241, '2026-11-23', 'rate'],
    ['has a slipped point', 880, '2026-11-23', 'rate'],
    ['is of tomorrow', 8800, '2026-11-24', 'as_of'],
  ])('and %s', async (_name, paise, asOf, param) => {
    await quote(8800, '2026-11-20');
    if (param !== null) {
      await expect(put(paise, asOf)).rejects.toMatchObject({ code: 'confirmation_required', param });
      expect(await stored()).toEqual([8800, '2026-11-20', 'one.example']);
    }
    await put(paise, asOf, param !== null);
    expect(await stored()).toEqual([paise, asOf, 'manual']);
  });

  test('is measured by the last good one, not by another that was put by hand', async () => {
    await quote(8800, '2026-11-20');
    await put(880, '2026-11-23', true);
    await expect(put(881, '2026-11-23')).rejects.toMatchObject({ details: { seen: '8.81', usual: '88' } });
    await put(8810, '2026-11-23');
    expect(await stored()).toEqual([8810, '2026-11-23', 'manual']);
  });

  test('is measured by the built-in one where there is no other', async () => {
    await expect(put(885_00, '2026-11-23')).rejects.toMatchObject({ details: { seen: '885', usual: '88' } });
    await put(8850, '2026-11-23');
  });

  test('is put once, whatever becomes of the store’s answer', async () => {
    const record = audit();
    await put(8800, '2026-11-22', false, record);
    await put(8900, '2026-11-23', false, record);
    expect(await stored()).toEqual([8800, '2026-11-22', 'manual']);
  });
});

describe('a rate that was put by hand gives way', () => {
  test.each([
    ['though it is of a later day', 8900, '2027-01-01'],
    ['though it was a slip that was confirmed', 880, '2026-11-23'],
  ])('to the next good one of a source, %s', async (_name, paise, asOf) => {
    await quote(8800, '2026-11-20');
    await put(paise, asOf, true);
    expect(await quote(8810, '2026-11-21')).toBe('stored');
    expect(await stored()).toEqual([8810, '2026-11-21', 'one.example']);
  });

  test('not to what the source had said before it', async () => {
    await quote(8800, '2026-11-20');
    await put(9500, '2026-11-20', true);
    expect(await quote(8800, '2026-11-20')).toBe('unchanged');
    expect(await stored()).toEqual([9500, '2026-11-20', 'manual']);
  });

  test('to a jump that it was put for, and to no other', async () => {
    await quote(8800, '2026-11-20');
    expect(await quote(9500, '2026-11-21')).toBe('refused');
    await put(9500, '2026-11-21', true);
    expect(await quote(4000, '2026-11-22')).toBe('refused');
    expect(await quote(9510, '2026-11-21')).toBe('stored');
  });

  test('to the first that a source gives', async () => {
    await put(8850, '2026-11-23');
    expect(await quote(9500, '2026-11-20')).toBe('stored');
  });

  test('and the history has both', async () => {
    await quote(8800, '2026-11-20');
    await put(8900, '2026-11-20');
    const history = (await documents.query({ collection: RATES })).filter(({ id }) => id !== USD_INR).map(toRate);
    expect(history.map(({ source }) => source)).toEqual(['one.example', 'manual']);
  });
});
