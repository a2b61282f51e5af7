import { expect, test } from '@jest/globals';
import type { Document } from '../store/documents.ts';
import {
  addAdditions,
  addSums,
  addUpDays,
  type DayAddition,
  fromDayAddition,
  hoursOf,
  noSums,
  toDayAddition,
  toRollup,
} from './rollups.ts';

const charge = (at: string, firstTokenMs: bigint): Document => ({
  id: '',
  version: '',
  data: {
    owner_id: 'own_a',
    key_id: 'key_a',
    model: 'm',
    provider: 'p',
    currency: 'USD',
    created_at: new Date(at),
    amount: 1n,
    overage: 0n,
    cost_pico_usd: 1n,
    fx_rate: 88n,
    fx_as_of: '',
    fx_source: '',
    first_token_ms: firstTokenMs,
  },
});

function addUp(...charges: Document[]): DayAddition {
  const [addition] = addUpDays(charges, 0).values();
  if (addition === undefined) throw new Error('nothing was added up');
  return addition;
}

test('a day has how many first tokens took how long, and so has each of its hours', () => {
  const charges = [
    charge('2026-11-23T14:10:00Z', 120n),
    charge('2026-11-23T14:20:00Z', 130n),
    charge('2026-11-23T15:00:00Z', 900n),
    charge('2026-11-23T16:00:00Z', 0n),
  ];
  const day = charges.reduce<Document | null>((before, each) => {
    const total = before === null ? addUp(each) : addAdditions(toDayAddition(before), addUp(each));
    return { id: '', version: '', data: fromDayAddition(total) as Document['data'] };
  }, null);
  if (day === null) throw new Error('no day');
  expect(toRollup(day).first_tokens).toEqual({ 150: 2n, 1200: 1n });
  expect(hoursOf(day).map(({ period, first_tokens }) => [period, first_tokens])).toEqual([
    ['2026-11-23T14', { 150: 2n }],
    ['2026-11-23T15', { 1200: 1n }],
    ['2026-11-23T16', {}],
  ]);
  expect(addSums(noSums, toRollup(day)).first_tokens).toEqual({ 150: 2n, 1200: 1n });
  expect(addUp(...charges).sums.first_tokens).toEqual({ 150: 2n, 1200: 1n });
});

test('a rollup of before, which counted none, is one without any', () => {
  const { first_tokens: _, ...before } = fromDayAddition(addUp(charge('2026-11-23T14:10:00Z', 120n)));
  const rollup = toRollup({ id: '', version: '', data: before as Document['data'] });
  expect([rollup.requests, rollup.first_tokens]).toEqual([1n, {}]);
});
