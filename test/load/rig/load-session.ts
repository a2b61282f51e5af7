import { type ClientHttp2Session, type ClientHttp2Stream, connect, type OutgoingHttpHeaders } from 'node:http2';
import { type Exchange, type LoadConnectionOptions, SILENCE_LIMIT_MS } from './load-connection.ts';

/** A request in the form of HTTP/2. */
interface Http2Request {
  headers: OutgoingHttpHeaders;
  body: Buffer;
}

/** What belongs to HTTP/1.1 alone. */
const left = new Set(['host', 'connection']);
const encoded = new WeakMap<Uint8Array, Http2Request>();
const DONE_BYTES = 32;

/** One session of cleartext HTTP/2, one exchange at a time: what Cloud Run speaks to a container that asks for it. */
export class LoadSession {
  received = '';
  readonly #session: ClientHttp2Session;
  readonly #keep: boolean;
  #stream: ClientHttp2Stream | null = null;

  constructor(port: number, { keep = false }: LoadConnectionOptions = {}) {
    this.#keep = keep;
    this.#session = connect(`http://127.0.0.1:${port}`);
    // Whoever waits hears of it from the stream.
    this.#session.on('error', () => {});
    this.#session.setTimeout(SILENCE_LIMIT_MS, () => this.#session.destroy(new Error('Nothing came for a minute.')));
  }

  exchange(request: Uint8Array): Promise<Exchange> {
    this.received = '';
    const { headers, body } = toHttp2(request);
    return new Promise((resolve, reject) => {
      const startedAt = performance.now();
      const stream = this.#session.request(headers);
      this.#stream = stream;
      let status = 0;
      let length: number | null = null;
      let firstByteMs = 0;
      let bodyBytes = 0;
      let tail = '';
      stream.on('response', (head) => {
        status = Number(head[':status']);
        length = head['content-length'] === undefined ? null : Number(head['content-length']);
      });
      stream.on('data', (bytes: Buffer) => {
        if (bodyBytes === 0) firstByteMs = performance.now() - startedAt;
        bodyBytes += bytes.length;
        tail = (tail + bytes.toString('latin1', Math.max(0, bytes.length - DONE_BYTES))).slice(-DONE_BYTES);
        if (this.#keep) this.received += bytes.toString();
      });
      stream.on('end', () => {
        const whole = length === null ? tail.includes('[DONE]') : bodyBytes === length;
        resolve({ status, firstByteMs, totalMs: performance.now() - startedAt, bodyBytes, whole });
      });
      stream.on('error', reject);
      stream.on('close', () => reject(new Error('The connection was closed.')));
      stream.end(body);
    });
  }

  close(): void {
    this.#stream?.removeAllListeners();
    this.#stream?.on('error', () => {});
    this.#session.destroy();
  }
}

/** The same request as the bytes of HTTP/1.1 say; worked out once for each. */
function toHttp2(request: Uint8Array): Http2Request {
  const known = encoded.get(request);
  if (known !== undefined) return known;
  const bytes = Buffer.from(request);
  const end = bytes.indexOf('\r\n\r\n');
  const [first = '', ...lines] = bytes.toString('latin1', 0, end).split('\r\n');
  const [method, path] = first.split(' ');
  const fields = lines.map((line) => line.split(/: (.*)/s, 2)).filter(([name = '']) => !left.has(name.toLowerCase()));
  const made = {
    headers: { ':method': method, ':path': path, ...Object.fromEntries(fields) },
    body: bytes.subarray(end + 4),
  };
  encoded.set(request, made);
  return made;
}
