import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';

/** What the provider answers with; the same for every request of a measurement. */
export interface Script {
  /** Writes of a stream, the first and the last included. */
  chunks: number;
  /** Pause before each write but the first; 0: the next turn of the event loop. Milliseconds. */
  everyMs: number;
}

export interface LoadUpstream {
  /** One for each provider of the catalogue; all answer alike. */
  readonly ports: readonly number[];
  script: Script;
  /** Writes of streams so far. */
  readonly chunksSent: number;
  /** Streams begun so far. */
  readonly streams: number;
  /** Closes every connection, so that a gateway keeps none. */
  hangUp(): void;
  close(): Promise<void>;
}

/** As many providers as a model has endpoints. */
export const PROVIDERS = 3;
/** What each write of a stream says, and a whole reply forty times. */
export const WORD = ' benchmark';
export const WORDS_OF_WHOLE = 40;

/**
 * A provider without delay for measuring: the least of HTTP that serves a well-behaved client, straight on `node:net`,
 * because it shares a core with the load generator and must not be what is measured. Speaks chat and Messages.
 */
export async function startLoadUpstream(): Promise<LoadUpstream> {
  const sockets = new Set<Socket>();
  const accept = (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    readRequests(socket, (head, body) => answer(socket, head, body));
  };
  const servers = Array.from({ length: PROVIDERS }, () => createServer({ noDelay: true }, accept));
  await Promise.all(
    servers.map((server) => {
      server.listen({ port: 0, host: '127.0.0.1', backlog: 8_192 });
      return once(server, 'listening');
    }),
  );

  let script: Script = { chunks: 60, everyMs: 0 };
  let replies = makeReplies(script);
  let chunksSent = 0;
  let streams = 0;
  /** Streams that write in the next turn. */
  let hurried: (() => void)[] = [];

  function answer(socket: Socket, head: string, body: Buffer): void {
    const wire = /^POST \S*\/messages /.test(head) ? replies.messages : replies.chat;
    if (!body.includes('"stream":true')) {
      socket.write(wire.whole);
      return;
    }
    streams += 1;
    if (script.everyMs === 0) writeHurried(socket, wire);
    else writePaced(socket, wire, script.everyMs);
  }

  function writePiece(socket: Socket, { first, middle, last }: Wire, index: number): boolean {
    chunksSent += 1;
    return socket.write(index === 0 ? first : index === script.chunks - 1 ? last : middle);
  }

  function writeHurried(socket: Socket, wire: Wire): void {
    let index = 0;
    const step = () => {
      if (socket.destroyed) return;
      const roomLeft = writePiece(socket, wire, index++);
      if (index >= script.chunks) return;
      if (roomLeft) hurry(step);
      else socket.once('drain', () => hurry(step));
    };
    step();
  }

  function writePaced(socket: Socket, wire: Wire, everyMs: number): void {
    let index = 0;
    writePiece(socket, wire, index++);
    const timer = setInterval(() => {
      if (socket.destroyed) clearInterval(timer);
      else if (!socket.writableNeedDrain) writePiece(socket, wire, index++);
      if (index >= script.chunks) clearInterval(timer);
    }, everyMs);
  }

  function hurry(step: () => void): void {
    if (hurried.push(step) === 1) setImmediate(runHurried);
  }

  function runHurried(): void {
    const due = hurried;
    hurried = [];
    for (const step of due) step();
  }

  function hangUp(): void {
    for (const socket of sockets) socket.destroy();
  }

  return {
    ports: servers.map((server) => (server.address() as AddressInfo).port),
    get script() {
      return script;
    },
    set script(next) {
      script = next;
      replies = makeReplies(next);
    },
    get chunksSent() {
      return chunksSent;
    },
    get streams() {
      return streams;
    },
    hangUp,
    async close() {
      hangUp();
      await Promise.all(servers.map(closed));
    },
  };
}

function closed(server: Server): Promise<unknown> {
  const done = once(server, 'close');
  server.close();
  return done;
}

/** Requests one after another, their bodies measured or chunked; the next comes only after the answer to the last. */
function readRequests(socket: Socket, onRequest: (head: string, body: Buffer) => void): void {
  let head: string | null = null;
  let parts: Buffer[] = [];
  let have = 0;
  let length: number | null = 0;
  socket.on('data', (bytes: Buffer) => {
    parts.push(bytes);
    have += bytes.length;
    if (head === null) {
      const all = joined();
      const end = all.indexOf('\r\n\r\n');
      if (end === -1) return;
      head = all.toString('latin1', 0, end);
      length = bodyLength(head);
      parts = [all.subarray(end + 4)];
      have = all.length - end - 4;
    }
    const whole = length === null ? joined().subarray(-5).equals(LAST_CHUNK) : have >= length;
    if (!whole) return;
    const asked = head;
    const body = joined();
    head = null;
    parts = [];
    have = 0;
    onRequest(asked, body);
  });

  function joined(): Buffer {
    const [only] = parts;
    if (only !== undefined && parts.length === 1) return only;
    const all = Buffer.concat(parts);
    parts = [all];
    return all;
  }
}

