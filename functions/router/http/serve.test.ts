import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { connect } from 'node:http2';
import { connect as connectTcp } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { MAX_STREAMS } from './http2-limits.ts';
import { MAX_PIPELINED } from './one-at-a-time.ts';
import { HOST_LIMITS, serve } from './serve.ts';

/** Long enough that a test which waits for it fails. */
const GRACE_MS = 60_000;

let cleanUp: () => void = () => {};
afterEach(() => cleanUp());

/** Short, so that waiting for them takes no time; a test that ends only by one of them waits for nothing else. */
const SHORT_MS = 50;

async function startHost(limits = HOST_LIMITS) {
  const waiting: ServerResponse[] = [];
  const host = await serve((_req, res) => void waiting.push(res), 0, '127.0.0.1', limits);
  const url = `http://127.0.0.1:${host.port}`;
  const asked = async () => {
    while (waiting.length === 0) await new Promise((resolve) => setImmediate(resolve));
    return waiting.shift() as ServerResponse;
  };
  return { host, url, asked, waiting };
}

describe('a host that closes', () => {
  test('is not held up by connections that nothing is asked on', async () => {
    const { host, url } = await startHost();
    const silent = connectTcp(host.port, '127.0.0.1');
    const session = connect(url);
    cleanUp = () => {
      silent.destroy();
      session.destroy();
    };
    await Promise.all([once(silent, 'connect'), once(session, 'remoteSettings')]);
    await host.close(GRACE_MS);
  });

  test('answers what is asked over HTTP/1, and keeps no connection', async () => {
    const { host, asked } = await startHost();
    const socket = connectTcp(host.port, '127.0.0.1');
    cleanUp = () => socket.destroy();
    socket.write(get);
    const first = await asked();
    const closed = host.close(GRACE_MS);
    socket.write(get);
    first.end('first');
    const second = await asked();
    second.end('second');
    const chunks: Buffer[] = [];
    for await (const chunk of socket) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    expect(text).toContain('first');
    expect(text).toMatch(/connection: close.*second/is);
    await closed;
  });

  test('finishes what is asked over HTTP/2, on a connection that takes no more', async () => {
    const { host, url, asked } = await startHost();
    const session = connect(url);
    cleanUp = () => session.destroy();
    const stream = session.request({ ':path': '/' });
    const res = await asked();
    const closed = host.close(GRACE_MS);
    await once(session, 'goaway');
    res.end('done');
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk);
    expect(Buffer.concat(chunks).toString()).toBe('done');
    await closed;
  });
});

const get = 'GET / HTTP/1.1\r\nhost: mesh\r\n\r\n';
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('requests that are sent before the answers to those before them', () => {
  test('are begun one after the other', async () => {
    const { host, asked, waiting } = await startHost();
    const socket = connectTcp(host.port, '127.0.0.1');
    cleanUp = () => socket.destroy();
    socket.write(get.repeat(3));
    for (const word of ['one', 'two', 'three']) {
      const res = await asked();
      for (let turns = 0; turns < 20; turns++) await turn();
      expect(waiting).toHaveLength(0);
      res.end(word);
    }
    let text = '';
    for await (const bytes of socket) {
      text += bytes;
      if (text.includes('three')) break;
    }
    expect(text).toMatch(/one.*two.*three/s);
    await host.close(0);
  });

  test('are not taken where they are too many', async () => {
    const { host, waiting } = await startHost();
    const socket = connectTcp(host.port, '127.0.0.1');
    cleanUp = () => socket.destroy();
    socket.on('error', () => {});
    const closed = once(socket, 'close');
    socket.resume();
    socket.write(get.repeat(MAX_PIPELINED + 2));
    await closed;
    expect(waiting).toHaveLength(1);
    await host.close(0);
  });
});

describe('an HTTP/2 client is cut off', () => {
  const closedBy = async (port: number, bytes: Buffer | string) => {
    const socket = connectTcp(port, '127.0.0.1');
    cleanUp = () => socket.destroy();
    socket.resume();
    socket.write(bytes);
    await once(socket, 'close');
  };
  const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
  const settings = Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]);

  test.each([
    ['in the middle of its preface', preface.subarray(0, 18)],
    ['before its settings', preface],
  ])('that stops %s', async (_, bytes) => {
    const { host } = await startHost({ ...HOST_LIMITS, preface: SHORT_MS });
    await closedBy(host.port, bytes);
    await host.close(0);
  });

  test.each([
    ['asks nothing', Buffer.concat([preface, settings])],
    // A frame of headers that says more are to come.
    ['never ends its headers', Buffer.concat([preface, settings, Buffer.from([0, 0, 1, 1, 0, 0, 0, 0, 1, 0x82])])],
  ])('that %s', async (_, bytes) => {
    const { host, waiting } = await startHost({ ...HOST_LIMITS, headers: SHORT_MS });
    await closedBy(host.port, bytes);
    expect(waiting).toHaveLength(0);
    await host.close(0);
  });

  test('that asks nothing more', async () => {
    const { host, url, asked } = await startHost({ ...HOST_LIMITS, idle: SHORT_MS });
    const session = connect(url);
    cleanUp = () => session.destroy();
    const stream = session.request({ ':path': '/' });
    stream.resume();
    (await asked()).end();
    await once(session, 'close');
    await host.close(0);
  });

  test('whose body does not come, and nobody else on its connection', async () => {
    const { host, url, asked } = await startHost({ ...HOST_LIMITS, headers: SHORT_MS, body: SHORT_MS });
    const session = connect(url);
    cleanUp = () => session.destroy();
    const late = session.request({ ':path': '/', ':method': 'POST' });
    late.on('error', () => {});
    late.write('{');
    await asked();
    const other = session.request({ ':path': '/' });
    const res = await asked();
    await once(late, 'close');
    res.end('here');
    const [bytes] = await once(other, 'data');
    expect(String(bytes)).toBe('here');
    session.destroy();
    await host.close(0);
  });

  test('where it asks too much at once', async () => {
    const { host, url } = await startHost();
    const session = connect(url);
    cleanUp = () => session.destroy();
    const [settings] = await once(session, 'remoteSettings');
    expect(settings.maxConcurrentStreams).toBe(MAX_STREAMS);
    session.destroy();
    await host.close(0);
  });
});
