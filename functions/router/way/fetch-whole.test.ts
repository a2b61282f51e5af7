import { describe, expect, test } from '@jest/globals';
import { makeEndpoint } from '../../../test/support/make-endpoint.ts';
import { ClientGone } from '../../core/client-gone.ts';
import { MeshError } from '../../core/errors.ts';
import type { UpstreamRequest } from '../../platform/upstream/upstream.ts';
import { ATTEMPT_LIMITS } from './attempt-limits.ts';
import { fetchWhole, MAX_PARTS_AT_ONCE } from './fetch-whole.ts';
import type { Exchange, UpstreamText, WholeExchange } from './operation.ts';
import type { Services } from './services.ts';

const candidate = { endpoint: makeEndpoint(), inputTokens: 100, outputTokens: 0, choices: 1 };
const facts = { texts: [], marks: 0, usage: null };

/** An upstream that answers a request when it is let, by its number. */
function world(parts: number, patienceMs = 1_000) {
  let now = 0;
  const waiting = new Map<number, PromiseWithResolvers<number>>();
  const started: number[] = [];
  const ended: number[] = [];
  const client = new AbortController();
  const upstream = {
    async send({ body }: UpstreamRequest, _limits: unknown, signal: AbortSignal) {
      signal.throwIfAborted();
      const { at } = JSON.parse(String(body)) as { at: number };
      started.push(at);
      const answer = Promise.withResolvers<number>();
      waiting.set(at, answer);
      signal.addEventListener('abort', () => answer.reject(signal.reason));
      try {
        const status = await answer.promise;
        const bytes = [Buffer.from(`reply ${at}`)];
        return { status, headers: {}, read: async () => bytes.shift() ?? null, cancel() {} };
      } finally {
        ended.push(at);
      }
    },
  };
  const exchange: WholeExchange<never, readonly string[]> = {
    requests: () => Array.from({ length: parts }, (_, at) => ({ headers: {}, body: { at } })) as never,
    decoder: null,
    whole: (replies) => ({ whole: replies.map(({ text }) => text), facts }),
    failure: (status) => new MeshError('upstream_error', { providerCode: String(status) }),
  };
  const services = {
    clock: { monotonic: () => now, now: () => now },
    limits: ATTEMPT_LIMITS,
    authorize: (_endpoint: unknown, request: unknown) => request,
    secrets: { peek: () => null },
    upstream,
  } as unknown as Services;
  return {
    started,
    ended,
    client,
    exchange,
    pass: (ms: number) => {
      now += ms;
    },
    fetch: (asked: Exchange<never, readonly string[]> = exchange) =>
      fetchWhole(services, asked, candidate, patienceMs, client.signal),
    async answer(at: number, status = 200) {
      while (!waiting.has(at)) await new Promise(setImmediate);
      waiting.get(at)?.resolve(status);
      await new Promise(setImmediate);
    },
  };
}

describe('several requests to one endpoint', () => {
  test('run side by side, so many at once, and their replies are in the order of the requests', async () => {
    const { fetch, answer, started } = world(MAX_PARTS_AT_ONCE + 2);
    const fetched = fetch();
    await answer(MAX_PARTS_AT_ONCE - 1);
    expect(started).toEqual(Array.from({ length: MAX_PARTS_AT_ONCE + 1 }, (_, at) => at));
    for (const at of [3, 0, 8, 1, 2, 9, 4, 6, 5]) await answer(at);
    const { whole } = await fetched;
    expect(whole).toEqual(Array.from({ length: MAX_PARTS_AT_ONCE + 2 }, (_, at) => `reply ${at}`));
  });

  test('end with the first that fails: the others are ended too before it is told, and no more is sent', async () => {
    const { fetch, answer, started, ended } = world(20);
    const failing = expect(fetch()).rejects.toMatchObject({ providerCode: '503' });
    await answer(2, 503);
    await failing;
    expect(started).toHaveLength(MAX_PARTS_AT_ONCE);
    expect(ended.sort()).toEqual(started.sort());
  });

  test('end with their client, by the reason that it left for', async () => {
    const { fetch, answer, client, started, ended } = world(20);
    const gone = new ClientGone();
    const failing = expect(fetch()).rejects.toBe(gone);
    await answer(0);
    client.abort(gone);
    await failing;
    expect(ended.length).toBe(started.length);
  });

  test('are read as they come by an exchange that has a reader, which may refuse one of them', async () => {
    const { fetch, answer, exchange, started } = world(20);
    const { requests, failure } = exchange;
    const seen: [string, number][] = [];
    const reader = () => ({
      read({ text }: UpstreamText, at: number) {
        seen.push([text, at]);
        if (at === 1) throw new MeshError('upstream_error', { message: 'garbage' });
      },
      whole: () => ({ whole: [], facts }),
    });
    const failing = expect(fetch({ requests, decoder: null, failure, reader })).rejects.toThrow('garbage');
    await answer(4);
    await answer(1);
    await failing;
    expect(seen).toEqual([
      ['reply 4', 4],
      ['reply 1', 1],
    ]);
    expect(started.length).toBe(MAX_PARTS_AT_ONCE + 1);
  });

  test('have each the patience of one, and all together the limit of a whole reply', async () => {
    const { fetch, answer, pass } = world(MAX_PARTS_AT_ONCE + 1, 1_000);
    const fetched = fetch();
    for (let at = 0; at < MAX_PARTS_AT_ONCE; at++) await answer(at);
    pass(900);
    await answer(MAX_PARTS_AT_ONCE);
    expect((await fetched).whole).toHaveLength(MAX_PARTS_AT_ONCE + 1);

    const late = world(2, ATTEMPT_LIMITS.whole * 2);
    const failing = expect(late.fetch()).rejects.toMatchObject({ providerCode: 'whole_timeout' });
    late.pass(ATTEMPT_LIMITS.whole);
    await late.answer(0);
    await failing;
  });
});
