import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { connect as connectHttp2, createServer as createHttp2, type Http2Server } from 'node:http2';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { MAX_UNREAD_BYTES, UNREAD_MS, watchUnread } from './unread-answers.ts';
import { writeOut } from './write-out.ts';

const cleanUps: (() => unknown)[] = [];
afterEach(() => {
  for (const cleanUp of cleanUps.splice(0)) cleanUp();
});

async function listen(server: Server | Http2Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanUps.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

/** An answer over a protocol whose client reads nothing of it. */
const unreadOver = {
  async 'HTTP/1.1'(answer: (res: ServerResponse) => void) {
    const server = createServer((_req, res) => answer(res));
    const socket = connect(await listen(server), '127.0.0.1');
    cleanUps.push(() => socket.destroy());
    socket.on('error', () => {});
    socket.write('GET / HTTP/1.1\r\nhost: mesh\r\n\r\n');
    const [, res] = (await once(server, 'request')) as [unknown, ServerResponse];
    return { res, read: () => socket.resume() };
  },
  async 'HTTP/2'(answer: (res: ServerResponse) => void) {
    const server = createHttp2((_req, res) => answer(res as unknown as ServerResponse));
    const session = connectHttp2(`http://127.0.0.1:${await listen(server)}`);
    cleanUps.push(() => session.destroy());
    const stream = session.request({ ':path': '/' });
    stream.on('error', () => {});
    const [, res] = (await once(server, 'request')) as [unknown, ServerResponse];
    return { res, read: () => stream.resume() };
  },
};
const untilIt = async (isSo: () => boolean) => {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
};
const megabytes = (count: number) => Buffer.alloc(count * 1024 * 1024, 'a');
const watch = () => {
  const answers = watchUnread(() => 0);
  cleanUps.push(answers.stop);
  return answers;
};

describe.each(['HTTP/1.1', 'HTTP/2'] as const)('an answer over %s', (protocol) => {
  test('that nobody reads is dropped after its time, and not before', async () => {
    const answers = watch();
    const { res } = await unreadOver[protocol]((each) => {
      answers.watch(each);
      writeOut(each, megabytes(20));
    });
    await untilIt(() => res.writableLength > 0);
    answers.look(0);
    let isClosed = false;
    const closed = once(res, 'close').then(() => {
      isClosed = true;
    });
    answers.look(UNREAD_MS - 1);
    await new Promise((resolve) => setImmediate(resolve));
    expect(isClosed).toBe(false);
    answers.look(UNREAD_MS);
    await closed;
    expect(res.writableFinished).toBe(false);
  });

  test('is handed over in pieces, so that little of it waits', async () => {
    const { res } = await unreadOver[protocol]((each) => writeOut(each, megabytes(20)));
    await untilIt(() => res.writableLength > 0);
    expect(res.writableLength).toBeLessThan(1024 * 1024);
  });

  test('that is read slowly is not dropped', async () => {
    const answers = watch();
    const { res, read } = await unreadOver[protocol]((each) => {
      answers.watch(each);
      writeOut(each, megabytes(20));
    });
    await untilIt(() => res.writableLength > 0);
    answers.look(0);
    const finished = once(res, 'finish');
    read();
    await finished;
    answers.look(UNREAD_MS);
  });

  test('of which too much waits is dropped at once', async () => {
    const answers = watch();
    const { res } = await unreadOver[protocol]((each) => {
      answers.watch(each);
      each.write(megabytes(MAX_UNREAD_BYTES / 1024 / 1024 + 20));
    });
    const closed = once(res, 'close');
    answers.look(0);
    await closed;
    expect(res.writableFinished).toBe(false);
  });
});

test('an answer that waits for its upstream is not one that nobody reads', () => {
  const answers = watch();
  const res = { writableLength: 0, on: () => res, once: () => res, destroy: () => expect('dropped').toBe('kept') };
  answers.watch(res as unknown as ServerResponse);
  for (const at of [0, UNREAD_MS, 10 * UNREAD_MS]) answers.look(at);
});
