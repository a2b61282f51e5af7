import { once } from 'node:events';
import { createServer, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parentPort } from 'node:worker_threads';
import { chatChunk, chatFrames, namedSse, sse } from './answers.ts';

/** What the thread is asked to do: a stream of so many pieces through a router. */
export interface LockstepAsk {
  url: string;
  key: string;
  model: string;
  pieces: number;
}

/**
 * A thread that is the provider and the client at once: a piece is sent when the one before has arrived, so that each of them goes
 * through a router by itself, however fast the machine is. Its heap is not the router's.
 */
const usage = { input_tokens: 4, output_tokens: 2 };
const message = { id: 'm', type: 'message', role: 'assistant', model: 'm', content: [], stop_reason: null, usage };
const delta = { type: 'text_delta', text: ' word' };
const named = (type: string, more: object) => namedSse({ type, ...more });

/** Of each format: how a stream begins, one piece of it, and how it ends. */
const wires = {
  chat: [chatFrames[0] ?? '', sse(chatChunk({ content: ' word' })), chatFrames.slice(-3).join('')],
  messages: [
    named('message_start', { message }) +
      named('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
    named('content_block_delta', { index: 0, delta }),
    named('content_block_stop', { index: 0 }) +
      named('message_delta', { delta: { stop_reason: 'end_turn', stop_sequence: null }, usage }) +
      named('message_stop', {}),
  ],
} as const;

let pieces = 0;
/** Sends the next piece of the stream that runs. */
let next = () => {};

function answer(response: ServerResponse, [first, piece, last]: (typeof wires)[keyof typeof wires]): void {
  let sent = 0;
  next = () => {
    if (sent === pieces) response.end(last);
    else response.write(piece);
    sent++;
  };
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  // Nothing leaves a router before there is a token: what begins a stream comes with a piece.
  sent = 1;
  response.write(first + piece);
}

async function ask({ url, key, model, pieces: count }: LockstepAsk): Promise<string> {
  pieces = count;
  const sent = request(`${url}/v1/chat/completions`, { method: 'POST', headers: { authorization: `Bearer ${key}` } });
  sent.end(JSON.stringify({ model, stream: true, max_tokens: 50_000, messages: [{ role: 'user', content: 'Hi.' }] }));
  const [response] = await once(sent, 'response');
  let end = '';
  let words = 0;
  for await (const bytes of response) {
    const text = String(bytes);
    words += text.split(' word').length - 1;
    end = text;
    next();
  }
  return `${response.statusCode} ${words} ${end.includes('[DONE]') ? 'whole' : end}`;
}

const upstream = createServer((req, res) => {
  req.resume().on('end', () => answer(res, req.url?.endsWith('/messages') ? wires.messages : wires.chat));
}).listen(0, '127.0.0.1');
upstream.once('listening', () => parentPort?.postMessage((upstream.address() as AddressInfo).port));
parentPort?.on('message', async (asked: LockstepAsk) => parentPort?.postMessage(await ask(asked)));
