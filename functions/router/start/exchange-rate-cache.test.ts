import { expect, test } from '@jest/globals';
import { BUILT_IN_RATE, makeRate, RATES, storeRate, USD_INR } from '../../core/money/exchange-rates.ts';
import { openSqliteDocuments } from '../../platform/documents/sqlite-documents.ts';
import { createRateCache } from './exchange-rate-cache.ts';

test('the built-in rate goes until one is stored, and the last one until it is read again', async () => {
  const documents = await openSqliteDocuments(':memory:');
  let reachable = true;
  const cache = createRateCache({
    get: (collection, id) =>
      reachable ? documents.get(collection, id) : Promise.reject(new Error(`${collection}/${id} is unreachable`)),
  });
  await cache.refresh();
  expect(cache.current()).toEqual(BUILT_IN_RATE);

  const rate = makeRate('85.5', '2026-11-20', 'rates.test');
  if (rate === null) throw new Error('The rate is none.');
  await storeRate(documents, rate, new Date(), true);
  expect(cache.current()).toEqual(BUILT_IN_RATE);
  await cache.refresh();
  expect(cache.current()).toEqual(rate);

  reachable = false;
  await expect(cache.refresh()).rejects.toThrow(`${RATES}/${USD_INR} is unreachable`);
  expect(cache.current()).toEqual(rate);
  await documents.close();
});
