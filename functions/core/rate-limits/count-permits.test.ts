import { expect, test } from '@jest/globals';
import { openSqliteDocuments } from '../../platform/documents/sqlite-documents.ts';
import { documentId } from '../store/document-id.ts';
import type { Documents } from '../store/documents.ts';
import { createPermitCounter } from './count-permits.ts';
import type { RateScope } from './rate-scope.ts';
import { sumOf, toSecond, WINDOWS, WRITES_KEPT, windowAt } from './rate-window.ts';

const NOW = Date.UTC(2026, 10, 23, 12);
const scopes: RateScope[] = [{ id: 'key|key_a', limits: { rpm: null, rpd: null, tpm: 1_000_000 } }];
const one = (tokens: number) => ({ waiting: [tokens], ahead: 0, aheadTokens: 0 });

/**
 * A store that runs one transaction again although it was applied, after others have written so much that its own write is not
 * known by name any more.
 */
async function countTokens(between: number): Promise<number> {
  const store = await openSqliteDocuments(':memory:', { now: () => NOW });
  const other = createPermitCounter({ documents: store, instanceId: 'ins_other' });
  await other(scopes, one(1_000), new Map());
  const documents: Documents = Object.assign(Object.create(store), {
    now: () => store.now(),
    async transaction<T>(body: Parameters<Documents['transaction']>[0]): Promise<T> {
      await store.transaction(body);
      for (let n = 0; n < between; n++) await other(scopes, one(10), new Map());
      return (await store.transaction(body)) as T;
    },
  });
  const count = createPermitCounter({ documents, instanceId: 'ins_own' });
  const giveBack = new Map([[toSecond(NOW), { requests: 0, tokens: -300 }]]);
  await count(scopes, one(100), giveBack);
  const window = windowAt(await store.get(WINDOWS, documentId('key|key_a')), toSecond(NOW));
  await store.close();
  return sumOf(window.tokens);
}

test('a transaction that runs again, and finds itself applied, changes nothing more', async () => {
  expect(await countTokens(1)).toBe(1_000 - 300 + 100 + 10);
});

test('one that cannot tell counts its permits again, but gives nothing back twice: a limit is never exceeded', async () => {
  expect(await countTokens(WRITES_KEPT)).toBe(1_000 - 300 + 2 * 100 + WRITES_KEPT * 10);
});
