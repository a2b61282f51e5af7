import { beforeEach, describe, expect, test } from '@jest/globals';
import { makeEndpoint } from '../../../test/support/make-endpoint.ts';
import { noPreferences } from '../../../test/support/no-preferences.ts';
import { createCatalogue } from '../../catalogue/catalogue.ts';
import { MeshError } from '../../core/errors.ts';
import type { LiveHold } from '../../core/leases/hold-state.ts';
import type { HoldRequest } from '../../core/leases/leases.ts';
import type { Posted } from '../../core/leases/post-hold.ts';
import { Refused } from '../../core/leases/refused.ts';
import { CLAIMS } from '../../core/ledger/claims.ts';
import type { Charge } from '../../core/ledger/holds.ts';
import { noUsage } from '../../core/money/usage.ts';
import { noFigures } from '../../core/rate-limits/rate-scope.ts';
import { createAnswerLengths } from '../../core/routing/answer-lengths.ts';
import { type Fields, StoreUnavailable, type Write } from '../../core/store/documents.ts';
import type { Facts, Piece } from '../../formats/shared/facts.ts';
import type { Surface } from '../../formats/shared/surface.ts';
import type { StoreClosed } from '../../platform/documents/watch-documents.ts';
import type { Key } from '../access/key-cache.ts';
import type { Ask } from './ask.ts';
import { ATTEMPT_LIMITS } from './attempt-limits.ts';
import { toClaim } from './claim.ts';
import type { Operation, RequestNeeds } from './operation.ts';
import type { Output } from './output.ts';
import { serveRequest } from './serve-request.ts';
import type { Services } from './services.ts';

const nothing: Facts = { texts: [], marks: 0, usage: null, token: false, finished: false, last: false, held: false };
const text = (frame: string): Piece<string> => ({ frame, facts: { ...nothing, texts: [frame], token: true } });
const end = (output: number): Piece<string> => ({
  frame: null,
  facts: { ...nothing, usage: { ...noUsage, input: 20, output }, finished: true, last: true },
});

const endpoint = makeEndpoint({ visibleOutput: true });
const catalogue = createCatalogue([
  {
    id: endpoint.modelId,
    name: 'Large',
    description: null,
    brand: 'acme',
    type: 'chat',
    aliases: [],
    contextLength: endpoint.contextLength,
    maxOutputTokens: endpoint.maxOutputTokens,
    capabilities: endpoint.capabilities,
    inputModalities: ['text'],
    outputModalities: ['text'],
    created: 0,
    retiresAt: null,
    quality: { general: 50, code: 50, reasoning: 50, multilingual: 50 },
    endpoints: [endpoint],
  },
]);
const needs: RequestNeeds = {
  capabilities: new Set(),
  reasons: false,
  input: { textBytes: 80, estimatedTokens: 20, pieces: 1, images: 0, opaque: false },
  maxOutputTokens: 4_000,
  choices: 1,
  allowedRegions: null,
  preferences: noPreferences,
  profile: 'balanced',
  kind: 'chat',
  model: endpoint.modelId,
  fallbackModels: null,
  effort: null,
  signals: () => {
    throw new Error('nobody asks for auto');
  },
  params: { input: 'messages', output: 'max_tokens' },
};

const fx = { rate: 88_000_000n, asOf: '2026-11-20', source: 'test' };

/** What happened, in its order: what left for the client, and what was done with the money. */
let told: string[];
/** What counted against the rates in the end. */
let settled: number[];
let posted: Charge[];
/** What was deleted with a void, by its collection. */
let freed: string[];

beforeEach(() => {
  told = [];
  settled = [];
  posted = [];
  freed = [];
});

interface Scene {
  /** What each read of the upstream brings; an error is thrown. */
  reads?: (Piece<string>[] | Error)[];
  /** When the hold is in the store. */
  durable?: Promise<void>;
  /** Why no hold can be had. */
  refused?: Error;
  /** Whether the hold may grow. */
  grows?: boolean;
  idempotencyKey?: string;
  /** What stands against writing to the store. */
  closed?: StoreClosed;
}

