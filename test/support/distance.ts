import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface Distance {
  /** Host and port of the server as somebody far away sees it. */
  host: string;
  close(): Promise<void>;
}

/**
 * Puts a server so far away that an answer takes `roundTripMs` longer: every byte takes half of it, each way, in order. A new
 * connection takes nothing more, unlike in life, where it takes two or three round trips with TLS; those that are kept do not.
 */
export async function startDistance(target: string, roundTripMs: number): Promise<Distance> {
  const [hostname = '', port] = target.split(':');
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (client) => {
    const there = connect({ host: hostname, port: Number(port), noDelay: true });
    for (const [from, to] of [
      [client, there],
      [there, client],
    ] as const) {
      sockets.add(from);
      const later = (act: () => void) => setTimeout(act, roundTripMs / 2);
      from.on('data', (bytes) => later(() => to.writable && to.write(bytes)));
      from.on('end', () => later(() => to.end()));
      from.on('error', () => to.destroy());
      from.on('close', () => sockets.delete(from));
    }
  });
  server.listen(0, '127.0.0.1');
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
