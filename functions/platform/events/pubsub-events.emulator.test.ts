import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PubSub } from '@google-cloud/pubsub';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { decodePush } from './decode-push.ts';
import type { Event } from './events.ts';
import { connectPubSubEvents } from './pubsub-events.ts';

const projectId = 'demo-mesh';
const topicName = `t-${process.pid}-${process.hrtime.bigint()}`;
const client = new PubSub({ projectId });
const heard: Event[] = [];
let refusals = 0;
let notify = () => {};
let server: Server;

beforeAll(async () => {
  server = createServer(async (req, res) => {
    const body = Buffer.concat(await req.toArray()).toString();
    const event = decodePush(JSON.parse(body));
    if (event?.data.refuse === true && refusals++ === 0) {
      res.writeHead(500).end();
      return;
    }
    if (event) heard.push(event);
    res.writeHead(204).end();
    notify();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const [topic] = await client.createTopic(topicName);
  await topic.createSubscription(`${topicName}-push`, {
    pushConfig: { pushEndpoint: `http://127.0.0.1:${port}/push` },
  });
});

afterAll(async () => {
  await client.topic(topicName).delete();
  await client.close();
  server.closeAllConnections();
  server.close();
});

test('what is published is pushed, and pushed again when it was refused', async () => {
  const events = connectPubSubEvents({ projectId, topicNames: { usage: topicName } });
  const both = new Promise<void>((resolve) => {
    notify = () => {
      if (new Set(heard.map(({ id }) => id)).size === 2) resolve();
    };
  });
  await events.publish('usage', { id: 'a', data: { amount: '0.000000001' } });
  await events.publish('usage', { id: 'b', data: { refuse: true } });
  await both;
  await events.close();
  expect(heard.find(({ id }) => id === 'a')).toEqual({ id: 'a', data: { amount: '0.000000001' } });
  expect(refusals).toBeGreaterThanOrEqual(1);
}, 60_000);
