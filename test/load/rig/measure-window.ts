import type { Exchange } from './load-connection.ts';
import type { LoadUpstream } from './load-upstream.ts';
import { readCost } from './process-cost.ts';
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

/** The time that counts, between warming up and letting go. */
export class MeasureWindow {
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

  /** Answers since it was opened. */
  get requests(): number {
    return this.#exchanges.length;
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
