import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { Random } from '../sim/random.ts';

/** What an upstream may do to a request; the first of them answer well. */
const manners = [
  'answer',
  'answer',
  'drip',
  'fail',
  'refuse',
  'hang',
  'garbage',
  'cut',
  'never end',
  'absurd',
] as const;
type Manner = (typeof manners)[number];

/** Words of a whole answer, and the pause between two of a slow one. Milliseconds. */
const WORDS = 12;
const DRIP_MS = 10;
const LONG_WORDS = 100_000;

export interface ChaosUpstream {
  url: string;
  /** How often each was done. */
  counts: Map<string, number>;
  close(): void;
}

/**
 * A provider on the loopback interface. Under `/well` it answers, at once or word by word; under `/wild` chance decides, and
 * most of what it does is hostile.
 */
export async function startChaosUpstream(random: Random): Promise<ChaosUpstream> {
  const counts = new Map<string, number>();
  const server = createServer(async (request, response) => {
    response.on('error', () => {});
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const body = JSON.parse(Buffer.concat(chunks).toString()) as { stream?: boolean };
      const wild = request.url?.startsWith('/wild') === true;
      const manner: Manner = wild
        ? (manners[Math.floor(random.next() * manners.length)] ?? 'answer')
        : random.next() < 0.3
          ? 'drip'
          : 'answer';
      counts.set(`upstream: ${manner}`, (counts.get(`upstream: ${manner}`) ?? 0) + 1);
      await behave(response, manner, body.stream === true);
    } catch {
      response.destroy();
    }
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    counts,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function behave(response: ServerResponse, manner: Manner, streams: boolean): Promise<void> {
  switch (manner) {
    case 'answer':
      return answer(response, streams, WORDS, 0);
    case 'drip':
      return answer(response, streams, WORDS, DRIP_MS);
    case 'never end':
      return answer(response, true, LONG_WORDS, 1);
    case 'fail':
      response.writeHead(500, { 'content-type': 'application/json' }).end('{"error":{"message":"broken"}}');
      return;
    case 'refuse':
      response.writeHead(429, { 'content-type': 'application/json', 'retry-after': '1' }).end('{"error":{}}');
      return;
    case 'hang':
      await gone(response);
      return;
    case 'garbage':
      response.writeHead(200, { 'content-type': streams ? 'text/event-stream' : 'application/json' });
      response.end('data: {"choices":[{"del\n\n');
      return;
    case 'absurd':
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end('['.repeat(100_000));
      return;
    case 'cut':
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      for (let n = 0; n < 3; n++) response.write(word(n));
      await pause(DRIP_MS);
      response.destroy();
  }
}

async function answer(response: ServerResponse, streams: boolean, words: number, everyMs: number): Promise<void> {
  const usage = { prompt_tokens: 11, completion_tokens: words, total_tokens: 11 + words };
  if (!streams) {
    if (everyMs > 0) await pause(everyMs * words);
    const message = { role: 'assistant', content: 'word '.repeat(words) };
    const body = { id: 'c', object: 'chat.completion', choices: [{ index: 0, message, finish_reason: 'stop' }], usage };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    return;
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (let n = 0; n < words && !response.destroyed; n++) {
    const isTaken = response.write(word(n));
    if (everyMs > 0) await pause(everyMs);
    if (!isTaken && !response.destroyed) await Promise.race([drained(response), gone(response)]);
  }
  response.write(frame({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }));
  response.write(frame({ choices: [], usage }));
  response.end('data: [DONE]\n\n');
}

const frame = (data: unknown) => `data: ${JSON.stringify(data)}\n\n`;
const word = (n: number) => frame({ choices: [{ index: 0, delta: { content: `word${n} ` }, finish_reason: null }] });
const gone = (response: ServerResponse) =>
  response.destroyed ? Promise.resolve() : new Promise<void>((resolve) => response.once('close', () => resolve()));
const drained = (response: ServerResponse) => new Promise<void>((resolve) => response.once('drain', () => resolve()));
