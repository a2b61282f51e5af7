import { readFileSync, writeFileSync } from 'node:fs';
import { openSqliteDocuments } from '../../functions/platform/documents/sqlite-documents.ts';
import { COST_PAGE, withTables } from '../../infra/costs/cost-page.ts';
import { COUNTS_FILE, type OperationCounts, readCounts } from '../../infra/costs/operation-counts.ts';
import { countRequests } from './count-requests.ts';

/**
 * `npm run costs`: counts what requests do to the store, and writes the tables of `infra/operate/costs.md` from that and the list
 * prices. About half a minute, on a machine that does nothing else: a store that is slower than Firestore has more share a commit.
 */
const PACES = { busy: { aSecond: 17.5, seconds: 12 }, hot: { aSecond: 175, seconds: 4 }, commitMs: 20 };

const counts: OperationCounts = {
  counted: new Date().toISOString().slice(0, 10),
  ...(await countRequests(await openSqliteDocuments(':memory:'), PACES)),
};
writeFileSync(COUNTS_FILE, `${JSON.stringify(counts, null, 2)}\n`);
writeFileSync(COST_PAGE, withTables(readFileSync(COST_PAGE, 'utf8'), readCounts()));
console.log(JSON.stringify(counts, null, 2));
