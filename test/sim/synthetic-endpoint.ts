import type { Endpoint, ExpectedFigures } from '../../functions/core/endpoints/endpoint.ts';
import { roundTripMs } from '../../functions/core/endpoints/regions.ts';
import { MeshError } from '../../functions/core/errors.ts';
import { makeEndpoint, somePrice } from '../support/make-endpoint.ts';
import type { Random } from './random.ts';

/** What an endpoint truly does at one moment. Times are means, milliseconds. */
export interface Behaviour {
  /** For a caller nearby. */
  firstTokenMs: number;
  tokensPerSecond: number;
  /** Share of requests that fail; at 1 the endpoint is down. */
  errorRate: number;
  /** How a failure shows: an error, nothing at all, or a stream that ends after its first token. */
  failsBy: 'error' | 'silence' | 'break';
}

/** From when until when an endpoint behaves otherwise; `left` is 1 at the beginning and 0 at the end. */
export interface Phase {
  from: number;
  to: number;
  change: Partial<Behaviour> | ((left: number, usual: Behaviour) => Partial<Behaviour>);
}

export interface EndpointSpec {
  id: string;
  region?: string;
  /** USD for a million tokens. */
  price: { input: number; output: number };
  /** USD for a million tokens that are read from its cache, and how long it keeps what it has; 0 for one that keeps nothing. */
  cache?: { read: number; lifeMs: number };
  /** What the catalogue says; by default the same of all, which is true of none. */
  expected?: ExpectedFigures;
  usual: Behaviour;
  phases?: readonly Phase[];
  /** Requests that it serves in each minute; the others get a 429 that names the next one. */
  perMinute?: number;
}

/** What it does with one request. */
export type Reply =
  | { kind: 'answer'; firstTokenMs: number; msPerToken: number; breaks: boolean }
  | { kind: 'error'; afterMs: number; error: MeshError }
  | { kind: 'silence' };

export interface SyntheticEndpoint {
  spec: EndpointSpec;
  endpoint: Endpoint;
  /** The truth at a moment, for a caller in a region. */
  behaviour(at: number, region: string): Behaviour;
  /** Whether it would serve a request now, as far as anybody can know. */
  isUp(at: number): boolean;
  ask(at: number, region: string): Reply;
  /** When the streams that are under way break, because it goes down in this way in that time; null where it does not. */
  breaksAllAt(from: number, to: number): number | null;
  /** Reads the beginning of a session's input from its cache, as far as it has it, and keeps all of it. Tokens that were read. */
  readCache(session: string, inputTokens: number, at: number): number;
}

const FIRST_TOKEN_SPREAD = 0.4;
const THROUGHPUT_SPREAD = 0.2;
const ERROR_MS = [30, 400] as const;
const MINUTE_MS = 60_000;
/** Ways are longer than the table of distances says. */
const DETOUR = 1.3;
/** Caches keep whole blocks, and none shorter than the first number. Tokens. */
const LEAST_CACHED = 1_024;
const CACHE_BLOCK = 128;
/** USD for a million tokens, as 10⁻¹² USD for one. */
const PICO_PER_TOKEN = 1_000_000;

export function createSyntheticEndpoint(spec: EndpointSpec, random: Random): SyntheticEndpoint {
  const { price, cache = { read: price.input, lifeMs: 0 } } = spec;
  const [input, output, cacheRead] = [price.input, price.output, cache.read].map((usd) =>
    BigInt(Math.round(usd * PICO_PER_TOKEN)),
  );
  const cached = new Map<string, { tokens: number; at: number }>();
  const endpoint = makeEndpoint({
    id: spec.id,
    modelId: 'sim/model',
    provider: spec.id.split('/')[0] ?? spec.id,
    upstreamModel: 'model',
    region: spec.region ?? null,
    // It answers at once or not at all: one that may think first is given up later, for better or worse.
    capabilities: new Set(),
    price: { ...somePrice, input: input ?? 0n, output: output ?? 0n, cacheRead: cacheRead ?? input ?? 0n },
    ...(spec.expected === undefined ? {} : { expected: spec.expected }),
  });
  let minute = { begins: 0, served: 0 };

  function behaviour(at: number, region: string): Behaviour {
    const phase = spec.phases?.find(({ from, to }) => at >= from && at < to);
    let now = spec.usual;
    if (phase !== undefined) {
      const { change, from, to } = phase;
      now = { ...now, ...(typeof change === 'function' ? change((to - at) / (to - from), now) : change) };
    }
    return { ...now, firstTokenMs: now.firstTokenMs + roundTripMs(region, endpoint.region) * DETOUR };
  }

  function servedThisMinute(at: number): number {
    const begins = at - (at % MINUTE_MS);
    if (minute.begins !== begins) minute = { begins, served: 0 };
    return minute.served;
  }

  const hasRoom = (at: number) => spec.perMinute === undefined || servedThisMinute(at) < spec.perMinute;

  return {
    spec,
    endpoint,
    behaviour,
    breaksAllAt(from, to) {
      const phase = spec.phases?.find(
        ({ from: begins, change }) =>
          begins >= from &&
          begins < to &&
          typeof change === 'object' &&
          change.errorRate === 1 &&
          change.failsBy === 'break',
      );
      return phase?.from ?? null;
    },
    readCache(session, inputTokens, at) {
      const known = cached.get(session);
      cached.set(session, { tokens: inputTokens, at });
      if (known === undefined || at - known.at >= cache.lifeMs) return 0;
      const tokens = Math.min(known.tokens, inputTokens);
      return tokens < LEAST_CACHED ? 0 : tokens - (tokens % CACHE_BLOCK);
    },
    isUp: (at) => behaviour(at, '').errorRate < 1 && hasRoom(at),
    ask(at, region) {
      const { firstTokenMs, tokensPerSecond, errorRate, failsBy } = behaviour(at, region);
      // All are drawn every time, so that what is asked for does not change what comes later.
      const drawn = {
        fails: random.next() < errorRate,
        afterMs: random.between(...ERROR_MS),
        firstTokenMs: random.logNormal(firstTokenMs, FIRST_TOKEN_SPREAD),
        msPerToken: random.logNormal(1_000 / tokensPerSecond, THROUGHPUT_SPREAD),
      };
      if (!hasRoom(at)) {
        const retryAfterSeconds = Math.ceil((MINUTE_MS - (at % MINUTE_MS)) / 1_000);
        const error = new MeshError('upstream_error', { providerCode: '429', retryAfterSeconds });
        return { kind: 'error', afterMs: drawn.afterMs, error };
      }
      minute.served++;
      if (drawn.fails && failsBy === 'silence') return { kind: 'silence' };
      if (drawn.fails && failsBy === 'error') {
        const error = new MeshError('upstream_error', { providerCode: '503' });
        return { kind: 'error', afterMs: drawn.afterMs, error };
      }
      return { kind: 'answer', firstTokenMs: drawn.firstTokenMs, msPerToken: drawn.msPerToken, breaks: drawn.fails };
    },
  };
}
