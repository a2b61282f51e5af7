import { expect, test } from '@jest/globals';
import { OWNERS } from '../../functions/core/ledger/owners.ts';
import { WINDOWS } from '../../functions/core/rate-limits/rate-window.ts';
import { simulateClass } from './scale.ts';
import { costOfMillion, mixOf, perRequest, sharesOfZipf } from './scale-mix.ts';
import { simulateShared } from './scale-shared.ts';

const times = { warmMs: 2_000, measureMs: 4_000 };
const limited = { instances: 40, isLimited: true };

test('a quiet owner’s request costs what a quiet key’s does, in one try each, and nobody is refused', async () => {
  const result = await simulateClass({ ...limited, perSecond: 0.5, owners: 40 }, times, 1);
  const each = perRequest(result);
  expect(result.requests).toBeGreaterThan(40);
  expect(result.givenUp).toBe(0);
  expect(each.writes).toBeGreaterThan(7);
  expect(each.writes).toBeLessThan(11);
  expect(each.overtaken).toBeLessThan(0.2);
}, 30_000);

test('the same requests of one owner over many instances meet at its documents; fewer instances help', async () => {
  const hot = { perSecond: 40, owners: 1, isLimited: true };
  const many = await simulateClass({ ...hot, instances: 40 }, times, 1);
  const few = await simulateClass({ ...hot, instances: 2 }, times, 1);
  expect(perRequest(many).overtaken).toBeGreaterThan(2 * perRequest(few).overtaken);
  for (const collection of [OWNERS, WINDOWS]) {
    expect(many.perSecondOf.get(collection)).toBeGreaterThan(2 * (few.perSecondOf.get(collection) ?? Number.NaN));
  }
  expect(few.givenUp).toBe(0);
}, 30_000);

test('one seed gives one result', async () => {
  const run = () => simulateClass({ ...limited, perSecond: 1, owners: 5 }, times, 7);
  expect(await run()).toEqual(await run());
}, 30_000);

test('figures are one document: more instances write it more often than once a second, and some come too late', async () => {
  const few = await simulateShared(2, 2, 1);
  const many = await simulateShared(30, 2, 1);
  expect(few.figuresPerSecond).toBeLessThan(1);
  expect(many.figuresPerSecond).toBeGreaterThan(3);
  expect(many.figuresLatePerSecond).toBeGreaterThan(few.figuresLatePerSecond);
}, 30_000);

test('shares of owners are all of the requests, and a million of them cost what their operations do', () => {
  const shares = sharesOfZipf(50_000, 10_000, [0.1, 1, 10, 100]);
  expect(shares.reduce((sum, each) => sum + each)).toBeCloseTo(1);
  // 29 owners ask more than 31.6 times a second.
  expect(shares[3]).toBeCloseTo(0.35, 1);
  const each = { writes: 8, deletes: 1, reads: 10, overtaken: 0 };
  expect(costOfMillion(each)).toBeCloseTo(14.4 + 0.2 + 6);
  expect(mixOf([1, 3].map((times) => ({ share: 0.5, each: { ...each, writes: times } }))).writes).toBe(2);
});
