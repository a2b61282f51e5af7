import { type EventEmitter, once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import { refusalByFormat } from './strict-upstream.ts';

/**
 * A provider that does what a test tells it to: a real HTTP server on the loopback interface. A script answers each
 * request with steps, made by the functions below and joined as arrays:
 *
 *     const upstream = await startScriptedUpstream(() => stream(frames));                   // a whole stream
 *     const upstream = await startScriptedUpstream(() => after(2, stream(frames), reset));  // breaks after two frames
 *     const upstream = await startScriptedUpstream(({ index }) => index === 0 ? [stall] : json({ ok: true }));
 */
export type Script = (request: RecordedRequest) => Iterable<Step>;

export interface RecordedRequest {
  /** Counts the requests of this server from 0. */
  index: number;
  method: string;
  /** Path and query. */
  path: string;
  /** Lower-case names. */
  headers: Readonly<Record<string, string>>;
  body: string;
  /** Port of the client, which tells connections apart. */
  clientPort: number;
}

export type Step =
  | { do: 'head'; status: number; headers: Record<string, string> }
  /** Part of the body, in a write of its own; the next step waits until the client takes it. */
  | { do: 'send'; bytes: Uint8Array }
  /** Bytes past the HTTP layer, straight to the socket. */
  | { do: 'raw'; bytes: Uint8Array }
  | { do: 'wait'; milliseconds: number }
  | { do: 'until'; promise: Promise<unknown> }
  /** Silence until the client goes away. */
  | { do: 'stall' }
  /** The connection breaks with an RST. */
  | { do: 'reset' }
  /** The connection closes with a FIN, whatever was promised. */
  | { do: 'hang up' };

/** An exchange that the client gave up before its answer was whole. */
export interface AbortedExchange {
  /** Index of its request. */
  index: number;
  /** When this was noticed, in milliseconds of `performance.now()`. */
  at: number;
}

export interface ScriptedUpstream {
  /** `http://127.0.0.1:port`, nothing after it. */
  readonly url: string;
  readonly requests: readonly RecordedRequest[];
  readonly aborted: readonly AbortedExchange[];
  openConnections(): number;
  /** Resolves as soon as the condition holds; it is looked at after everything that happens here. */
  until(condition: (upstream: ScriptedUpstream) => boolean): Promise<void>;
  /** Breaks what is open and stops listening. */
  close(): Promise<void>;
}

export interface ScriptedUpstreamOptions {
  /** What becomes of the n-th connection, from 0. `reset`: broken at once; `ignore`: accepted, and never answered. */
  onConnection?: (index: number) => 'serve' | 'reset' | 'ignore';
  /** What it has against a request, whatever the script says. Default: what the provider of its format has. */
  strict?: (request: RecordedRequest) => string | null;
  /** How long the server keeps an unused connection, and says so. */
  keepAliveMs?: number;
}

export const stall: Step = { do: 'stall' };
export const reset: Step = { do: 'reset' };
export const hangUp: Step = { do: 'hang up' };

export const SSE = 'text/event-stream';
export const AWS_EVENT_STREAM = 'application/vnd.amazon.eventstream';

export function json(body: unknown, status = 200, headers: Record<string, string> = {}): Step[] {
  return reply(JSON.stringify(body), status, { 'content-type': 'application/json', ...headers });
}

export function html(text: string, status = 200): Step[] {
  return reply(text, status, { 'content-type': 'text/html' });
}

export function reply(body: string, status: number, headers: Record<string, string>): Step[] {
  const bytes = Buffer.from(body);
  return [
    { do: 'head', status, headers: { 'content-length': String(bytes.length), ...headers } },
    { do: 'send', bytes },
  ];
}

/** A chunked body in these pieces, each after a pause of `everyMs`. */
export function stream(
  pieces: readonly (Uint8Array | string)[],
  options: { contentType?: string; everyMs?: number; status?: number } = {},
): Step[] {
  const steps: Step[] = [
    { do: 'head', status: options.status ?? 200, headers: { 'content-type': options.contentType ?? SSE } },
  ];
  for (const piece of pieces) {
    if (options.everyMs) steps.push({ do: 'wait', milliseconds: options.everyMs });
    steps.push({ do: 'send', bytes: Buffer.from(piece) });
  }
  return steps;
}

/** No HTTP at all. */
export function garbage(bytes: Uint8Array | string): Step[] {
  return [{ do: 'raw', bytes: Buffer.from(bytes) }, hangUp];
}

/** The same answer up to and with its first `pieces` parts of the body, then something else. */
export function after(pieces: number, answer: Iterable<Step>, ...then: Step[]): Step[] {
  const kept: Step[] = [];
  let sent = 0;
  for (const step of answer) {
    if (step.do === 'send' && ++sent > pieces) break;
    kept.push(step);
  }
  return [...kept, ...then];
}

/** The base URL of a port where nothing listens. */
export async function deadUrl(): Promise<string> {
  const server = createTcpServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return `http://127.0.0.1:${port}`;
}

export async function startScriptedUpstream(
  script: Script,
  options: ScriptedUpstreamOptions = {},
): Promise<ScriptedUpstream> {
  const { strict = refusalByFormat } = options;
  const requests: RecordedRequest[] = [];
  const aborted: AbortedExchange[] = [];
  const sockets = new Set<Socket>();
  const waiting = new Set<() => void>();
  const changed = () => {
    for (const look of waiting) look();
  };
  let connections = 0;

  const server = createServer({ keepAliveTimeout: options.keepAliveMs ?? 60_000 }, (message, response) => {
    void serve(message, response);
  });
  const gate = createTcpServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => {
      sockets.delete(socket);
      changed();
    });
    const fate = options.onConnection?.(connections++) ?? 'serve';
    if (fate === 'serve') server.emit('connection', socket);
    else if (fate === 'reset') socket.resetAndDestroy();
    // Reading on is what lets an ignored socket notice that its client has left.
    else socket.resume().once('end', () => socket.end());
    changed();
  });

  async function serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const { socket } = message;
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of message) chunks.push(chunk as Buffer);
    } catch {
      return;
    }
    const request: RecordedRequest = {
      index: requests.length,
      method: message.method ?? '',
      path: message.url ?? '',
      headers: message.headers as Record<string, string>,
      body: Buffer.concat(chunks).toString(),
      clientPort: socket.remotePort ?? 0,
    };
    requests.push(request);
    let broken = false;
    const gone = happens(response, 'close');
    response.once('close', () => {
      if (!response.writableFinished && !broken) aborted.push({ index: request.index, at: performance.now() });
      changed();
    });
    changed();
    const refusal = strict(request);
    const steps = refusal === null ? script(request) : json({ error: { message: refusal } }, 400);
    for (const step of steps) {
      if (socket.destroyed) return;
      if (step.do === 'reset' || step.do === 'hang up' || step.do === 'raw') broken = true;
      await run(step, response, socket, gone);
    }
    if (!socket.destroyed && !broken) response.end();
  }

  gate.listen(0, '127.0.0.1');
  await once(gate, 'listening');
  const upstream: ScriptedUpstream = {
    url: `http://127.0.0.1:${(gate.address() as AddressInfo).port}`,
    requests,
    aborted,
    openConnections: () => sockets.size,
    until: (condition) =>
      new Promise((resolve) => {
        const look = () => {
          if (!condition(upstream)) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
    async close() {
      const closed = once(gate, 'close');
      gate.close();
      for (const socket of sockets) socket.destroy();
      await closed;
      server.close();
    },
  };
  return upstream;
}

/** Unlike `once` of node:events it does not throw when there is an error first: a broken connection is no surprise here. */
function happens(emitter: EventEmitter, event: string): Promise<void> {
  return new Promise((resolve) => emitter.once(event, () => resolve()));
}

async function run(step: Step, response: ServerResponse, socket: Socket, gone: Promise<void>): Promise<void> {
  switch (step.do) {
    case 'head':
      response.writeHead(step.status, step.headers);
      response.flushHeaders();
      return;
    case 'send':
      if (!response.write(step.bytes)) await Promise.race([happens(response, 'drain'), gone]);
      return;
    case 'raw':
      await new Promise<void>((resolve) => socket.write(step.bytes, () => resolve()));
      return;
    case 'wait':
      await new Promise((resolve) => setTimeout(resolve, step.milliseconds));
      return;
    case 'until':
      await step.promise;
      return;
    case 'stall':
      await gone;
      return;
    case 'reset':
      // What was written before has to leave first, or the RST would overtake it.
      await new Promise<void>((resolve) => socket.write('', () => resolve()));
      socket.resetAndDestroy();
      return;
    case 'hang up':
      await new Promise<void>((resolve) => socket.end(resolve));
      socket.destroy();
  }
}
