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
import type { Documents } from '../../functions/core/store/documents.ts';
import { encodeDocument, normalizeFields } from '../../functions/platform/documents/encode-document.ts';
import type { OperationCounts, RequestOperations, Traffic } from '../../infra/costs/operation-counts.ts';
import { chatChunk, sse, works } from '../support/answers.ts';
import { countOperations, type Operations } from '../support/count-operations.ts';
import { countRunning } from '../support/count-running.ts';
import { memoryTelemetry } from '../support/memory-telemetry.ts';
import { startScriptedUpstream, stream } from '../support/scripted-upstream.ts';
import { type Account, startMesh } from '../support/start-mesh.ts';
import { uncountedCharges } from '../support/uncounted-charges.ts';

/** What a request does to the store: what Firestore's bill is made of. */
export const OF_REQUESTS: ReadonlySet<string> = new Set([
  KEYS,
  OWNERS,
  SPENDING,
  LEASES,
  MARKS,
  ENTRIES,
  OUTBOX,
  CLAIMS,
  ROLLUPS,
  WINDOWS,
  FAILED_REQUESTS,
]);

/** Models whose requests are made, so that metrics have as many series as those give. */
const MODELS = 10;
/** A long stream outgrows the 2,048 tokens that it begins with. */
const LONG_CHUNKS = 300;
const TOKENS_A_CHUNK = 10;

/** A busy key, at so many requests a second in one instance, for so long. */
interface Pace {
  aSecond: number;
  seconds: number;
}

export interface CountOptions {
  busy: Pace;
  hot: Pace;
  /** What a commit on Firestore takes. Milliseconds; within it charges share the next one. */
  commitMs: number;
}

/** Counts what real requests do to a store through a whole router, and what its metrics have by then. Closes the store. */
export async function countRequests(
  inner: Documents,
  { busy, hot, commitMs }: CountOptions,
): Promise<Pick<OperationCounts, 'operations' | 'entry_bytes' | 'series'>> {
  const store = countOperations(slowed(inner, commitMs), OF_REQUESTS);
  const telemetry = memoryTelemetry();
  const upstream = await startScriptedUpstream((request) =>
    request.body.includes('long') ? stream(longFrames()) : works(request),
  );
  const endpoint = { provider: 'acme', model: 'm', price: { input: '1', output: '1' }, visible_output: true };
  const model = { context_length: 8_000, max_output_tokens: 4_000, endpoints: [endpoint] };
  const names = Array.from({ length: MODELS }, (_, index) => `acme/m${index}`);
  const mesh = await startMesh({
    documents: store.documents,
    telemetry,
    gathers: true,
    catalogue: {
      providers: { acme: { format: 'chat', base_url: `${upstream.url}/v1`, auth: { type: 'none' } } },
      models: Object.fromEntries(names.map((name) => [name, model])),
    },
  });
  const ask = async ({ key }: Account, content: string, more: object = {}) => {
    const body = { model: names[0], max_tokens: 5, messages: [{ role: 'user', content }], ...more };
    const { status, text } = await mesh.call('POST', '/v1/chat/completions', { key, body });
    if (status !== 200) throw new Error(`A request was refused: ${text}`);
  };
  /** What some requests of an owner took, each, once all is counted and their lease has gone back. */
  const each = async (requests: number, act: (account: Account) => Promise<void>): Promise<RequestOperations> => {
    const account = await mesh.makeOwner({ amount: '1000', key: { rpm_limit: 1_000_000 } });
    store.take();
    await act(account);
    while ((await countRunning(inner)) > 0 || (await uncountedCharges(inner)).length > 0) await pause(20);
    await mesh.services.leases.giveBack(account.ownerId);
    return share(store.take(), requests);
  };
  const paced = (pace: Pace) =>
    each(pace.aSecond * pace.seconds, async (account) => {
      const all: Promise<void>[] = [];
      const start = performance.now();
      for (let count = 0; count < pace.aSecond * pace.seconds; count++) {
        await pause(start + (count * 1_000) / pace.aSecond - performance.now());
        all.push(ask(account, 'Hi.'));
      }
      await Promise.all(all);
    });

  try {
    const operations: Record<Traffic, RequestOperations> = {
      quiet: await each(1, (account) => ask(account, 'Hi.')),
      quiet_stream: await each(1, (account) => ask(account, 'Hi.', { stream: true })),
      long_stream: await each(1, (account) => ask(account, 'long', { stream: true, max_tokens: 4_000 })),
      busy: await paced(busy),
      hot: await paced(hot),
    };
    for (const name of names) await each(1, (account) => ask(account, 'Hi.', { model: name, stream: true }));
    return { operations, entry_bytes: await entryBytes(inner), series: await countSeries(telemetry.prometheus) };
  } finally {
    await mesh.close();
    await upstream.close();
  }
}

const pause = (ms: number): Promise<void> =>
  ms > 0 ? new Promise((resolve) => setTimeout(resolve, ms)) : Promise.resolve();

/** To a hundredth of an operation: a key's first and last ones are shared by all of its requests. */
function share({ writes, deletes, reads }: Operations, requests: number): RequestOperations {
  const of = (count: number) => Math.round((count / requests) * 100) / 100;
  return { writes: of(writes), deletes: of(deletes), reads: of(reads) };
}

/** The same store, whose writes take as long as they take over a network. */
function slowed(inner: Documents, ms: number): Documents {
  return {
    place: inner.place,
    now: () => inner.now(),
    close: () => inner.close(),
    get: (collection, id) => inner.get(collection, id),
    query: (query) => inner.query(query),
    listen: (query, onChanges, onError) => inner.listen(query, onChanges, onError),
    async transaction(body) {
      await pause(ms);
      return inner.transaction(body);
    },
    async commit(writes) {
      await pause(ms);
      return inner.commit(writes);
    },
  };
}

function longFrames(): string[] {
  const chunks = Array.from({ length: LONG_CHUNKS }, () => sse(chatChunk({ content: 'one two 3 four. '.repeat(2) })));
  const completion_tokens = LONG_CHUNKS * TOKENS_A_CHUNK;
  const usage = { prompt_tokens: 4, completion_tokens, total_tokens: completion_tokens + 4 };
  return [...chunks, sse(chatChunk({}, 'stop')), sse({ ...chatChunk({}), choices: [], usage }), 'data: [DONE]\n\n'];
}

/** What an entry takes, the mean of those that there are. */
async function entryBytes(documents: Documents): Promise<number> {
  const entries = (await documents.query({ collection: ENTRIES })).filter(({ data }) => data.kind === 'charge');
  const bytes = entries.map(({ data }) => Buffer.byteLength(encodeDocument(normalizeFields(data))));
  return Math.round(bytes.reduce((sum, size) => sum + size, 0) / bytes.length);
}

/** Numbers and histograms that are exported, each with its labels. */
async function countSeries(prometheus: () => Promise<string>): Promise<OperationCounts['series']> {
  const lines = (await prometheus()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const names = lines.map((line) => line.slice(0, line.search(/[{ ]/)));
  const histograms = new Set(names.filter((name) => name.endsWith('_bucket')).map((name) => name.slice(0, -7)));
  const isPart = (name: string) => histograms.has(name.replace(/_(bucket|sum|count)$/, ''));
  return {
    models: MODELS,
    scalars: names.filter((name) => !isPart(name)).length,
    distributions: names.filter((name) => isPart(name) && name.endsWith('_count')).length,
  };
}
