import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Requests that may wait on one HTTP/1.1 connection for the answers before theirs. Whoever sends more is cut off. */
export const MAX_PIPELINED = 100;

/**
 * Handles the requests of one connection in their order, each when the answer before it is with the client: Node would begin
 * with all of them at once, and keep all their answers until the first is read.
 */
export function oneAtATime(handle: RequestListener): RequestListener {
  const waiting = new WeakMap<Socket, { req: IncomingMessage; res: ServerResponse }[]>();

  function begin(socket: Socket, req: IncomingMessage, res: ServerResponse): void {
    res.once('close', () => {
      const next = waiting.get(socket)?.shift();
      if (next === undefined) waiting.delete(socket);
      else if (!socket.destroyed) begin(socket, next.req, next.res);
    });
    handle(req, res);
  }

  return (req, res) => {
    const { socket } = req;
    const queue = waiting.get(socket);
    if (queue === undefined) {
      waiting.set(socket, []);
      begin(socket, req, res);
    } else if (queue.length < MAX_PIPELINED) {
      queue.push({ req, res });
    } else {
      queue.length = 0;
      socket.destroy();
    }
  };
}
