import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Account, type Mesh, startMesh } from '../support/start-mesh.ts';

let mesh: Mesh;
let account: Account;
beforeAll(async () => {
  mesh = await startMesh();
  account = await mesh.makeOwner();
});
afterAll(() => mesh.close());

const ask = (key: string, path: string, user: string) =>
  mesh.call('POST', path, {
    key,
    body: {
      model: 'mesh/echo',
      max_tokens: 20,
      messages: [{ role: 'user', content: 'Hello' }],
      ...(path.endsWith('messages') ? { metadata: { user_id: user } } : { user }),
    },
  });

const usersOf = async (key: string) => {
  const { body } = await mesh.call('POST', '/v1/usage/events', { key, body: {} });
  return (body.data as { end_user: string | null }[]).map(({ end_user }) => end_user).reverse();
};

test('an event says whom a request was for, by a name that only we can make of theirs', async () => {
  const long = `${'ann@example.com '.repeat(5_000)}`;
  for (const user of ['ann@example.com', 'bob', 'ann@example.com', long, '']) {
    expect((await ask(account.key, '/v1/chat/completions', user)).status).toBe(200);
  }
  expect((await ask(account.key, '/v1/messages', 'ann@example.com')).status).toBe(200);
  const [ann, bob, again, longer, nobody, inMessages] = await usersOf(account.key);
  expect(ann).toMatch(/^usr_[0-9a-f]{32}$/);
  expect([again, inMessages, nobody]).toEqual([ann, ann, null]);
  expect(new Set([ann, bob, longer]).size).toBe(3);
  expect(longer).toHaveLength(36);
});

const asked = (more: object, headers: Record<string, string> = {}, path = '/v1/chat/completions') =>
  mesh.call('POST', path, {
    key: account.key,
    headers,
    body: { model: 'mesh/echo', max_tokens: 20, messages: [{ role: 'user', content: 'Hello' }], ...more },
  });

test('whoever the body does not name, an application’s header may; and a session is no user', async () => {
  const openWebUi = { 'X-OpenWebUI-User-Id': 'dora' };
  const code = (session: string) => ({
    metadata: { user_id: JSON.stringify({ device_id: 'dora', session_id: session }) },
  });
  await asked({ user: 'dora' });
  await asked({}, openWebUi);
  await asked({ safety_identifier: 'dora' });
  await asked({ user: 'emil' }, openWebUi);
  await asked(code('1'), openWebUi, '/v1/messages');
  await asked(code('2'), {}, '/v1/messages');
  await asked({ metadata: {} }, openWebUi, '/v1/messages');
  const [dora, byHeader, bySafety, emil, one, two, without] = (await usersOf(account.key)).slice(-7);
  expect(dora).toMatch(/^usr_/);
  expect([byHeader, bySafety, without]).toEqual([dora, dora, dora]);
  expect(emil).not.toBe(dora);
  expect(one).toBe(two);
  expect(one).not.toBe(dora);
});

test('the same user has another name with another owner', async () => {
  const other = await mesh.makeOwner();
  await ask(other.key, '/v1/chat/completions', 'ann@example.com');
  const [ann] = await usersOf(account.key);
  expect((await usersOf(other.key))[0]).toMatch(/^usr_/);
  expect(await usersOf(other.key)).not.toContain(ann);
});