/** Serves one stream, with a store, a provider and a client that do what the scene says. */
async function serve({
  reads = [],
  durable = Promise.resolve(),
  refused,
  grows = true,
  idempotencyKey,
  closed,
}: Scene): Promise<void> {
  const waiting = [...reads];
  const hold = { requestId: 'req_1', currency: 'USD', amount: 1_000_000n, fx, confirm: () => durable } as LiveHold;
  const key = {
    id: 'key_a',
    ownerId: 'own_a',
    currency: 'USD',
    allowedModels: null,
    endUserCaps: null,
    rates: {},
    ownerRates: {},
    providerKeys: [],
  };
  const ask = {
    id: 'req_1',
    key: key as unknown as Key,
    part: '',
    idempotencyKey: idempotencyKey ?? null,
    gone: new AbortController().signal,
    explained: false,
    startedAt: 0,
    client: null,
    endUser: null,
    session: null,
    affinity: null,
    metadata: null,
    queueMs: null,
    holdMs: null,
    attempts: [],
  } as unknown as Ask;
  const operation: Operation<null, string, string> = {
    name: 'test',
    surface: {} as Surface,
    parse: () => ({ request: null, body: null, streamType: 'text/event-stream', timeoutMs: null }),
    needs: () => needs,
    exchange: () => ({
      requests: () => [{ headers: {}, body: {} }],
      decoder: () => ({ push: ([at = 0]) => reads[at] as Piece<string>[], end: () => [] }),
      whole: () => {
        throw new Error('it streams');
      },
      failure: () => new MeshError('upstream_error'),
    }),
    encoder: () => ({
      frames: (frames) => frames.join(''),
      last: (_held, _bill, stopped) => (stopped ? 'stopped' : 'whole'),
      fail: ({ code }) => code,
      whole: () => '',
    }),
  };
  const output: Output = {
    openStream: () => ({
      write: (frames) => {
        if (frames !== '') told.push(`writes ${frames}`);
        return undefined;
      },
      end: (last) => told.push(`ends ${last}`),
      fail: (last) => told.push(`fails ${last}`),
    }),
    sendWhole: () => {},
  };
  const pass = { kind: 'normal', answered() {}, succeeded() {}, failed() {}, limited() {}, dropped() {} };
  const services = {
    gate: { closed: () => closed ?? null },
    catalogue: () => catalogue,
    catalogueOf: () => catalogue,
    clock: { monotonic: () => 0, now: () => 0 },
    now: () => 0,
    limits: ATTEMPT_LIMITS,
    region: 'asia-south1',
    unmetered: new Set(),
    doubts: { has: () => false },
    doubtReports: (_endpoint: unknown, requestId: string) => told.push(`doubts ${requestId}`),
    rate: () => fx,
    rates: {
      admit: async () => ({
        figures: noFigures,
        progress() {},
        settle: (tokens: number) => settled.push(tokens),
        cancel: () => told.push('cancels'),
      }),
    },
    answers: createAnswerLengths(),
    leases: {
      hold: async ({ amount }: HoldRequest) => {
        if (refused !== undefined) throw refused;
        return { ...hold, amount };
      },
      grow: async () => grows,
    },
    documents: {
      get: async (collection: string) =>
        collection === CLAIMS
          ? { data: { request_id: 'req_0', body_hash: (await toClaim(ask, null, 0))?.bodyHash } }
          : null,
    },
    settler: {
      hasRoom: () => true,
      async post(_hold: LiveHold, charge: Charge): Promise<Posted> {
        told.push('posts');
        posted.push(charge);
        return { amount: 1n, overage: 0n, writtenOff: 0n, lost: false };
      },
      async void() {
        told.push('voids');
      },
      async fail(_hold: LiveHold, _facts: Fields, _now: number, also: readonly Write[]) {
        told.push('voids');
        freed.push(...also.flatMap(({ kind, collection }) => (kind === 'delete' ? [collection] : [])));
      },
    },
    health: {
      now: () => 0,
      random: () => 0.5,
      region: 'asia-south1',
      figures: () => ({
        firstTokenMs: 100,
        tokensPerSecond: 50,
        errorRate: 0,
        samples: 0,
        ratio: 1,
        sampledAt: null,
      }),
      standing: () => ({ state: 'closed', admits: 'all', reason: null, until: null }),
      enter: () => pass,
      succeeded() {},
      failed() {},
    },
    authorize: (_endpoint: unknown, request: unknown) => request,
    secrets: { peek: () => null, renewed: async () => false },
    upstream: {
      send: async () => ({
        status: 200,
        headers: { 'content-type': 'text/event-stream' },
        async read() {
          const next = waiting.shift();
          if (next instanceof Error) throw next;
          return next === undefined ? null : Uint8Array.of(reads.indexOf(next));
        },
        cancel() {},
      }),
    },
    reporter: { answered: () => told.push('reports'), failed: () => told.push('reports a failure') },
  } as unknown as Services;
  return serveRequest(ask, operation, await operation.parse({} as never, {}), output, services);
}

