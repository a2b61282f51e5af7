import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { openSqliteDocuments } from '../../functions/platform/documents/sqlite-documents.ts';
import { seedRequests } from '../support/seed-requests.ts';
import { startMesh } from '../support/start-mesh.ts';

/**
 * Fills a SQLite file with requests of one owner with ten keys over 30 days, and writes beside it what to look at it with. A million
 * take some minutes. The console is measured on it by `console-million.test.ts`:
 *
 *     node test/load/seed-requests.ts --store /tmp/million.db --requests 1000000
 *     SEEDED_STORE=/tmp/million.db npm run jest -- --selectProjects=system --testPathPatterns console-million
 */
const { values } = parseArgs({
  options: { store: { type: 'string' }, requests: { type: 'string', default: '1000000' } },
});
if (values.store === undefined) throw new Error('Say where: --store FILE');
const documents = await openSqliteDocuments(values.store);
const mesh = await startMesh({ documents });
const { ownerId, keyId, key } = await mesh.makeOwner();
const made = Array.from({ length: 9 }, () =>
  mesh.call('POST', '/v1/keys', { key: mesh.adminKey, body: { owner_id: ownerId } }),
);
const keyIds = [keyId, ...(await Promise.all(made)).map(({ body }) => String(body.id))];
const count = Number(values.requests);
const began = performance.now();
await seedRequests(documents, { ownerId, currency: 'USD', keyIds, count, until: Date.now(), days: 30 });
console.log(`${count} requests in ${Math.round((performance.now() - began) / 1_000)} s`);
writeFileSync(`${values.store}.json`, JSON.stringify({ ownerId, keyId, key, count }));
await mesh.close();
