import { type Exchange, LoadConnection } from './load-connection.ts';
import type { LoadUpstream } from './load-upstream.ts';
import { readCost } from './process-cost.ts';
import { encodeRequest, type RequestKind } from './requests.ts';
import type { Variant } from './variants.ts';

/** What was seen of one gateway during one window of time. */
export interface Measure {
  requestsPerSecond: number;
  /** CPU of the gateway's whole process; null for the upstream itself. Microseconds. */
  cpuPerRequestUs: number | null;
  /** The same over the writes of the upstream; null where nothing streamed. */
  cpuPerChunkUs: number | null;
  chunksPerSecond: number;
  /** Of the gateway's core and of ours: 1 is all of it. */
  gatewayLoad: number | null;
  generatorLoad: number;
  latencyMs: Quantiles;
  firstByteMs: Quantiles;
  rssBytes: number;
  requests: number;
}

export interface Quantiles {
  p50: number;
  p99: number;
}

export interface ClosedLoad {
  kind: RequestKind;
  connections: number;
  warmMs: number;
  measureMs: number;
}

/** Clients that ask again as soon as they are answered: how much a gateway can do. Throws at any answer that is not whole. */
export async function runClosedLoop(
  variant: Variant,
  upstream: LoadUpstream,
  { kind, connections, warmMs, measureMs }: ClosedLoad,
): Promise<Measure> {
  const window = new Window(variant, upstream);
  const clients = Array.from({ length: connections }, () => new LoadConnection(variant.port));
  let running = true;
  const loops = clients.map(async (client, index) => {
    const request = encodeRequest(kind, variant.headers(index));
    while (running) window.add(check(variant, await client.exchange(request)));
    client.close();
  });
  const work = Promise.all(loops);
  await Promise.race([work, elapse(warmMs)]);
  window.open();
  await Promise.race([work, elapse(measureMs)]);
  const measure = window.close();
  running = false;
  await work;
  return measure;
}

export interface OpenLoad {
  kind: RequestKind;
  perSecond: number;
  warmMs: number;
  measureMs: number;
}

/** Requests at a fixed pace, however long their answers take: how long a gateway keeps a request while it has time. */
export async function runOpenLoop(
  variant: Variant,
  upstream: LoadUpstream,
  { kind, perSecond, warmMs, measureMs }: OpenLoad,
): Promise<Measure> {
  const window = new Window(variant, upstream);
  const unused: LoadConnection[] = [];
  const running = new Set<Promise<void>>();
  const request = encodeRequest(kind, variant.headers(0));
  const ask = async () => {
    const client = unused.pop() ?? new LoadConnection(variant.port);
    window.add(check(variant, await client.exchange(request)));
    unused.push(client);
  };
  const everyMs = 1_000 / perSecond;
  const pace = async (forMs: number) => {
    const until = performance.now() + forMs;
    for (let due = performance.now(); due < until; due += everyMs) {
      await elapse(Math.max(0, due - performance.now()));
      const asked: Promise<void> = ask().finally(() => running.delete(asked));
      running.add(asked);
    }
  };
  await pace(warmMs);
  window.open();
  await pace(measureMs);
  await Promise.all(running);
  const measure = window.close();
  for (const client of unused) client.close();
  return measure;
}

/** Throws unless the gateway passes on the words that its upstream said. */
export async function checkAnswer(variant: Variant, kind: RequestKind, text: string): Promise<void> {
  const client = new LoadConnection(variant.port, { keep: true });
  await client.exchange(encodeRequest(kind, variant.headers(0)));
  const { received } = client;
  client.close();
  const said = [...received.matchAll(/"content": ?"([^"]*)"/g)].map(([, words]) => words).join('');
  if (said !== text) throw new Error(`${variant.name} answered: ${received.slice(0, 1_000)}`);
}

function check({ name }: Variant, exchange: Exchange): Exchange {
  if (exchange.status === 200 && exchange.whole) return exchange;
  throw new Error(`${name} answered ${exchange.status}${exchange.whole ? '' : ', and not to the end'}.`);
}

/** The time that counts, between warming up and letting go. */
class Window {
  readonly #variant: Variant;
  readonly #upstream: LoadUpstream;
  #exchanges: Exchange[] = [];
  #startedAt = 0;
  #chunksBefore = 0;
  #cpuBeforeUs = 0;
  #ownBefore = process.cpuUsage();

  constructor(variant: Variant, upstream: LoadUpstream) {
    this.#variant = variant;
    this.#upstream = upstream;
  }

  add(exchange: Exchange): void {
    this.#exchanges.push(exchange);
  }

  open(): void {
    this.#exchanges = [];
    this.#chunksBefore = this.#upstream.chunksSent;
    this.#cpuBeforeUs = this.#cost()?.cpuUs ?? 0;
    this.#ownBefore = process.cpuUsage();
    this.#startedAt = performance.now();
  }

  close(): Measure {
    const wallUs = (performance.now() - this.#startedAt) * 1_000;
    const cost = this.#cost();
    const own = process.cpuUsage(this.#ownBefore);
    const exchanges = this.#exchanges;
    const cpuUs = cost === null ? null : cost.cpuUs - this.#cpuBeforeUs;
    const chunks = this.#upstream.chunksSent - this.#chunksBefore;
    if (exchanges.length === 0) throw new Error(`${this.#variant.name} answered nothing in time.`);
    return {
      requestsPerSecond: exchanges.length / (wallUs / 1e6),
      cpuPerRequestUs: cpuUs === null ? null : cpuUs / exchanges.length,
      cpuPerChunkUs: cpuUs === null || chunks === 0 ? null : cpuUs / chunks,
      chunksPerSecond: chunks / (wallUs / 1e6),
      gatewayLoad: cpuUs === null ? null : cpuUs / wallUs,
      generatorLoad: (own.user + own.system) / wallUs,
      latencyMs: quantiles(exchanges.map(({ totalMs }) => totalMs)),
      firstByteMs: quantiles(exchanges.map(({ firstByteMs }) => firstByteMs)),
      rssBytes: cost?.rssBytes ?? 0,
      requests: exchanges.length,
    };
  }

  #cost() {
    const { gateway } = this.#variant;
    return gateway === null ? null : readCost(gateway.pid);
  }
}

function quantiles(values: number[]): Quantiles {
  const sorted = values.sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { p50: at(0.5), p99: at(0.99) };
}

function elapse(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