/** Null where the body is chunked. */
function bodyLength(head: string): number | null {
  const given = /content-length: *(\d+)/i.exec(head)?.[1];
  if (given !== undefined) return Number(given);
  return /transfer-encoding: *chunked/i.test(head) ? null : 0;
}

const LAST_CHUNK = Buffer.from('0\r\n\r\n');

/** The bytes of an answer, ready for the socket. */
interface Wire {
  whole: Buffer;
  first: Buffer;
  middle: Buffer;
  last: Buffer;
}

function makeReplies({ chunks }: Script): { chat: Wire; messages: Wire } {
  return { chat: chatWire(chunks), messages: messagesWire(chunks) };
}

function chatWire(chunks: number): Wire {
  const id = 'chatcmpl-BenchBenchBenchBenchBenchB';
  const common = { id, created: 1_790_000_000, model: 'bench-model', system_fingerprint: 'fp_0123456789' };
  const piece = (delta: object, finish_reason: string | null = null) =>
    data({ ...common, object: 'chat.completion.chunk', choices: [{ index: 0, delta, logprobs: null, finish_reason }] });
  const usageOf = (output: number) => ({ prompt_tokens: 60, completion_tokens: output, total_tokens: 60 + output });
  const message = { role: 'assistant', content: WORD.repeat(WORDS_OF_WHOLE), refusal: null };
  return {
    whole: wholeReply({
      ...common,
      object: 'chat.completion',
      choices: [{ index: 0, message, logprobs: null, finish_reason: 'stop' }],
      usage: usageOf(WORDS_OF_WHOLE),
    }),
    first: streamStart(piece({ role: 'assistant', content: WORD, refusal: null })),
    middle: chunk(piece({ content: WORD })),
    last: streamEnd(
      piece({ content: WORD }) +
        piece({}, 'stop') +
        data({ ...common, object: 'chat.completion.chunk', choices: [], usage: usageOf(chunks) }) +
        'data: [DONE]\n\n',
    ),
  };
}

function messagesWire(chunks: number): Wire {
  const common = { id: 'msg_BenchBenchBenchBench', type: 'message', role: 'assistant', model: 'bench-model' };
  const usageOf = (output_tokens: number) => ({
    input_tokens: 60,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 0,
    output_tokens,
  });
  const event = (value: { type: string }) => `event: ${value.type}\n${data(value)}`;
  const text = event({
    type: 'content_block_delta',
    index: 0,
    delta: { type: 'text_delta', text: WORD },
  } as { type: string });
  const start = {
    type: 'message_start',
    message: { ...common, content: [], stop_reason: null, stop_sequence: null, usage: usageOf(1) },
  };
  const block = { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } };
  const delta = {
    type: 'message_delta',
    delta: { stop_reason: 'end_turn', stop_sequence: null },
    usage: { output_tokens: chunks },
  };
  return {
    whole: wholeReply({
      ...common,
      content: [{ type: 'text', text: WORD.repeat(WORDS_OF_WHOLE) }],
      stop_reason: 'end_turn',
      stop_sequence: null,
      usage: usageOf(WORDS_OF_WHOLE),
    }),
    first: streamStart(event(start) + event(block) + text),
    middle: chunk(text),
    last: streamEnd(
      text +
        event({ type: 'content_block_stop', index: 0 } as { type: string }) +
        event(delta) +
        event({ type: 'message_stop' }),
    ),
  };
}

function data(value: unknown): string {
  return `data: ${JSON.stringify(value)}\n\n`;
}

function wholeReply(value: unknown): Buffer {
  const body = JSON.stringify(value);
  return Buffer.from(
    `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

function streamStart(frames: string): Buffer {
  const head = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n';
  return Buffer.concat([Buffer.from(head), chunk(frames)]);
}

function chunk(frames: string): Buffer {
  return Buffer.from(`${Buffer.byteLength(frames).toString(16)}\r\n${frames}\r\n`);
}

function streamEnd(frames: string): Buffer {
  return Buffer.concat([chunk(frames), LAST_CHUNK]);
}
