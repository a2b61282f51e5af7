import { once } from 'node:events';
import { request as ask, createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request for an answer, as a client sent it. */
export interface Asked {
  path: string;
  /** What came as `Authorization: Bearer`, `x-api-key` or `x-goog-api-key`. */
  key: string;
  body: string;
}

/** A door before the router, where it is seen what clients ask for, and how often. All else passes as it is. */
export interface Front {
  url: string;
  readonly asked: readonly Asked[];
  close(): void;
}

/** What is an answer of a model; clients ask for other things when they start. */
const ANSWERS = /\/(chat\/completions|responses|messages)$/;

/** Opens one before the router at `url`. */
export async function openFront(url: string): Promise<Front> {
  const asked: Asked[] = [];

  async function serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of message) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const { method = '', url: path = '', headers } = message;
    if (method === 'POST' && ANSWERS.test(path.split('?')[0] ?? '')) {
      const key = String(
        headers['x-api-key'] ?? headers['x-goog-api-key'] ?? headers.authorization?.replace(/^Bearer /, ''),
      );
      asked.push({ path, key, body: body.toString() });
    }
    const onward = ask(url + path, { method, headers });
    // Whoever leaves on one side leaves on the other.
    response.once('close', () => onward.destroy());
    onward.once('error', () => response.destroy());
    onward.once('response', (reply) => {
      response.writeHead(reply.statusCode ?? 0, reply.rawHeaders);
      response.flushHeaders();
      reply.once('error', () => response.destroy()).pipe(response);
    });
    onward.end(body);
  }

  const server = createServer((message, response) => void serve(message, response).catch(() => response.destroy()));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
