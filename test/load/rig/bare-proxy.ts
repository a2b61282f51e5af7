import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { Client, type Dispatcher } from 'undici';

/**
 * The yardstick: the least that Node needs to pass a request on and its answer back, `node bare-proxy.ts <port> <upstream>`.
 * `node:http` on the one side, undici's `dispatch` on kept connections on the other, the bytes as they come in between; no
 * parsing, no `fetch`, no web stream, no promise. Like any good proxy it stops when either side leaves, and heeds its pace.
 */
const [port, upstream = ''] = process.argv.slice(2);

/** The connection used last is taken next; undici's own pool looks through all of them for each request. */
const unused: Client[] = [];

/** What belongs to one connection, and the length, which undici finds by itself. */
const hopHeaders = new Set(['connection', 'keep-alive', 'transfer-encoding', 'host', 'content-length']);

createServer((req, res) => {
  const parts: Buffer[] = [];
  req.on('data', (bytes: Buffer) => parts.push(bytes));
  req.on('end', () => {
    const [only] = parts;
    pass(req, res, only !== undefined && parts.length === 1 ? only : Buffer.concat(parts));
  });
}).listen(Number(port), '127.0.0.1', 8_192);

function pass(req: IncomingMessage, res: ServerResponse, body: Buffer): void {
  const client = unused.pop() ?? new Client(upstream, { headersTimeout: 0, bodyTimeout: 0, pipelining: 1 });
  client.dispatch(
    {
      path: req.url ?? '/',
      method: req.method as Dispatcher.HttpMethod,
      headers: requestHeaders(req.rawHeaders),
      body: body.length > 0 ? body : null,
    },
    new Passage(res, client),
  );
}

function requestHeaders(raw: readonly string[]): string[] {
  const headers: string[] = [];
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = raw[at] ?? '';
    if (!hopHeaders.has(name.toLowerCase())) headers.push(name, raw[at + 1] ?? '');
  }
  return headers;
}

class Passage implements Dispatcher.DispatchHandler {
  readonly #res: ServerResponse;
  readonly #client: Client;

  constructor(res: ServerResponse, client: Client) {
    this.#res = res;
    this.#client = client;
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#res.once('close', () => {
      if (!this.#res.writableEnded) controller.abort(new Error('The client went away.'));
    });
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    delete headers.connection;
    delete headers['keep-alive'];
    delete headers['transfer-encoding'];
    this.#res.writeHead(status, headers);
  }

  onResponseData(controller: Dispatcher.DispatchController, bytes: Buffer): void {
    if (this.#res.write(bytes)) return;
    controller.pause();
    this.#res.once('drain', () => controller.resume());
  }

  onResponseEnd(): void {
    unused.push(this.#client);
    this.#res.end();
  }

  onResponseError(): void {
    unused.push(this.#client);
    if (this.#res.headersSent) this.#res.destroy();
    else this.#res.writeHead(502).end();
  }
}
