import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { writeChunk } from './write-chunk.ts';

const texts = ['data: {"text":"hello"}\n\n', '', 'data: नमस्ते 🙂\n\n', 'x'.repeat(100_000)];
const server = createServer();
afterEach(() => {
  server.close();
});

/** What a client of a version of HTTP/1 gets, byte for byte, and what the server's socket was given. */
async function answerTo(
  version: string,
  answer: (res: ServerResponse) => void,
): Promise<{ raw: string; given: unknown[] }> {
  const given: unknown[] = [];
  server.once('request', (_req, res: ServerResponse) => {
    const socket = res.socket as Socket;
    const write = socket.write.bind(socket) as (...args: unknown[]) => boolean;
    jest.spyOn(socket, 'write').mockImplementation((...args: unknown[]) => {
      given.push(args[0]);
      return write(...args);
    });
    answer(res);
  });
  server.listen(0);
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port);
  socket.write(`GET / HTTP/${version}\r\nhost: localhost\r\nconnection: close\r\n\r\n`);
  const pieces: Buffer[] = [];
  for await (const piece of socket) pieces.push(piece as Buffer);
  return { raw: Buffer.concat(pieces).toString(), given };
}

const withoutDate = (raw: string) => raw.replace(/^Date: .*$/m, '');

describe('a piece of a body', () => {
  test.each(['1.1', '1.0'])('is on the wire of HTTP/%s as Node writes it', async (version) => {
    const answer = (write: (res: ServerResponse, text: string) => boolean) => (res: ServerResponse) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' });
      for (const text of texts) write(res, text);
      res.end('data: [DONE]\n\n');
    };
    const nodes = await answerTo(
      version,
      answer((res, text) => res.write(text)),
    );
    server.close();
    const ours = await answerTo(version, answer(writeChunk));
    expect(withoutDate(ours.raw)).toBe(withoutDate(nodes.raw));
    expect(ours.raw).toContain('नमस्ते 🙂');
  });

  test('is given to its socket in one piece', async () => {
    const { given } = await answerTo('1.1', (res) => {
      res.writeHead(200);
      writeChunk(res, 'data: 1\n\n');
      writeChunk(res, 'data: ü\n\n');
      res.end();
    });
    expect(given.slice(0, 2)).toEqual([expect.stringMatching(/\r\n\r\n9\r\ndata: 1\n\n\r\n$/), 'a\r\ndata: ü\n\n\r\n']);
  });
});
