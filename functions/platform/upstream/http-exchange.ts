import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import { MeshError } from '../../core/errors.ts';
import { connectionFailure } from './connection-failure.ts';
import type { UpstreamLimits, UpstreamReply } from './upstream.ts';

/** Above this many bytes that nobody has read yet, the provider is made to wait. */
export const MAX_QUEUED_BYTES = 256 * 1024;

/** What became of the connection: it can serve the next exchange, or it must be closed. */
export type Release = (reusable: boolean) => void;

interface Settle<T> {
  resolve: (value: T) => void;
  reject: (reason: unknown) => void;
}

/**
 * One exchange: undici pushes into it, the caller reads from it. A class and not closures, because one is made for every
 * request and its methods run for every piece of every stream.
 */
export class HttpExchange implements Dispatcher.DispatchHandler, UpstreamReply {
  status = 0;
  headers: Readonly<Record<string, string>> = {};

  readonly #limits: UpstreamLimits;
  readonly #signal: AbortSignal;
  readonly #release: Release;
  #state: 'running' | 'ended' | 'failed' = 'running';
  #failure: unknown = null;
  #controller: Dispatcher.DispatchController | null = null;
  #reply: Settle<UpstreamReply> | null = null;
  #reader: Settle<Uint8Array | null> | null = null;
  #queue: Uint8Array[] = [];
  #queuedBytes = 0;
  #delivering = false;
  #timer: NodeJS.Timeout | null = null;
  #armedMs = 0;
  /** Counts what the provider did, so that a timer which fired late can tell whether it did anything since. */
  #progress = 0;

  constructor(limits: UpstreamLimits, signal: AbortSignal, release: Release) {
    this.#limits = limits;
    this.#signal = signal;
    this.#release = release;
  }

  /** Starts the exchange by calling `dispatch`; resolves with this exchange as the reply, once its headers are here. */
  start(dispatch: () => void): Promise<UpstreamReply> {
    return new Promise((resolve, reject) => {
      this.#reply = { resolve, reject };
      this.#signal.addEventListener('abort', this.#onAbort);
      this.#arm(this.#limits.connect, 'connect_timeout');
      dispatch();
    });
  }

  read(patienceMs = this.#limits.idle): Promise<Uint8Array | null> {
    if (this.#queue.length > 0) return Promise.resolve(this.#take());
    if (this.#state === 'failed') return Promise.reject(this.#failure);
    if (this.#state === 'ended') return Promise.resolve(null);
    return new Promise((resolve, reject) => {
      this.#reader = { resolve, reject };
      if (this.#timer !== null && this.#armedMs === patienceMs) this.#timer.refresh();
      else this.#arm(patienceMs, 'idle_timeout');
    });
  }

  cancel(): void {
    // An error costs its stack, and most exchanges are cancelled after their end.
    if (this.#state !== 'running' && this.#queue.length === 0) return;
    this.stop(new MeshError('upstream_error', { retry: 'never', providerCode: 'cancelled' }));
  }

  /** Ends the exchange with a reason of ours, and forgets what was not read. After a whole reply was read: nothing. */
  stop(reason: unknown): void {
    const unread = this.#queue.length > 0;
    this.#queue = [];
    if (this.#state === 'running') {
      this.#fail(reason);
    } else if (unread) {
      this.#state = 'failed';
      this.#failure = reason;
    }
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    this.#arm(this.#limits.firstByte, 'first_byte_timeout');
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    const informational = status < 200;
    if (informational || this.#state !== 'running') return;
    this.#progress += 1;
    this.#disarm();
    this.status = status;
    this.headers = joinRepeated(headers);
    this.#reply?.resolve(this);
    this.#reply = null;
  }

  onResponseData(controller: Dispatcher.DispatchController, bytes: Uint8Array): void {
    if (this.#state !== 'running') return;
    this.#progress += 1;
    this.#queue.push(bytes);
    this.#queuedBytes += bytes.length;
    if (this.#reader !== null) this.#deliverSoon();
    else if (this.#queuedBytes > MAX_QUEUED_BYTES) controller.pause();
  }

  onResponseEnd(): void {
    if (this.#state !== 'running') return;
    this.#state = 'ended';
    this.#finish(true);
    if (this.#reader !== null) this.#deliverSoon();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#fail(connectionFailure(error));
  }

  readonly #onAbort = (): void => this.stop(this.#signal.reason);

  #fail(reason: unknown): void {
    if (this.#state !== 'running') return;
    this.#state = 'failed';
    this.#failure = reason;
    this.#finish(false);
    this.#reply?.reject(reason);
    this.#reply = null;
    if (this.#queue.length === 0) {
      this.#reader?.reject(reason);
      this.#reader = null;
    }
  }

  #finish(reusable: boolean): void {
    this.#progress += 1;
    this.#disarm();
    this.#signal.removeEventListener('abort', this.#onAbort);
    this.#release(reusable);
  }

  /** One read from the socket may hold many HTTP chunks: waiting until all are parsed gives the reader one piece. */
  #deliverSoon(): void {
    if (this.#delivering) return;
    this.#delivering = true;
    process.nextTick(HttpExchange.#deliver, this);
  }

  static #deliver(exchange: HttpExchange): void {
    exchange.#delivering = false;
    const reader = exchange.#reader;
    if (reader === null) return;
    exchange.#reader = null;
    if (exchange.#queue.length > 0) reader.resolve(exchange.#take());
    else if (exchange.#state === 'failed') reader.reject(exchange.#failure);
    else reader.resolve(null);
  }

  #take(): Uint8Array {
    const [first] = this.#queue;
    const bytes = first !== undefined && this.#queue.length === 1 ? first : Buffer.concat(this.#queue);
    this.#queue = [];
    this.#queuedBytes = 0;
    // Resuming parses what undici holds back at once, into the queue that has just been emptied.
    if (this.#controller?.paused && this.#state === 'running') this.#controller.resume();
    return bytes;
  }

  #arm(milliseconds: number, providerCode: string): void {
    this.#disarm();
    this.#armedMs = milliseconds;
    this.#timer = setTimeout(HttpExchange.#onTimer, milliseconds, this, providerCode).unref();
  }

  #disarm(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  /**
   * A process that stood still (a frozen instance, a long garbage collection) finds its timers due before it has looked at
   * its sockets. So what is on the wire is read first, and only then is the provider called slow.
   */
  static #onTimer(exchange: HttpExchange, providerCode: string): void {
    const nobodyWaits = exchange.#reply === null && exchange.#reader === null;
    if (nobodyWaits) return;
    const seen = exchange.#progress;
    setImmediate(() => {
      if (exchange.#progress === seen) exchange.#fail(new MeshError('gateway_timeout', { providerCode }));
    });
  }
}

/** undici gives repeated headers as arrays. */
function joinRepeated(headers: IncomingHttpHeaders): Record<string, string> {
  const joined = headers as Record<string, string>;
  for (const name in headers) {
    const value = headers[name];
    if (typeof value !== 'string') joined[name] = value?.join(', ') ?? '';
  }
  return joined;
}
