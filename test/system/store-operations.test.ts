import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { ALERTS } from '../../functions/core/alerts/alerts.ts';
import { KEYS } from '../../functions/core/keys.ts';
import { LEASES } from '../../functions/core/leases/lease-store.ts';
import { MARKS } from '../../functions/core/leases/marks.ts';
import { CLAIMS } from '../../functions/core/ledger/claims.ts';
import { ENTRIES } from '../../functions/core/ledger/entries.ts';
import { FAILED_REQUESTS } from '../../functions/core/ledger/failed-requests.ts';
import { OUTBOX } from '../../functions/core/ledger/outbox.ts';
import { OWNERS } from '../../functions/core/ledger/owners.ts';
import { ROLLUPS } from '../../functions/core/ledger/rollups.ts';
import { SPENDING } from '../../functions/core/ledger/spending.ts';
import { WINDOWS } from '../../functions/core/rate-limits/rate-window.ts';
import { SESSIONS } from '../../functions/core/sessions/shared-sessions.ts';
import type { Documents } from '../../functions/core/store/documents.ts';
import { openSqliteDocuments } from '../../functions/platform/documents/sqlite-documents.ts';
import { chatFrames, isStreamed, works } from '../support/answers.ts';
import { type Counted, countOperations, type Operations, operationNames } from '../support/count-operations.ts';
import { countRunning } from '../support/count-running.ts';
import { embeddingAnswer } from '../support/embedding-answers.ts';
import { differencesFromRecord } from '../support/recorded-figures.ts';
import {
  after,
  json,
  type Script,
  type ScriptedUpstream,
  stall,
  startScriptedUpstream,
  stream,
} from '../support/scripted-upstream.ts';
import { type Account, type Mesh, startMesh } from '../support/start-mesh.ts';
import { uncountedCharges } from '../support/uncounted-charges.ts';

/**
 * What a request does to the store, its consumer and the end of its lease included: what the bill of a store that bills by
 * operation is made of. Nothing of it depends on the machine. Fewer is better; more needs a reason. The figures themselves are in
 * `test/support/recorded-figures.json`; those of keys that ask often are counted by `operations-at-rates.test.ts`.
 */
const ofRequests = [
  ...[KEYS, OWNERS, SPENDING, LEASES, MARKS, ENTRIES, OUTBOX, CLAIMS, ROLLUPS, WINDOWS, FAILED_REQUESTS],
  ...[SESSIONS, ALERTS],
];

const ROUNDS = 6;
/** Of what is written: ids have one length, but times in milliseconds have more digits or fewer. */
const slack = { of: { bytes: 0.03 } };
const DIMENSIONS = 8;

let upstream: ScriptedUpstream;
let mesh: Mesh;
let documents: Documents;
let store: Counted;
let account: Account;
/** Requests that the upstream has, and lets go of together. */
let gathered: { release: () => void; all: Promise<void> };

const down = json({ error: { message: 'down' } }, 500);
const answer: Script = (request) => {
  if (request.path.includes('/embeddings')) return embeddingAnswer(request, DIMENSIONS);
  if (request.path.startsWith('/down') || request.body.includes('fail')) return down;
  if (request.body.includes('leave') && isStreamed(request)) return [...after(2, stream(chatFrames)), stall];
  if (request.body.includes('together')) return [{ do: 'until', promise: gathered.all }, ...works(request)];
  return works(request);
};

beforeAll(async () => {
  upstream = await startScriptedUpstream((request) => answer(request));
  documents = await openSqliteDocuments(':memory:');
  store = countOperations(documents, new Set(ofRequests));
  const endpoint = { provider: 'acme', model: 'm', price: { input: '1', output: '1' } };
  const provider = (path: string) => ({ format: 'chat', base_url: upstream.url + path, auth: { type: 'none' } });
  const cached = { ...endpoint, price: { ...endpoint.price, cache_read: '0.1' } };
  const chat = { context_length: 8_000, max_output_tokens: 100 };
  mesh = await startMesh({
    documents: store.documents,
    catalogue: {
      providers: { acme: provider('/v1'), other: provider('/other/v1'), down: provider('/down') },
      models: {
        'acme/m': { ...chat, endpoints: [endpoint] },
        // The cheaper one is asked first.
        'acme/two': {
          ...chat,
          endpoints: [{ ...endpoint, provider: 'down', price: { input: '0.1', output: '0.1' } }, endpoint],
        },
        'acme/cached': { ...chat, endpoints: ['acme', 'other'].map((name) => ({ ...cached, provider: name })) },
        'acme/vectors': { model_type: 'embedding', context_length: 1_000, endpoints: [endpoint] },
      },
    },
  });
}, 30_000);
afterAll(async () => {
  await mesh?.close();
  await upstream?.close();
}, 30_000);
beforeEach(async () => {
  account = await mesh.makeOwner();
  gathered = together();
  store.take();
});

