import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { chunkReply, errorReply } from '../../functions/router/api/reply-schemas.ts';
import { openApiDocument, operations } from '../../functions/router/http/openapi.ts';
import { routes } from '../../functions/router/routes.ts';
import { memoryTelemetry } from '../support/memory-telemetry.ts';
import { type Account, type Mesh, startMesh } from '../support/start-mesh.ts';

let mesh: Mesh;
let account: Account;
let chargedId: string;
beforeAll(async () => {
  mesh = await startMesh({ telemetry: memoryTelemetry() });
  account = await mesh.makeOwner();
  const { openai } = account;
  chargedId = (
    await openai.chat.completions.create({ model: 'mesh/echo', messages: [{ role: 'user', content: 'Hi' }] })
  ).id;
});
afterAll(() => mesh.close());

const messages = [{ role: 'user', content: 'Hello' }];
const bodies: Record<string, () => unknown> = {
  'post /v1/chat/completions': () => ({ model: 'mesh/echo', messages }),
  'post /v1/router/select': () => ({ messages }),
  'post /v1/chat/compare': () => ({ models: ['mesh/echo', 'mesh/echo'], messages }),
  'put /v1/rates/USD_INR': () => ({ rate: '88.5', as_of: '2026-11-20', reason: 'A test' }),
  'post /v1/usage': () => ({ group_by: ['day', 'model'] }),
  'post /v1/usage/events': () => ({ limit: 5 }),
  'post /v1/owners': () => ({ name: 'Contract' }),
  'post /v1/owners/{id}/topups': () => ({ amount: '1', currency: 'USD', reference: `r${Math.random()}` }),
  'patch /v1/owners/{id}': () => ({
    name: 'Renamed',
    rpm_limit: 1_000,
    spend_caps: { daily: '100' },
    low_balance: '0.5',
  }),
  'post /v1/owners/{id}/adjustments': () => ({ amount: '-1', currency: 'USD', reference: 'fix', reason: 'A test' }),
  'post /v1/owners/{id}/refunds': () => ({ request_id: chargedId, reference: 'back', reason: 'A test' }),
  'post /v1/keys': () => ({
    owner_id: account.ownerId,
    allowed_models: ['mesh/echo'],
    expires_at: '2099-01-01T00:00:00Z',
  }),
  'patch /v1/keys/{id}': () => ({ label: 'renamed', default_params: { temperature: 0.1 } }),
};

function fill(path: string): string {
  if (path === '/v1/generation') return `${path}?id=${chargedId}`;
  if (path.startsWith('/v1/usage')) return path.replace('{id}', chargedId);
  if (path.startsWith('/v1/models') || path.startsWith('/v1/breakers')) return path.replace('{id}', 'mesh/echo');
  return path.replace('{id}', path.startsWith('/v1/keys') ? account.keyId : account.ownerId);
}

describe('every operation answers as /openapi.json says', () => {
  // Suspending the key comes last, since the others need it.
  const inOrder = [...operations].sort((a, b) => Number(a.method === 'delete') - Number(b.method === 'delete'));
  test.each(inOrder.map((each) => [`${each.method} ${each.path}`, each] as const))('%s', async (name, operation) => {
    const key = operation.key === 'admin' ? mesh.adminKey : account.key;
    const body = bodies[name]?.();
    const reply = await mesh.call(operation.method.toUpperCase(), fill(operation.path), {
      ...(operation.key === null ? {} : { key }),
      body,
    });
    const schema = operation.replies[reply.status];
    expect(schema).toBeDefined();
    if (schema === null) expect(reply.text).toBe('');
    else expect(schema?.safeParse(operation.text ? reply.text : reply.body).error?.issues ?? []).toEqual([]);
    if (operation.key !== null) {
      const refused = await mesh.call(operation.method.toUpperCase(), fill(operation.path), { body });
      expect(refused.status).toBe(401);
      expect(errorReply.safeParse(refused.body).error?.issues ?? []).toEqual([]);
    }
  });
});

test('every chunk of a stream is as the document says', async () => {
  const fresh = await mesh.makeOwner();
  const { text } = await mesh.call('POST', '/v1/chat/completions', {
    key: fresh.key,
    body: { model: 'mesh/echo', messages, stream: true },
  });
  const frames = text
    .trimEnd()
    .split('\n\n')
    .slice(0, -1)
    .map((frame) => JSON.parse(frame.slice('data: '.length)));
  expect(frames.length).toBeGreaterThan(2);
  for (const frame of frames) expect(chunkReply.safeParse(frame).error?.issues ?? []).toEqual([]);
});

test('the document names every route, and no other', () => {
  const ofDocument = operations.map(({ method, path }) => `${method.toUpperCase()} ${path}`);
  for (const { method, pattern } of routes) {
    const found = operations.filter(
      (each) => each.method.toUpperCase() === method && pattern.test(each.path.replace('{id}', 'x')),
    );
    expect([`${method} ${pattern}`, found.length]).toEqual([`${method} ${pattern}`, 1]);
  }
  expect(ofDocument).toHaveLength(routes.length);
});

test('the document is served, and is OpenAPI 3.1', async () => {
  const { body } = await mesh.call('GET', '/openapi.json');
  expect(body).toEqual(JSON.parse(JSON.stringify(openApiDocument())));
  expect(body.openapi).toBe('3.1.0');
  const chat = body.paths['/v1/chat/completions'].post;
  expect(chat.requestBody.content['application/json'].schema.required).toEqual(['model', 'messages']);
  expect(Object.keys(chat.responses['200'].content)).toEqual(['application/json', 'text/event-stream']);
});
