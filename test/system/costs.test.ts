import { expect, test } from '@jest/globals';
import { openSqliteDocuments } from '../../functions/platform/documents/sqlite-documents.ts';
import { readCounts } from '../../infra/costs/operation-counts.ts';
import { countRequests } from '../measure/count-requests.ts';

test('the page of costs reckons with what requests do today; where it does not: npm run costs', async () => {
  const pace = { aSecond: 20, seconds: 1 };
  const { operations, series } = await countRequests(await openSqliteDocuments(':memory:'), {
    busy: pace,
    hot: { ...pace, aSecond: 200 },
    commitMs: 20,
  });
  const { quiet, quiet_stream, long_stream } = readCounts().operations;
  expect(operations).toMatchObject({ quiet, quiet_stream });
  // It grows as its text comes, so the size of what is read at once has a part in it.
  expect(Math.abs(operations.long_stream.writes - long_stream.writes)).toBeLessThanOrEqual(2);
  expect(operations.hot.writes).toBeLessThan(operations.busy.writes);
  expect(operations.busy.writes).toBeLessThan(operations.quiet.writes);
  expect(series.distributions).toBeGreaterThan(series.models);
}, 60_000);
