import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PubSub } from '@google-cloud/pubsub';
import { decodePush } from '../../functions/platform/events/decode-push.ts';
import type { EventHandler, Events, Topic } from '../../functions/platform/events/events.ts';
import { connectPubSubEvents } from '../../functions/platform/events/pubsub-events.ts';

export const projectId = 'demo-mesh';

/** A topic of its own with a push subscription for each handler: to a server that answers 204, or 500 when it throws. */
export async function openPubSub(handlers: EventHandler[], name: Topic = 'usage'): Promise<Events> {
  const client = new PubSub({ projectId });
  const [topic] = await client.createTopic(`t-${randomUUID()}`);
  const servers = await Promise.all(handlers.map(serve));
  const subscriptions = await Promise.all(
    servers.map(async (server) => {
      const pushEndpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/push`;
      const [subscription] = await topic.createSubscription(`s-${randomUUID()}`, { pushConfig: { pushEndpoint } });
      return subscription;
    }),
  );
  const events = connectPubSubEvents({ projectId, topicNames: { [name]: topic.name } });
  return {
    publish: events.publish,
    async close() {
      await events.close();
      await Promise.all(subscriptions.map((subscription) => subscription.delete()));
      await topic.delete();
      await client.close();
      for (const server of servers) {
        server.closeAllConnections();
        server.close();
      }
    },
  };
}

async function serve(handle: EventHandler): Promise<Server> {
  const server = createServer(async (request, response) => {
    const event = decodePush(JSON.parse(Buffer.concat(await request.toArray()).toString()));
    const status =
      event === null
        ? 204
        : await handle(event).then(
            () => 204,
            () => 500,
          );
    response.writeHead(status).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}
