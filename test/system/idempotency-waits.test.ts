import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { LEASES } from '../../functions/core/leases/lease-store.ts';
import { CLAIMS } from '../../functions/core/ledger/claims.ts';
import type { Documents, Write } from '../../functions/core/store/documents.ts';
import { openSqliteDocuments } from '../../functions/platform/documents/sqlite-documents.ts';
import { json, type ScriptedUpstream, startScriptedUpstream } from '../support/scripted-upstream.ts';
import { type Account, type Mesh, startMesh } from '../support/start-mesh.ts';

/** Commits of a lease that wait until they are let through, while the gate is closed. */
const waiting: { writes: readonly Write[]; go: () => void }[] = [];
let closed = false;
let mesh: Mesh;
let upstream: ScriptedUpstream;
let account: Account;

function gated(documents: Documents): Documents {
  const commit: Documents['commit'] = async (writes) => {
    const isOfLease = writes.some(({ collection }) => collection === LEASES);
    if (closed && isOfLease) await new Promise<void>((go) => waiting.push({ writes, go }));
    return documents.commit(writes);
  };
  return new Proxy(documents, {
    get(target, name) {
      if (name === 'commit') return commit;
      const value = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

const ask = (headers: Record<string, string> = {}) =>
  mesh.call('POST', '/v1/chat/completions', {
    key: account.key,
    headers,
    body: { model: 'acme/m', max_tokens: 5, messages: [{ role: 'user', content: 'Hi.' }] },
  });

const turns = async (enough: () => boolean) => {
  while (!enough()) await new Promise((resolve) => setImmediate(resolve));
};
/** Everything that can happen without another commit has happened, on this machine's loopback too. */
const atRest = async () => {
  for (let turn = 0; turn < 200; turn++) await new Promise((resolve) => setImmediate(resolve));
};

beforeAll(async () => {
  const message = { role: 'assistant', content: 'Hi.' };
  const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 };
  const choices = [{ index: 0, message, finish_reason: 'stop' }];
  upstream = await startScriptedUpstream(() =>
    json({ id: 'c', object: 'chat.completion', created: 1, model: 'm', choices, usage }),
  );
  mesh = await startMesh({
    documents: gated(await openSqliteDocuments(':memory:')),
    catalogue: {
      providers: { acme: { format: 'chat', base_url: `${upstream.url}/v1`, auth: { type: 'none' } } },
      models: {
        'acme/m': {
          context_length: 1_000,
          max_output_tokens: 100,
          endpoints: [{ provider: 'acme', model: 'm', price: { input: '1', output: '1' } }],
        },
      },
    },
  });
  account = await mesh.makeOwner();
  // It has a lease from here on, in which there is room.
  for (const _ of [1, 2, 3]) expect((await ask()).status).toBe(200);
});
afterAll(async () => {
  await mesh.close();
  await upstream.close();
});

test.each([
  ['with an Idempotency-Key waits for its claim before it is sent', { 'idempotency-key': 'once' }, 0],
  ['without one is sent at once', {}, 1],
])(
  'a request %s; the answer waits for no commit beyond those of its hold and its charge',
  async (_, headers, sentBefore) => {
    await atRest();
    const before = upstream.requests.length;
    closed = true;
    let isAnswered = false;
    const answer = ask(headers).finally(() => {
      isAnswered = true;
    });
    await turns(() => waiting.length === 1);
    if (sentBefore === 1) await upstream.until(({ requests }) => requests.length > before);
    await atRest();
    expect(upstream.requests.length - before).toBe(sentBefore);
    const hold = waiting.shift();
    expect(hold?.writes.some(({ collection }) => collection === CLAIMS)).toBe(sentBefore === 0);
    hold?.go();
    // Nothing but its charge is waited for from here on, and that is one commit.
    await turns(() => waiting.length === 1);
    expect(upstream.requests.length - before).toBe(1);
    expect(isAnswered).toBe(false);
    closed = false;
    waiting.shift()?.go();
    expect((await answer).status).toBe(200);
    expect(waiting).toHaveLength(0);
  },
);
