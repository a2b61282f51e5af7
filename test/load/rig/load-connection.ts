import { connect, type Socket } from 'node:net';

/** What one exchange took. Milliseconds from the request's first byte. */
export interface Exchange {
  status: number;
  /** Until the first byte of the body. */
  firstByteMs: number;
  totalMs: number;
  bodyBytes: number;
  /** Whether the answer ended as its kind should: measured bodies by their length, streams with `[DONE]`. */
  whole: boolean;
}

export interface LoadConnectionOptions {
  /** Keeps what was received, for a look at it. */
  keep?: boolean;
}

/** Nothing is measured of a gateway that says nothing for so long. */
export const SILENCE_LIMIT_MS = 60_000;

const HEAD_END = Buffer.from('\r\n\r\n');
const BODY_END = '\r\n0\r\n\r\n';
/** Enough of the end of a stream to hold `[DONE]` and what closes a chunked body. */
const TAIL_BYTES = 32;

/** One keep-alive connection of the load generator, one exchange at a time, on bare `node:net`: it must cost little. */
export class LoadConnection {
  /** What was received of the last exchange, where it is kept. */
  received = '';
  readonly #socket: Socket;
  readonly #keep: boolean;
  #settle: { resolve: (exchange: Exchange) => void; reject: (error: Error) => void } | null = null;
  #startedAt = 0;
  #firstByteAt = 0;
  #status = 0;
  #head: Buffer | null = null;
  #headDone = false;
  /** Length of the body; null where it is chunked. */
  #length: number | null = null;
  #bodyBytes = 0;
  #tail = '';

  constructor(port: number, { keep = false }: LoadConnectionOptions = {}) {
    this.#keep = keep;
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true });
    this.#socket.on('data', (bytes: Buffer) => this.#onData(bytes));
    this.#socket.on('error', (error) => this.#fail(error));
    this.#socket.setTimeout(SILENCE_LIMIT_MS, () => this.#socket.destroy(new Error('Nothing came for a minute.')));
    this.#socket.on('close', () => this.#fail(new Error('The connection was closed.')));
  }

  /** Sends a whole request, head and body in one piece. Rejects when the connection breaks. */
  exchange(request: Uint8Array): Promise<Exchange> {
    this.#head = null;
    this.#headDone = false;
    this.#bodyBytes = 0;
    this.#tail = '';
    this.received = '';
    return new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
      if (this.#socket.destroyed) {
        this.#fail(new Error('The connection was closed.'));
        return;
      }
      this.#startedAt = performance.now();
      this.#socket.write(request);
    });
  }

  close(): void {
    this.#settle = null;
    this.#socket.destroy();
  }

  #onData(bytes: Buffer): void {
    if (this.#keep) this.received += bytes.toString();
    const body = this.#headDone ? bytes : this.#readHead(bytes);
    if (body === null) return;
    if (body.length > 0) {
      if (this.#bodyBytes === 0) this.#firstByteAt = performance.now();
      this.#bodyBytes += body.length;
    }
    if (this.#length !== null) {
      if (this.#bodyBytes >= this.#length) this.#finish(true);
      return;
    }
    const end = body.toString('latin1', Math.max(0, body.length - TAIL_BYTES));
    this.#tail = end.length === TAIL_BYTES ? end : (this.#tail + end).slice(-TAIL_BYTES);
    if (this.#tail.endsWith(BODY_END)) this.#finish(this.#tail.includes('[DONE]'));
  }

  /** What follows the head, once it is whole. */
  #readHead(bytes: Buffer): Buffer | null {
    const all: Buffer = this.#head === null ? bytes : Buffer.concat([this.#head, bytes]);
    const end = all.indexOf(HEAD_END);
    if (end === -1) {
      this.#head = all;
      return null;
    }
    const head = all.toString('latin1', 0, end);
    this.#status = Number(head.slice(9, 12));
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
    this.#length = length === undefined ? null : Number(length);
    this.#headDone = true;
    return all.subarray(end + HEAD_END.length);
  }

  #finish(whole: boolean): void {
    const now = performance.now();
    const settle = this.#settle;
    this.#settle = null;
    settle?.resolve({
      status: this.#status,
      firstByteMs: this.#firstByteAt - this.#startedAt,
      totalMs: now - this.#startedAt,
      bodyBytes: this.#bodyBytes,
      whole,
    });
  }

  #fail(error: Error): void {
    const settle = this.#settle;
    this.#settle = null;
    settle?.reject(error);
  }
}