function together(): typeof gathered {
  let release = () => {};
  const all = new Promise<void>((resolve) => {
    release = resolve;
  });
  return { release, all };
}

const ask = (content: string, more: object = {}, headers: Record<string, string> = {}) =>
  mesh.call('POST', '/v1/chat/completions', {
    key: account.key,
    headers,
    body: { model: 'acme/m', max_tokens: 5, messages: [{ role: 'user', content }], ...more },
  });

/** Until everything is counted and nothing runs. */
async function settled(): Promise<void> {
  const uncounted = async () => (await uncountedCharges(documents)).length;
  while ((await countRunning(documents)) > 0 || (await uncounted()) > 0) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** What was done, once the lease has gone back too. */
async function whatItTook(): Promise<Operations> {
  await settled();
  await mesh.services.leases.giveBack(account.ownerId);
  return store.take();
}

/** Leaves in the middle of its answer. */
async function leave(): Promise<null> {
  const leaving = new AbortController();
  const reply = await fetch(`${mesh.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${account.key}` },
    body: JSON.stringify({ model: 'acme/m', stream: true, messages: [{ role: 'user', content: 'I leave.' }] }),
    signal: leaving.signal,
  });
  await reply.body?.getReader().read();
  leaving.abort();
  await upstream.until(({ aborted }) => aborted.some(({ index }) => index === upstream.requests.length - 1));
  return null;
}

/** A turn of a session at a provider whose cache is cheap. Where it is at home is told in the background. */
async function turn(content: string) {
  const reply = await ask(
    content,
    { model: 'acme/cached' },
    { 'x-session-id': 'one', 'x-mesh-weight-profile': 'cost_first' },
  );
  const isTold = async () => {
    const sessions = await documents.query({ collection: SESSIONS });
    return sessions.some(({ data }) => data.owner_id === account.ownerId);
  };
  while (!(await isTold())) await new Promise((resolve) => setTimeout(resolve, 20));
  return reply;
}

test.each<[situation: string, status: number | null, act: () => Promise<{ status: number } | null>]>([
  ['a quiet key', 200, () => ask('Hi.')],
  ['a quiet key, a stream', 200, () => ask('Hi.', { stream: true })],
  ['a quiet key, with an Idempotency-Key', 200, () => ask('Hi.', {}, { 'idempotency-key': 'once' })],
  ['a quiet key, every endpoint fails', 502, () => ask('fail')],
  ['a quiet key, the first endpoint fails and the second answers', 200, () => ask('Hi.', { model: 'acme/two' })],
  ['a client that leaves in the middle of a stream', null, leave],
  [
    'an embedding',
    200,
    () => mesh.call('POST', '/v1/embeddings', { key: account.key, body: { model: 'acme/vectors', input: 'Hi.' } }),
  ],
  ['the first turn of a session', 200, () => turn('Hi.')],
  [
    'the second turn of a session, soon after the first',
    200,
    async () => {
      await turn('Hi.');
      await settled();
      store.take();
      return turn('And?');
    },
  ],
  [
    'refused for want of money',
    402,
    async () => {
      account = await mesh.makeOwner({ amount: '0.000000001' });
      store.take();
      return ask('Hi.');
    },
  ],
  [
    'refused again within the same second',
    402,
    async () => {
      account = await mesh.makeOwner({ amount: '0.000000001' });
      await ask('Hi.');
      store.take();
      return ask('Hi.');
    },
  ],
  [
    'refused by the cap of its key',
    402,
    async () => {
      account = await mesh.makeOwner({ key: { spend_caps: { total: '0.000000001' } } });
      store.take();
      return ask('Hi.');
    },
  ],
])('%s does to the store what was recorded', async (situation, status, act) => {
  const reply = await act();
  if (status !== null) expect(reply?.status).toBe(status);
  const took = await whatItTook();
  expect(differencesFromRecord('operations', situation, { ...took }, slack)).toEqual([]);
});

test('ten requests of a key at once share what they can', async () => {
  const rounds: Operations[] = [];
  // How many arrive together is this machine's business: the best round is what the code can do.
  for (let round = 0; round < ROUNDS; round++) {
    account = await mesh.makeOwner();
    gathered = together();
    store.take();
    const before = upstream.requests.length;
    const all = Array.from({ length: 10 }, () => ask('together'));
    await upstream.until(({ requests }) => requests.length >= before + 10);
    gathered.release();
    await Promise.all(all);
    rounds.push(await whatItTook());
  }
  const best = Object.fromEntries(operationNames.map((name) => [name, Math.min(...rounds.map((each) => each[name]))]));
  const differences = differencesFromRecord('operations', 'ten requests of a key at once', best, {
    ...slack,
    mayFall: true,
  });
  expect(differences).toEqual([]);
}, 60_000);
