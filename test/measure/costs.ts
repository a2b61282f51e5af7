import { readFileSync, writeFileSync } from 'node:fs';
import { openSqliteDocuments } from '../../functions/platform/documents/sqlite-documents.ts';
import { COST_PAGE, withTables } from '../../infra/costs/cost-page.ts';
import { COUNTS_FILE, type OperationCounts, readCounts } from '../../infra/costs/operation-counts.ts';
import { connectEmulator } from '../support/connect-emulator.ts';
import { countRequests } from './count-requests.ts';

/**
 * `npm run costs`: counts what requests do to the store, on the Firestore emulator or, where there is none, on SQLite, and writes
 * the tables of `infra/operate/costs.md` from that and the list prices. About half a minute.
 */
const PACES = { busy: { aSecond: 17.5, seconds: 12 }, hot: { aSecond: 175, seconds: 4 }, commitMs: 20 };

const emulated = Boolean(process.env.FIRESTORE_EMULATOR_HOST);
const documents = emulated ? connectEmulator('demo-mesh-costs') : await openSqliteDocuments(':memory:');
const counts: OperationCounts = {
  counted: new Date().toISOString().slice(0, 10),
  store: emulated ? 'the Firestore emulator' : 'SQLite',
  // An emulator's own commits take time enough.
  ...(await countRequests(documents, { ...PACES, commitMs: emulated ? 0 : PACES.commitMs })),
};
writeFileSync(COUNTS_FILE, `${JSON.stringify(counts, null, 2)}\n`);
writeFileSync(COST_PAGE, withTables(readFileSync(COST_PAGE, 'utf8'), readCounts()));
console.log(JSON.stringify(counts, null, 2));
