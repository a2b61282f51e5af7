import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { connect } from 'node:http2';
import { connect as connectTcp } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { serve } from './serve.ts';

/** Long enough that a test which waits for it fails. */
const GRACE_MS = 60_000;

let cleanUp: () => void = () => {};
afterEach(() => cleanUp());

async function startHost() {
  const waiting: ServerResponse[] = [];
  const host = await serve((_req, res) => void waiting.push(res), 0, '127.0.0.1');
  const url = `http://127.0.0.1:${host.port}`;
  const asked = async () => {
    while (waiting.length === 0) await new Promise((resolve) => setImmediate(resolve));
    return waiting.shift() as ServerResponse;
  };
  return { host, url, asked };
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
    const get = 'GET / HTTP/1.1\r\nhost: mesh\r\n\r\n';
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
