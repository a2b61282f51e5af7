import { type Dispatcher, Pool } from 'undici';
import { FirestoreFailure } from './firestore-failure.ts';

/** Connections at most, each with one request at a time; further requests wait for one, as long as their call may last. */
export const MAX_CONNECTIONS = 256;
/** How long an unused connection is kept. Google's own end of it stays longer. */
export const KEEP_ALIVE_MS = 60_000;
/** How long a connection may take to be made. */
export const CONNECT_LIMIT_MS = 5_000;
/** A document has a mebibyte at most, and a transaction reads few. */
export const MAX_REPLY_BYTES = 16 * 1024 * 1024;

export interface HttpReply {
  status: number;
  text: string;
}

/** Connections to one origin that are kept between requests. */
export interface FirestoreConnection {
  /**
   * Sends JSON and resolves with the whole reply, whatever its status. Rejects with a `FirestoreFailure` where none came in
   * time: it says whether anything was sent. `headers`: name, value, name, value …
   */
  post(path: string, headers: readonly string[], body: string, limitMs: number): Promise<HttpReply>;
  /** Waits for what is under way. */
  close(): Promise<void>;
}

/** HTTP/1.1: in JavaScript it costs a fraction of HTTP/2, and a connection for each request under way is no burden to Google. */
export function openConnection(origin: string): FirestoreConnection {
  const pool = new Pool(origin, {
    connections: MAX_CONNECTIONS,
    pipelining: 1,
    allowH2: false,
    keepAliveTimeout: KEEP_ALIVE_MS,
    keepAliveMaxTimeout: KEEP_ALIVE_MS,
    connectTimeout: CONNECT_LIMIT_MS,
    maxResponseSize: MAX_REPLY_BYTES,
    // Each request has a limit of its own.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  return {
    post: (path, headers, body, limitMs) =>
      new Promise((resolve, reject) => {
        const exchange = new Exchange(resolve, reject, limitMs);
        pool.dispatch({ method: 'POST', path, headers: headers as string[], body }, exchange);
      }),
    close: () => pool.close(),
  };
}

/** One request and its reply: undici pushes into it. A class, because one is made for everything that is stored or read. */
class Exchange implements Dispatcher.DispatchHandler {
  readonly #resolve: (reply: HttpReply) => void;
  readonly #reject: (failure: FirestoreFailure) => void;
  readonly #timer: NodeJS.Timeout;
  readonly #chunks: Buffer[] = [];
  #controller: Dispatcher.DispatchController | null = null;
  #status = 0;
  #isLate = false;

  constructor(resolve: (reply: HttpReply) => void, reject: (failure: FirestoreFailure) => void, limitMs: number) {
    this.#resolve = resolve;
    this.#reject = reject;
    this.#timer = setTimeout(Exchange.#onTimer, limitMs, this).unref();
  }

  /** Called before the first byte is written, and not if the request waits in vain for a connection. */
  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.#isLate) controller.abort(new Error('Nobody waits for it any more.'));
    else this.#controller = controller;
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number): void {
    this.#status = status;
  }

  onResponseData(_controller: Dispatcher.DispatchController, bytes: Buffer): void {
    this.#chunks.push(bytes);
  }

  onResponseEnd(): void {
    clearTimeout(this.#timer);
    const [first] = this.#chunks;
    const bytes = first !== undefined && this.#chunks.length === 1 ? first : Buffer.concat(this.#chunks);
    this.#resolve({ status: this.#status, text: bytes.toString() });
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    clearTimeout(this.#timer);
    this.#fail('The connection broke.', error);
  }

  #fail(message: string, cause: Error | null): void {
    const code = this.#controller === null ? 'UNREACHED' : 'UNKNOWN';
    this.#reject(new FirestoreFailure(code, message, { cause }));
  }

  static #onTimer(exchange: Exchange): void {
    exchange.#isLate = true;
    exchange.#fail('There was no answer in time.', null);
    exchange.#controller?.abort(new Error('There was no answer in time.'));
  }
}