describe('a request', () => {
  test('whose provider reports more than can be true pays for what can be, and its provider is doubted', async () => {
    await serve({ reads: [[text('a')], [text('b'), end(1_000_000_000)]] });
    expect(told).toEqual(['writes a', 'writes b', 'doubts req_1', 'posts', 'ends whole', 'reports']);
    expect(posted[0]?.facts).toMatchObject({ basis: 'capped', input_tokens: 20n, output_tokens: 4_016n });
  });

  test('is posted before its last frames, and counts what it used against its rates', async () => {
    await serve({ reads: [[text('a')], [text('b'), end(7)]] });
    expect(told).toEqual(['writes a', 'writes b', 'posts', 'ends whole', 'reports']);
    expect(posted[0]?.facts).toMatchObject({ basis: 'exact', input_tokens: 20n, output_tokens: 7n });
    expect(settled).toEqual([27]);
  });

  test('sends nothing before its hold is in the store', async () => {
    const { promise: durable, resolve: confirm } = Promise.withResolvers<void>();
    const served = serve({ reads: [[text('a'), end(1)]], durable });
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(told).toEqual([]);
    confirm();
    await served;
    expect(told).toEqual(['writes a', 'posts', 'ends whole', 'reports']);
  });

  test('is sent nowhere, and takes nothing of its rates, while the store cannot be written to', async () => {
    const served = serve({ reads: [[text('a'), end(1)]], closed: { trouble: 'full', place: 'a disk' } });
    await expect(served).rejects.toThrow('The store cannot be written to (full).');
    expect([told, settled]).toEqual([[], []]);
  });

  test('whose hold is lost gets nothing and pays nothing', async () => {
    const durable = Promise.reject(new Error('its lease was closed'));
    durable.catch(() => {});
    await expect(serve({ reads: [[text('a'), end(1)]], durable })).rejects.toBeInstanceOf(StoreUnavailable);
    expect(told).toEqual(['voids', 'reports a failure']);
    expect(settled).toEqual([0]);
  });

  test('that fails before its first byte pays nothing', async () => {
    const broken = new MeshError('upstream_error', { providerCode: 'socket_closed' });
    await expect(serve({ reads: [broken] })).rejects.toBe(broken);
    expect(told).toEqual(['voids', 'reports a failure']);
    expect(settled).toEqual([0]);
  });

  test('that pays nothing frees its idempotency key, and no other does', async () => {
    const broken = new MeshError('upstream_error', { providerCode: 'socket_closed' });
    await expect(serve({ reads: [broken], idempotencyKey: 'once' })).rejects.toBe(broken);
    expect(freed).toEqual([CLAIMS]);
    await serve({ reads: [[text('a'), end(1)]], idempotencyKey: 'once' });
    expect(freed).toHaveLength(1);
  });

  test('that nothing can be held for gives back what it took of its rates', async () => {
    const refused = new StoreUnavailable('The store cannot be reached.');
    await expect(serve({ refused })).rejects.toBe(refused);
    expect(told).toEqual([]);
    expect(settled).toEqual([0]);
  });

  test('that nobody has money for is not counted among its rates at all', async () => {
    const refused = new MeshError('spend_limit_exceeded', { details: { available: '0' } });
    await expect(serve({ refused })).rejects.toMatchObject({ code: 'spend_limit_exceeded' });
    expect([told, settled]).toEqual([['cancels'], []]);
  });

  test('whose stream breaks is told so, and pays for what it got', async () => {
    const broken = new MeshError('upstream_error', { providerCode: 'socket_closed' });
    await serve({ reads: [[text('a')], [text(' few words')], broken] });
    expect(told).toEqual(['writes a', 'writes  few words', 'posts', 'fails upstream_error', 'reports']);
    expect(posted[0]?.facts).toMatchObject({ basis: 'estimated', outcome: 'upstream_broke', input_tokens: 20n });
  });

  test('whose connection breaks after its provider has finished is whole', async () => {
    const finished: Piece<string> = { ...end(7), facts: { ...end(7).facts, last: false } };
    await serve({ reads: [[text('a')], [finished], new MeshError('upstream_error')] });
    expect(told).toEqual(['writes a', 'posts', 'ends whole', 'reports']);
    expect(posted[0]?.facts).toMatchObject({ basis: 'exact', outcome: 'finished', output_tokens: 7n });
  });

  test('whose idempotency key another one has is not sent anywhere', async () => {
    const durable = Promise.reject(new Refused());
    durable.catch(() => {});
    const served = serve({ reads: [[text('a'), end(1)]], durable, idempotencyKey: 'once' });
    await expect(served).rejects.toMatchObject({
      code: 'conflict',
      details: { request_id: 'req_0', state: 'running' },
    });
    expect(told).toEqual(['voids']);
    expect(settled).toEqual([0]);
  });

  test('whose money ends pays for what it got, and not for what its provider reports', async () => {
    const more = text('qxzj'.repeat(1_000));
    await serve({ reads: [[text('a')], [more, end(4_000)]], grows: false });
    expect(told).toEqual(['writes a', 'posts', 'ends stopped', 'reports']);
    expect(posted[0]?.facts).toMatchObject({ basis: 'estimated', outcome: 'spend_limit', output_tokens: 1n });
  });

  test('whose money ends after its provider has finished is not billed by the report either', async () => {
    const finished: Piece<string> = { frame: 'b', facts: { ...nothing, finished: true } };
    const report: Piece<string> = {
      frame: null,
      facts: { ...nothing, usage: { ...noUsage, input: 20, output: 4_000 } },
    };
    const more = text('qxzj'.repeat(1_000));
    await serve({ reads: [[text('a')], [finished, report], [more]], grows: false });
    expect(posted[0]?.facts).toMatchObject({ basis: 'estimated', outcome: 'spend_limit', output_tokens: 1n });
  });
});
