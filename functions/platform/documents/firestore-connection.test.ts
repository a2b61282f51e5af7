import { afterEach, expect, test } from '@jest/globals';
import { json, type ScriptedUpstream, startScriptedUpstream, stream } from '../../../test/support/scripted-upstream.ts';
import { MAX_CONNECTIONS, MAX_REPLY_BYTES, openConnection } from './firestore-connection.ts';
import { FirestoreFailure } from './firestore-failure.ts';

const strict = () => null;
const MEBIBYTE = 1024 * 1024;
const servers: ScriptedUpstream[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

test('one more request than there may be connections waits for one, and reaches nobody if its time is over before', async () => {
  const { promise, resolve: answer } = Promise.withResolvers<void>();
  const server = await startScriptedUpstream(() => [{ do: 'until', promise }, ...json({})], { strict });
  servers.push(server);
  const connection = openConnection(server.url);
  const post = (limitMs: number) => connection.post('/', [], '{}', limitMs);
  const all = Array.from({ length: MAX_CONNECTIONS }, () => post(60_000));
  await server.until(({ requests }) => requests.length === MAX_CONNECTIONS);
  const late = await post(1).catch((error) => error);
  expect(late).toBeInstanceOf(FirestoreFailure);
  expect(late.code).toBe('UNREACHED');
  const waiting = post(60_000);
  expect(server.openConnections()).toBe(MAX_CONNECTIONS);
  answer();
  await Promise.all([...all, waiting]);
  expect(server.requests.length).toBe(MAX_CONNECTIONS + 1);
  await connection.close();
});

test('a reply that has no end is cut off', async () => {
  const pieces = Array.from({ length: MAX_REPLY_BYTES / MEBIBYTE + 1 }, () => Buffer.alloc(MEBIBYTE, ' '));
  const server = await startScriptedUpstream(() => stream(pieces), { strict });
  servers.push(server);
  const connection = openConnection(server.url);
  await expect(connection.post('/', [], '{}', 60_000)).rejects.toThrow(FirestoreFailure);
  await connection.close();
});
