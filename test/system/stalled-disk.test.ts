import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openSqliteDocuments } from '../../functions/platform/documents/sqlite-documents.ts';
import { type Account, type Mesh, startMesh } from '../support/start-mesh.ts';

/** A router whose disk stands still for a while: what does not need it goes on, and nobody is answered before it has written. */
const folder = mkdtempSync(join(tmpdir(), 'mesh-stalled-'));
/** What /readyz may take to say so. Milliseconds. */
const NOTICED_MS = 2_000;
const messages = [{ role: 'user', content: 'Hello there' }];

let mesh: Mesh;
let account: Account;
let stalled: PromiseWithResolvers<void> | null = null;

beforeAll(async () => {
  const flush = async () => {
    await stalled?.promise;
  };
  mesh = await startMesh({ documents: await openSqliteDocuments(join(folder, 'mesh.db'), { flush }) });
  account = await mesh.makeOwner({ key: { rpm_limit: null, rpd_limit: null } });
});
afterAll(async () => {
  stalled?.resolve();
  await mesh?.close();
  rmSync(folder, { recursive: true, force: true });
});

const ask = () =>
  mesh.call('POST', '/v1/chat/completions', { key: account.key, body: { model: 'mesh/echo', messages, stream: true } });

test('it says so in time, nothing is given away meanwhile, and everything is paid for when it goes on', async () => {
  expect((await ask()).text).toContain('[DONE]');
  const before = (await account.balance()).balance_usd;
  stalled = Promise.withResolvers();

  let isAnswered = false;
  const asked = ask().finally(() => {
    isAnswered = true;
  });
  const since = performance.now();
  const ready = await mesh.call('GET', '/readyz', { key: mesh.adminKey });
  expect([ready.status, ready.body.store]).toEqual([503, 'slow']);
  expect(performance.now() - since).toBeLessThan(NOTICED_MS);
  expect((await mesh.call('GET', '/healthz')).status).toBe(200);
  expect(isAnswered).toBe(false);

  stalled.resolve();
  stalled = null;
  const reply = await asked;
  expect(reply.status).toBe(200);
  expect(reply.text).toContain('[DONE]');
  expect(Number((await account.balance()).balance_usd)).toBeLessThan(Number(before));
  expect((await mesh.call('GET', '/readyz', { key: mesh.adminKey })).status).toBe(200);
});
