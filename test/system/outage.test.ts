import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ENTRIES } from '../../functions/core/ledger/entries.ts';
import { documentId } from '../../functions/core/store/document-id.ts';
import { type Documents, StoreUnavailable } from '../../functions/core/store/documents.ts';
import { openSqliteDocuments } from '../../functions/platform/documents/sqlite-documents.ts';
import { type Account, type CallReply, type Mesh, startMesh } from '../support/start-mesh.ts';

/** A store that can be taken away: it says so, it forgets to say that it did what it was asked, or it says nothing. */
type Mode = 'well' | 'unavailable' | 'answers lost' | 'silent';
let mode: Mode = 'well';
let wellAgain: (() => void)[] = [];
/** How long it is away. `npm run test:crash` makes it ten seconds. */
const OUTAGE_MS = Number(process.env.OUTAGE_MS ?? 1_500);

let mesh: Mesh;
let account: Account;
const messages = [{ role: 'user', content: 'Hello there' }];

function shaky(documents: Documents): Documents {
  const pass = async <T>(act: () => Promise<T>): Promise<T> => {
    if (mode === 'silent') await new Promise<void>((resolve) => wellAgain.push(resolve));
    if (mode === 'unavailable') throw new StoreUnavailable('away');
    const result = await act();
    if (mode === 'answers lost') throw new StoreUnavailable('lost');
    return result;
  };
  return {
    place: 'test',
    get: (collection, id) => pass(() => documents.get(collection, id)),
    query: (query) => pass(() => documents.query(query)),
    listen: (query, onChanges, onError) => documents.listen(query, onChanges, onError),
    transaction: (body) => pass(() => documents.transaction(body)),
    commit: (writes) => pass(() => documents.commit(writes)),
    now: () => pass(() => documents.now()),
    close: () => documents.close(),
  };
}

beforeAll(async () => {
  mesh = await startMesh({ documents: shaky(await openSqliteDocuments(':memory:')) });
  account = await mesh.makeOwner({ key: { rpm_limit: null, rpd_limit: null } });
});
afterAll(() => mesh.close());

const ask = (stream: boolean) =>
  mesh.call('POST', '/v1/chat/completions', { key: account.key, body: { model: 'mesh/echo', messages, stream } });

function costOf(reply: CallReply): { id: string; cost: string; settled: boolean } {
  const body = reply.body ?? JSON.parse(reply.text.split('\n\n').at(-3)?.slice(6) ?? '{}');
  return { id: reply.headers.get('x-mesh-request-id') ?? '', cost: body.cost, settled: body.mesh.settled };
}

test.each<Mode>(['unavailable', 'answers lost', 'silent'])(
  'while the store is %s requests wait or are told to come again, and nothing is lost or charged twice',
  async (bad) => {
    expect((await ask(false)).status).toBe(200);
    const before = Number((await account.balance()).balance_usd);
    mode = bad;
    const asked = Array.from({ length: 8 }, (_, n) => ask(n % 2 === 0));
    await new Promise((resolve) => setTimeout(resolve, OUTAGE_MS));
    mode = 'well';
    for (const go of wellAgain) go();
    wellAgain = [];
    const replies = await Promise.all(asked);
    let spent = 0;
    for (const reply of replies) {
      if (reply.status === 200) {
        const { id, cost, settled } = costOf(reply);
        spent += Number(cost);
        if (settled) expect(await mesh.documents.get(ENTRIES, documentId(id))).not.toBeNull();
      } else {
        expect([reply.status, reply.body.error.code]).toEqual([503, 'provider_not_available']);
        expect(Number(reply.headers.get('retry-after'))).toBeGreaterThan(0);
      }
    }
    // Who was told that it waits for its charge is charged now.
    for (const deadline = performance.now() + 15_000; ; ) {
      const { balance_usd, reserved_usd } = await account.balance();
      if (Math.abs(Number(balance_usd) - (before - spent)) < 1e-9 && reserved_usd === '0') break;
      if (performance.now() > deadline) throw new Error(`${balance_usd} is left of ${before}, ${spent} was charged`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect((await ask(true)).status).toBe(200);
  },
  60_000 + OUTAGE_MS * 3,
);
