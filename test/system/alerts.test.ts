import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { type Mesh, startMesh } from '../support/start-mesh.ts';

/** Somebody's server, what it was told, and what it answers. */
let server: Server;
let url: string;
const told: { headers: IncomingHttpHeaders; body: string }[] = [];
let status = 204;
let mesh: Mesh;

beforeAll(async () => {
  server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    told.push({ headers: request.headers, body });
    response.writeHead(status).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
  mesh = await startMesh();
});
afterAll(async () => {
  await mesh.close();
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  told.length = 0;
  status = 204;
});

const admin = (method: string, path: string, body?: object) =>
  mesh.call(method, path, { key: mesh.adminKey, ...(body === undefined ? {} : { body }) });
const delivered = async (id: string) => {
  for (;;) {
    const { body } = await admin('GET', `/v1/alerts/deliveries/${id}`);
    if (body.status !== 'pending' || body.last_status !== null) return body;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
};

test('an owner whose balance gets low is told by a signed webhook', async () => {
  const { ownerId, openai } = await mesh.makeOwner({ amount: '1' });
  await admin('PATCH', `/v1/owners/${ownerId}`, { low_balance: '0.99999' });
  const { body: channel } = await admin('POST', '/v1/alerts/channels', {
    owner_id: ownerId,
    type: 'webhook',
    target: url,
  });
  expect(channel.secret).toMatch(/^whsec_/);
  while (told.length === 0) {
    await openai.chat.completions.create({
      model: 'mesh/echo',
      messages: [{ role: 'user', content: 'x '.repeat(500) }],
    });
  }
  const [{ headers, body }] = told as [(typeof told)[number]];
  expect(new Webhook(channel.secret).verify(body, headers as Record<string, string>)).toMatchObject({
    type: 'alert.low_balance',
    data: { owner_id: ownerId },
  });
  const { body: alerts } = await admin('GET', '/v1/alerts');
  expect(alerts.data[0]).toMatchObject({ kind: 'low_balance', facts: { owner_id: ownerId } });
  const [delivery] = (await admin('GET', `/v1/alerts/deliveries?channel_id=${channel.id}`)).body;
  expect(delivery.id).toBe(headers['webhook-id']);
}, 30_000);

describe('a channel', () => {
  test('is tested, rotated, changed and deleted', async () => {
    const { body: channel } = await admin('POST', '/v1/alerts/channels', { type: 'webhook', target: url });
    const { body: test } = await admin('POST', `/v1/alerts/channels/${channel.id}/test`);
    expect(await delivered(test.delivery_id)).toMatchObject({ status: 'delivered', attempts: 1, last_status: 204 });
    const { body: rotated } = await admin('POST', `/v1/alerts/channels/${channel.id}/rotate`);
    expect(rotated.secret).not.toBe(channel.secret);
    await admin('POST', `/v1/alerts/deliveries/${test.delivery_id}/redeliver`);
    while (told.length < 2) await new Promise((resolve) => setTimeout(resolve, 10));
    for (const secret of [channel.secret, rotated.secret]) {
      new Webhook(secret).verify(told[1]?.body ?? '', told[1]?.headers as Record<string, string>);
    }
    const off = await admin('PATCH', `/v1/alerts/channels/${channel.id}`, { status: 'disabled' });
    expect(off.body).toMatchObject({ status: 'disabled', target: url });
    expect((await admin('DELETE', `/v1/alerts/channels/${channel.id}`)).status).toBe(204);
    expect((await admin('GET', `/v1/alerts/channels/${channel.id}`)).status).toBe(404);
  });

  test('whose server is gone is switched off', async () => {
    status = 410;
    const { body: channel } = await admin('POST', '/v1/alerts/channels', { type: 'webhook', target: url });
    const { body: test } = await admin('POST', `/v1/alerts/channels/${channel.id}/test`);
    expect(await delivered(test.delivery_id)).toMatchObject({ status: 'failed', last_status: 410 });
    const { body } = await admin('GET', `/v1/alerts/channels/${channel.id}`);
    expect(body).toMatchObject({ status: 'disabled', disabled_reason: 'gone' });
    await admin('DELETE', `/v1/alerts/channels/${channel.id}`);
  });

  test('of Slack never shows its URL again', async () => {
    const target = 'https://hooks.slack.com/services/T0/B0/secret';
    const made = await admin('POST', '/v1/alerts/channels', { type: 'slack', target });
    expect(made.text).not.toContain('secret');
    expect(made.body.target).toBe('https://hooks.slack.com/…');
    await admin('DELETE', `/v1/alerts/channels/${made.body.id}`);
  });

  test.each([
    [{ type: 'webhook', target: 'ftp://example.com' }, 400],
    [{ type: 'webhook', target: 'https://a:b@example.com' }, 400],
    [{ type: 'email', target: 'nobody' }, 400],
    [{ type: 'webhook', target: 'https://example.com', owner_id: 'own_none' }, 404],
  ])('%j is refused', async (body, code) => {
    expect((await admin('POST', '/v1/alerts/channels', body)).status).toBe(code);
  });

  test('is for the admin key alone', async () => {
    const { key } = await mesh.makeOwner();
    for (const path of ['/v1/alerts', '/v1/alerts/channels', '/v1/alerts/deliveries']) {
      expect((await mesh.call('GET', path, { key })).status).toBe(403);
    }
  });
});

test('a secret is made of the router’s own key and stands nowhere', async () => {
  const { body: channel } = await admin('POST', '/v1/alerts/channels', { type: 'webhook', target: url });
  const secret = channel.secret.slice('whsec_'.length);
  const stored = await mesh.documents.query({ collection: 'alert_channels' });
  const text = JSON.stringify(stored, (_key, value) => (typeof value === 'bigint' ? Number(value) : value));
  expect(text).toContain(channel.id);
  expect(text + mesh.log.lines.join('')).not.toContain(secret);
  expect(createHmac('sha256', Buffer.from(secret, 'base64')).update('').digest()).toHaveLength(32);
  await admin('DELETE', `/v1/alerts/channels/${channel.id}`);
});
