import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PubSub } from '@google-cloud/pubsub';
import { expect, test } from '@jest/globals';
import { describeEmulated } from '../../../test/support/describe-emulated.ts';
import { decodePush } from './decode-push.ts';
import type { EventHandler, Events } from './events.ts';
import { describeEvents } from './events-contract.ts';
import { connectPubSubEvents } from './pubsub-events.ts';

const projectId = 'demo-mesh';
/** https://grpc.io/docs/guides/status-codes */
const NOT_FOUND = 5;

describeEmulated('Pub/Sub', () => {
  describeEvents('events', openPubSub);

  test('a topic that is not there is an error, and closing goes on', async () => {
    const events = connectPubSubEvents({ projectId, topicNames: { usage: `missing-${randomUUID()}` } });
    await expect(events.publish('usage', { id: 'a', data: {} })).rejects.toMatchObject({ code: NOT_FOUND });
    await events.close();
  });
});

/** A topic of its own with a push subscription for each handler: to a server that answers 204, or 500 when it throws. */
async function openPubSub(handlers: EventHandler[]): Promise<Events> {
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
  const events = connectPubSubEvents({ projectId, topicNames: { usage: topic.name } });
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
