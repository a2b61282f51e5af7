import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Account, type Mesh, startMesh } from '../support/start-mesh.ts';

let mesh: Mesh;
let us: Account;
let others: Account;
const month = () => new Date().toISOString().slice(0, 7);

beforeAll(async () => {
  mesh = await startMesh();
  [us, others] = await Promise.all([mesh.makeOwner({ amount: '100', currency: 'INR' }), mesh.makeOwner()]);
  const messages = [{ role: 'user' as const, content: 'Hello there' }];
  for (let n = 0; n < 3; n++) await us.openai.chat.completions.create({ model: 'mesh/echo', messages });
  const adjust = { amount: '-2.5', currency: 'INR', reference: 'fix', reason: '<script>alert("1")</script>' };
  await mesh.call('POST', `/v1/owners/${us.ownerId}/adjustments`, { key: mesh.adminKey, body: adjust });
  await mesh.call('PATCH', `/v1/owners/${us.ownerId}`, { key: mesh.adminKey, body: { name: 'Ann & <b>Sons</b>' } });
  for (const deadline = performance.now() + 10_000; performance.now() < deadline; ) {
    if ((await mesh.call('POST', '/v1/usage', { key: us.key, body: {} })).body.total.requests === 3) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
});
afterAll(() => mesh.close());

const read = (query = '', key = us.key, of = month()) => mesh.call('GET', `/v1/statements/${of}${query}`, { key });

test('a statement says what became of the money, and closes with the balance', async () => {
  const { status, body } = await read();
  expect(status).toBe(200);
  expect(body).toMatchObject({
    month: month(),
    owner_id: us.ownerId,
    currency: 'INR',
    final: false,
    opening_balance: '0',
    topups: '100',
    adjustments: '-2.5',
    refunds: '0',
    charges: '0.000396',
    charges_usd: '0.0000045',
    charges_inr: '0.000396',
    closing_balance: '97.499604',
    lines: [
      { kind: 'topup', reference: 'first' },
      { kind: 'adjustment', reference: 'fix' },
    ],
    models: [{ model: 'mesh/echo', provider: 'mesh', requests: 3, amount: '0.000396', cost_usd: '0.0000045' }],
    rates: [{ rate: '88', source: 'built-in' }],
  });
  const owner = await mesh.call('GET', `/v1/owners/${us.ownerId}`, { key: mesh.adminKey });
  expect(body.closing_balance).toBe(owner.body.balance);
});

test('it is a file, and a page in which nothing runs', async () => {
  const file = await read('?format=csv');
  expect(file.headers.get('content-disposition')).toBe(`attachment; filename="statement-${month()}.csv"`);
  expect(file.text).toMatch(/\r\nclosing,[^\r]*,97\.499604,INR,,\r\n$/);
  const page = await read('?format=html');
  expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
  expect(page.headers.get('cache-control')).toBe('private, no-store');
  expect(page.text).toContain('97.499604 INR');
  expect(page.text).toContain('Ann &amp; &lt;b&gt;Sons&lt;/b&gt;');
  expect(page.text).toContain('&lt;script&gt;alert');
  expect(page.text).not.toMatch(/<script|<b>/);
});

test('another owner’s is another one, and the administration says whose it wants', async () => {
  expect((await read('', others.key)).body).toMatchObject({ owner_id: others.ownerId, charges: '0', topups: '10' });
  const [theirs, nobodys] = await Promise.all(
    [us.ownerId, 'own_nobody'].map((id) => read(`?owner_id=${id}`, others.key)),
  );
  expect([theirs?.status, { ...theirs?.body, request_id: '' }]).toEqual([404, { ...nobodys?.body, request_id: '' }]);
  expect((await read('', mesh.adminKey)).body.error.param).toBe('owner_id');
  expect((await read(`?owner_id=${us.ownerId}`, mesh.adminKey)).body.closing_balance).toBe('97.499604');
});

test('a month before has nothing, and is final; one that has not begun is not there', async () => {
  expect((await read('', us.key, '2020-02')).body).toMatchObject({ final: true, closing_balance: '0', lines: [] });
  for (const name of ['2999-01', '2020-13', 'latest']) expect((await read('', us.key, name)).status).toBe(404);
  expect((await read('?format=pdf')).status).toBe(400);
});
