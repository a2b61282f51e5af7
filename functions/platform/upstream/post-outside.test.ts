import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { postOutside } from './post-outside.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function listen(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('a post to somebody outside', () => {
  test('says the status, and follows no redirect', async () => {
    let asked = 0;
    const url = await listen((_request, response) => {
      asked++;
      response.writeHead(302, { location: '/elsewhere' }).end();
    });
    expect(await postOutside({ allowPrivate: true })({ url, headers: {}, body: '{}' })).toEqual({ status: 302 });
    expect(asked).toBe(1);
  });

  test('to nobody says so', async () => {
    const post = postOutside({ allowPrivate: true });
    await expect(post({ url: 'http://127.0.0.1:9', headers: {}, body: '' })).rejects.toMatchObject({
      reason: 'no_answer',
    });
  });

  test.each(['http://127.0.0.1:1/', 'http://[::1]:1/', 'http://2130706433/', 'http://0x7f.1/', 'http://localhost:1/'])(
    '%s is private, and nothing is sent there',
    async (url) => {
      const post = postOutside({ allowPrivate: false });
      await expect(post({ url, headers: {}, body: '' })).rejects.toMatchObject({ reason: 'private_address' });
    },
  );

  test('a name that points to this machine is not connected to', async () => {
    let asked = 0;
    const url = (
      await listen((_request, response) => {
        asked++;
        response.end();
      })
    ).replace('127.0.0.1', 'localhost');
    const post = postOutside({ allowPrivate: false });
    await expect(post({ url, headers: {}, body: '' })).rejects.toMatchObject({ reason: 'private_address' });
    expect(asked).toBe(0);
  });
});
