import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { ROLLUPS } from '../../functions/core/ledger/rollups.ts';
import { tellErrorShares } from '../../functions/router/watch/tell-error-shares.ts';
import { tellRetiring } from '../../functions/router/watch/tell-retiring.ts';
import { tellStatements } from '../../functions/router/watch/tell-statements.ts';
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

describe('a rule', () => {
  test('is made, read, changed and deleted, and an owner has so many', async () => {
    const { ownerId } = await mesh.makeOwner();
    const made = await admin('POST', '/v1/alerts/rules', { owner_id: ownerId, percent: 10 });
    expect([made.status, made.body]).toEqual([
      201,
      {
        id: expect.stringMatching(/^arl_/),
        owner_id: ownerId,
        model: null,
        provider: null,
        percent: 10,
        window_hours: 1,
        least_requests: 20,
        created_at: expect.any(String),
      },
    ]);
    const path = `/v1/alerts/rules/${made.body.id}`;
    expect((await admin('PATCH', path, { percent: 25 })).body).toEqual({ ...made.body, percent: 25 });
    expect((await admin('GET', path)).body.percent).toBe(25);
    expect((await admin('GET', `/v1/alerts/rules?owner_id=${ownerId}`)).body).toHaveLength(1);
    for (let n = 1; n < 20; n++) await admin('POST', '/v1/alerts/rules', { owner_id: ownerId, percent: n });
    expect((await admin('POST', '/v1/alerts/rules', { owner_id: ownerId, percent: 1 })).body.error.code).toBe(
      'conflict',
    );
    expect((await admin('DELETE', path)).status).toBe(204);
    expect((await admin('GET', path)).status).toBe(404);
  });

  test.each([
    [{ percent: 0 }, 400],
    [{ percent: 101 }, 400],
    [{ percent: 10.5 }, 400],
    [{ percent: 10, window_hours: 25 }, 400],
    [{ percent: 10, least_requests: 0 }, 400],
    [{ percent: 10, endpoint: 'x' }, 400],
    [{}, 400],
    [{ percent: 10, owner_id: 'own_none' }, 404],
  ])('%j is refused', async (body, code) => {
    expect((await admin('POST', '/v1/alerts/rules', body)).status).toBe(code);
  });
});

describe('what time alone brings is told by webhook, once, however many instances look', () => {
  const hooked = async (ownerId: string) =>
    (await admin('POST', '/v1/alerts/channels', { owner_id: ownerId, type: 'webhook', target: url })).body;
  const ports = () => ({ documents: mesh.documents, log: mesh.log, events: mesh.events });
  /** Usage is counted after its answer. */
  const counted = async (ownerId: string) => {
    const where = [{ field: 'owner_id', op: '==', value: ownerId } as const];
    while ((await mesh.documents.query({ collection: ROLLUPS, where })).length === 0) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  const toldTo = async (kind: string, ownerId: string) => {
    const of = () =>
      told
        .map(({ body }) => JSON.parse(body))
        .filter(({ type, data }) => type === `alert.${kind}` && data.owner_id === ownerId);
    while (of().length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    return of();
  };

  test('a share of errors', async () => {
    const { ownerId, key } = await mesh.makeOwner();
    const channel = await hooked(ownerId);
    await admin('POST', '/v1/alerts/rules', { owner_id: ownerId, model: 'acme/dead', percent: 50, least_requests: 1 });
    const place = { format: 'chat', base_url: 'http://127.0.0.1:9', auth: { type: 'none' } };
    await admin('PUT', '/v1/catalogue/providers/acme', place);
    const endpoints = [{ provider: 'acme', model: 'dead', price: { input: '1', output: '1' } }];
    const dead = { context_length: 10_000, max_output_tokens: 1_000, endpoints };
    await admin('PUT', '/v1/catalogue/models/acme/dead', dead);
    const body = { model: 'acme/dead', messages: [{ role: 'user', content: 'Hi' }] };
    expect((await mesh.call('POST', '/v1/chat/completions', { key, body })).status).toBeGreaterThanOrEqual(500);
    await counted(ownerId);
    const now = mesh.services.now();
    await Promise.all([tellErrorShares(ports(), now), tellErrorShares(ports(), now)]);
    expect(await toldTo('error_share', ownerId)).toMatchObject([
      { data: { owner_id: ownerId, model: 'acme/dead', requests: 1, errors: 1, percent: 50 } },
    ]);
    await admin('DELETE', `/v1/alerts/channels/${channel.id}`);
  });

  test('a model that ends, and the statement of a month', async () => {
    const { ownerId, openai } = await mesh.makeOwner();
    const channel = await hooked(ownerId);
    await openai.chat.completions.create({ model: 'mesh/echo', messages: [{ role: 'user', content: 'Hi' }] });
    await counted(ownerId);
    const now = mesh.services.now();
    const day = new Date(now + 5 * 86_400_000).toISOString().slice(0, 10);
    expect((await admin('PUT', '/v1/catalogue/models/mesh/echo', { retires_at: day })).status).toBe(200);
    const catalogue = mesh.services.catalogue();
    await Promise.all([tellRetiring(ports(), catalogue, now), tellRetiring(ports(), catalogue, now)]);
    expect(await toldTo('model_retiring', ownerId)).toMatchObject([
      { data: { owner_id: ownerId, model: 'mesh/echo', retires_at: day, days: 7 } },
    ]);
    await admin('DELETE', '/v1/catalogue/models/mesh/echo');
    const later = now + 40 * 86_400_000;
    await Promise.all([tellStatements(ports(), later), tellStatements(ports(), later)]);
    const [statement, ...others] = await toldTo('statement_ready', ownerId);
    expect(others).toEqual([]);
    expect(statement.data).toMatchObject({ owner_id: ownerId, month: expect.stringMatching(/^\d{4}-\d{2}$/) });
    await admin('DELETE', `/v1/alerts/channels/${channel.id}`);
  });
});

test('a delivery that two ask to have told again at once is one, and told once more', async () => {
  const { body: channel } = await admin('POST', '/v1/alerts/channels', { type: 'webhook', target: url });
  const { body: test } = await admin('POST', `/v1/alerts/channels/${channel.id}/test`);
  await delivered(test.delivery_id);
  expect(told).toHaveLength(1);
  const path = `/v1/alerts/deliveries/${test.delivery_id}/redeliver`;
  const replies = await Promise.all(Array.from({ length: 5 }, () => admin('POST', path)));
  expect(replies.map(({ status }) => status)).toEqual([202, 202, 202, 202, 202]);
  while (told.length < 2) await new Promise((resolve) => setTimeout(resolve, 10));
  await delivered(test.delivery_id);
  expect(new Set(told.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
  expect(told).toHaveLength(2);
  expect((await admin('GET', `/v1/alerts/deliveries?channel_id=${channel.id}`)).body).toHaveLength(1);
  await admin('DELETE', `/v1/alerts/channels/${channel.id}`);
});
