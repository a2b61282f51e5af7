import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface DelayingProxy {
  /** Host and port. */
  host: string;
  close(): Promise<void>;
}

/** Stands before a server as if it were further away: whatever is sent to it arrives so much later, in order; answers at once. */
export async function startDelayingProxy(target: string, delayMs: number): Promise<DelayingProxy> {
  const [hostname = '', port] = target.split(':');
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (client) => {
    const upstream = connect({ host: hostname, port: Number(port), noDelay: true });
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.once('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
    // Timers of one length fire in the order in which they were set.
    client.on('data', (bytes) => setTimeout(() => upstream.write(bytes), delayMs));
    client.on('end', () => setTimeout(() => upstream.end(), delayMs));
    upstream.on('data', (bytes) => client.write(bytes));
  });
  server.listen({ port: 0, host: '127.0.0.1', backlog: 1_024 });
  await once(server, 'listening');
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
