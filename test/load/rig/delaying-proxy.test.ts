import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { type DelayingProxy, startDelayingProxy } from './delaying-proxy.ts';

const DELAY_MS = 40;

const server = createServer((socket) => socket.pipe(socket));
let proxy: DelayingProxy;
afterEach(async () => {
  await proxy.close();
  server.close();
});

test('what is sent comes later by the delay, whole and in order', async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  proxy = await startDelayingProxy(`127.0.0.1:${(server.address() as AddressInfo).port}`, DELAY_MS);
  const client = connect({ port: Number(proxy.host.split(':')[1]), host: '127.0.0.1', noDelay: true });
  await once(client, 'connect');
  const startedAt = performance.now();
  const sent = Array.from({ length: 50 }, (_, n) => `${n},`);
  for (const piece of sent) client.write(piece);
  let received = '';
  while (received.length < sent.join('').length) received += String((await once(client, 'data'))[0]);
  // A timer may be a millisecond early.
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(DELAY_MS - 1);
  expect(received).toBe(sent.join(''));
  client.destroy();
});
