import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface CuttingProxy {
  /** Host and port. */
  host: string;
  /** Connections that were cut. */
  cuts(): number;
  close(): Promise<void>;
}

/**
 * Stands before a server that speaks HTTP/1.1 and breaks the connection of every n-th of the requests that `isMeant`: before the
 * server hears of it, or after it has answered.
 */
export async function startCuttingProxy(
  target: string,
  moment: 'before' | 'after',
  every: number,
  isMeant: (request: string) => boolean,
): Promise<CuttingProxy> {
  const [hostname, port] = target.split(':');
  const sockets = new Set<Socket>();
  let requests = 0;
  let cuts = 0;

  const server = createServer({ noDelay: true }, (client) => {
    const upstream = connect({ host: hostname ?? '', port: Number(port), noDelay: true });
    let isWaiting = false;
    let isCut = false;
    const cut = () => {
      cuts++;
      client.resetAndDestroy();
      upstream.destroy();
    };
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
    client.on('data', (bytes) => {
      // A connection carries one request at a time: what comes after an answer begins the next.
      if (!isWaiting) isCut = isMeant(bytes.toString()) && ++requests % every === 0;
      isWaiting = true;
      if (isCut && moment === 'before') cut();
      else upstream.write(bytes);
    });
    upstream.on('data', (bytes) => {
      isWaiting = false;
      if (isCut) cut();
      else client.write(bytes);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    cuts: () => cuts,
    async close() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
