import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { CHANGES } from '../../functions/core/changes.ts';
import { MAX_VERSIONS, TEMPLATE_NAMES, TEMPLATE_VERSIONS, TEMPLATES } from '../../functions/core/templates/template.ts';
import { COLLECTIONS } from '../../infra/operate/restore-plan.ts';
import { json, startScriptedUpstream } from '../support/scripted-upstream.ts';
import { type Account, type Mesh, startMesh } from '../support/start-mesh.ts';

const answer = { choices: [{ index: 0, message: { role: 'assistant', content: 'ok' }, finish_reason: 'stop' }] };
const usage = { prompt_tokens: 5, completion_tokens: 1 };
let upstream: Awaited<ReturnType<typeof startScriptedUpstream>>;
let mesh: Mesh;
let us: Account;
let others: Account;
/** Bodies that reached the upstream. */
const asked: Record<string, unknown>[] = [];

beforeAll(async () => {
  upstream = await startScriptedUpstream((request) => {
    asked.push(JSON.parse(request.body) as Record<string, unknown>);
    return json({ ...answer, usage });
  });
  const endpoint = { provider: 'acme', model: 'm', price: { input: '1', output: '2' } };
  mesh = await startMesh({
    env: { ACME_API_KEY: 'k' },
    catalogue: {
      providers: {
        acme: { format: 'chat', base_url: `${upstream.url}/v1`, auth: { type: 'bearer', secret: 'acme-api-key' } },
      },
      models: {
        'acme/a': { context_length: 9_000, max_output_tokens: 100, endpoints: [endpoint] },
        'acme/b': { context_length: 9_000, max_output_tokens: 100, endpoints: [{ ...endpoint, model: 'n' }] },
        'acme/tools': {
          context_length: 9_000,
          max_output_tokens: 100,
          capabilities: ['tools'],
          endpoints: [endpoint],
        },
      },
    },
  });
});
afterAll(async () => {
  await mesh.close();
  await upstream.close();
});
beforeEach(async () => {
  asked.length = 0;
  [us, others] = await Promise.all([mesh.makeOwner(), mesh.makeOwner()]);
});

const call = (method: string, path: string, body?: object, key = us.key) =>
  mesh.call(method, path, { key, ...(body === undefined ? {} : { body }) });
const make = async (body: object) => (await call('POST', '/v1/templates', body)).body;
const chat = (body: object, key = us.key) => call('POST', '/v1/chat/completions', body, key);
const system = 'Speak {{ language }}.';
const messages = [{ role: 'user', content: 'Hello' }];

describe('a request with a template', () => {
  test('says what the template says first, and then its own', async () => {
    await make({ name: 'greeting', system, messages: [{ role: 'user', content: 'I am {{who}}.' }], model: 'acme/a' });
    const reply = await chat({ template: 'greeting', variables: { language: 'French', who: 'Ada' }, messages });
    expect(reply.status).toBe(200);
    expect(asked[0]?.messages).toEqual([
      { role: 'system', content: 'Speak French.' },
      { role: 'user', content: 'I am Ada.' },
      ...messages,
    ]);
    expect(asked[0]).not.toHaveProperty('template');
    expect(asked[0]).not.toHaveProperty('variables');
  });

  test('needs no messages of its own', async () => {
    await make({ name: 'whole', messages, model: 'acme/a' });
    expect((await chat({ template: 'whole' })).status).toBe(200);
  });

  test('wins over its key’s defaults, and those over the template', async () => {
    const { key } = await mesh.makeOwner({ key: { default_params: { temperature: 0.5 }, default_model: 'acme/b' } });
    const params = { temperature: 0.1, top_p: 0.2, seed: 3 };
    await call('POST', '/v1/templates', { name: 't', messages, model: 'acme/a', params }, key);
    await chat({ template: 't', seed: 4 }, key);
    expect(asked[0]).toMatchObject({ model: 'n', temperature: 0.5, top_p: 0.2, seed: 4 });
  });

  test('without a variable is 422 and asks nobody', async () => {
    await make({ name: 'greeting', system, model: 'acme/a' });
    const { status, body } = await chat({ template: 'greeting', variables: { other: 'x' }, messages });
    expect([status, body.error.param]).toEqual([422, 'variables.language']);
    expect(asked).toEqual([]);
  });

  test('compares models, and chooses one', async () => {
    await make({ name: 'greeting', system });
    const asks = { template: 'greeting', variables: { language: 'Tamil' }, messages };
    const compared = await call('POST', '/v1/chat/compare', { ...asks, models: ['acme/a', 'acme/b'] });
    expect(compared.status).toBe(200);
    expect(asked.map((body) => body.messages)).toEqual(
      Array(2).fill([{ role: 'system', content: 'Speak Tamil.' }, ...messages]),
    );
    expect((await call('POST', '/v1/router/select', asks)).status).toBe(200);
    expect((await call('POST', '/v1/router/select', { ...asks, variables: {} })).status).toBe(422);
  });
});

describe('versions', () => {
  test('each change makes one, which the next request uses, and older ones can be named', async () => {
    const { id } = await make({ name: 'v', system: 'one', model: 'acme/a' });
    await chat({ template: id, messages });
    expect((await call('PATCH', '/v1/templates/v', { system: 'two' })).body).toMatchObject({
      version: 2,
      model: 'acme/a',
    });
    await chat({ template: 'v', messages });
    await chat({ template: 'v@1', messages });
    expect(asked.map((body) => (body.messages as { content: string }[])[0]?.content)).toEqual(['one', 'two', 'one']);
    expect((await call('GET', `/v1/templates/${id}@1`)).body).toMatchObject({ version: 1, system: 'one' });
    expect((await call('GET', '/v1/templates/v@3')).status).toBe(404);
  });

  test('two changes at once make two, neither lost', async () => {
    const { id } = await make({ name: 'twice', system: 'one' });
    await Promise.all([
      call('PATCH', `/v1/templates/${id}`, { system: 'two' }),
      call('PATCH', `/v1/templates/${id}`, { model: 'acme/b' }),
    ]);
    expect((await call('GET', `/v1/templates/${id}`)).body).toMatchObject({
      version: 3,
      system: 'two',
      model: 'acme/b',
    });
  });

  test('the newest are kept', async () => {
    const { id } = await make({ name: 'many', system: '0' });
    for (let n = 1; n <= MAX_VERSIONS + 1; n++) await call('PATCH', `/v1/templates/${id}`, { system: String(n) });
    const { body } = await call('GET', `/v1/templates/${id}/versions`);
    expect(body.map(({ version }: { version: number }) => version)).toEqual(
      Array.from({ length: MAX_VERSIONS }, (_, at) => MAX_VERSIONS + 2 - at),
    );
    expect((await call('GET', `/v1/templates/${id}@2`)).status).toBe(404);
  });
});

describe('names', () => {
  test('are one owner’s once, and free again after a new name or the end', async () => {
    const { id } = await make({ name: 'a', system: 'x' });
    expect((await call('POST', '/v1/templates', { name: 'a', system: 'y' })).status).toBe(409);
    expect((await call('POST', '/v1/templates', { name: 'a', system: 'y' }, others.key)).status).toBe(201);
    await call('PATCH', `/v1/templates/${id}`, { name: 'b' });
    expect((await call('GET', '/v1/templates/a')).status).toBe(404);
    expect((await make({ name: 'a', system: 'z' })).name).toBe('a');
    expect((await call('PATCH', `/v1/templates/${id}`, { name: 'a' })).status).toBe(409);
    await call('DELETE', '/v1/templates/b');
    expect((await make({ name: 'b', system: 'z' })).name).toBe('b');
  });
});

describe('a name', () => {
  test.each([
    'greeting',
    '__proto__',
    'constructor',
    'toString',
    'a.b',
    'v2: long one',
    'नमस्ते',
    'größe-2',
    'x'.repeat(256),
  ])('%s is one, in a path and in a request', async (name) => {
    const made = await call('POST', '/v1/templates', { name, system: 'x', model: 'acme/a' });
    expect(made.status).toBe(201);
    expect((await call('GET', `/v1/templates/${encodeURIComponent(name)}`)).body).toEqual(made.body);
    expect((await chat({ template: name, messages })).status).toBe(200);
    expect((await chat({ template: `${name}@1`, messages })).status).toBe(200);
    expect((await chat({ template: name, messages, model: 'acme/a' }, others.key)).status).toBe(404);
    expect((await call('DELETE', `/v1/templates/${encodeURIComponent(name)}`)).status).toBe(204);
  });

  test.each([
    '',
    '.',
    '..',
    '...',
    ' ',
    ' a',
    'a ',
    'a/b',
    '../a',
    'a\\b',
    'a@1',
    'a\nb',
    'a\u0000b',
    'a%2Fb',
    '<b>',
    '\u202ea',
    'tpl_1',
    'x'.repeat(257),
    'x'.repeat(300),
  ])('%j is none', async (name) => {
    const { status, body } = await call('POST', '/v1/templates', { name, system: 'x' });
    expect([status, body.error.param]).toEqual([400, 'name']);
    const { id } = await make({ name: 'fine', system: 'x' });
    expect((await call('PATCH', `/v1/templates/${id}`, { name })).status).toBe(400);
  });

  test.each(['__proto__', 'constructor', '.', '..', '', 'x'.repeat(3_000), '%'])(
    'that nobody gave (%j) is not there',
    async (name) => expect((await chat({ template: name, messages, model: 'acme/a' })).status).toBe(404),
  );
});

test('another owner’s template answers as if it did not exist, by id, by name and by version', async () => {
  const { id } = await make({ name: 'mine', system: 'secret', model: 'acme/a' });
  for (const reference of [id, 'mine', `${id}@1`]) {
    const nothing = await call('GET', '/v1/templates/nothing', undefined, others.key);
    for (const [method, path, body] of [
      ['GET', `/v1/templates/${reference}`, undefined],
      ['GET', `/v1/templates/${reference}/versions`, undefined],
      ['PATCH', `/v1/templates/${reference}`, { system: 'taken' }],
      ['DELETE', `/v1/templates/${reference}`, undefined],
    ] as const) {
      const reply = await call(method, path, body, others.key);
      expect([reply.status, reply.body.error]).toEqual([404, nothing.body.error]);
    }
    expect((await chat({ template: reference, messages, model: 'acme/a' }, others.key)).status).toBe(404);
  }
  expect((await call('GET', '/v1/templates', undefined, others.key)).body).toEqual([]);
  expect((await call('GET', '/v1/templates')).body).toMatchObject([{ id, name: 'mine' }]);
});

test.each([
  ['name', { name: 'a@b', system: 'x' }],
  ['messages.0.role', { name: 'a', messages: [{ role: 'nobody', content: 'x' }] }],
  ['variables', { name: 'a', system, variables: ['tongue'] }],
  ['params.messages', { name: 'a', params: { messages: [] } }],
  ['params.temperature', { name: 'a', params: { temperature: 3 } }],
  ['params.temprature', { name: 'a', params: { temprature: 0.3 } }],
  ['params.tools.0.function.name', { name: 'a', params: { tools: [{ type: 'function', function: {} }] } }],
  ['params.best_of', { name: 'a', params: { best_of: 2 } }],
  ['params.template', { name: 'a', params: { template: 'b' } }],
  ['messages', { name: 'a', system: 'x'.repeat(65_536) }],
])('a mistake is named: %s', async (param, body) => {
  const reply = await call('POST', '/v1/templates', body);
  expect([reply.status, reply.body.error.param]).toEqual([400, param]);
});

test('the audit log has the hash of each version, the newest too', async () => {
  const { id } = await make({ name: 'hashed', system: 'one' });
  await Promise.all(['two', 'three'].map((system) => call('PATCH', `/v1/templates/${id}`, { system })));
  const { body } = await call('GET', `/v1/templates/${id}/versions`);
  const where = [{ field: 'template_id', op: '==', value: id } as const];
  const told = (await mesh.documents.query({ collection: CHANGES, where })).map(({ data }) => data.sha256);
  expect(told.sort()).toEqual(body.map(({ sha256 }: { sha256: string }) => sha256).sort());
});

test('its text stands in its own documents alone, and in none when it is deleted', async () => {
  const canary = 'canary-template-5d1c';
  const { id } = await make({ name: 'c', system: canary, model: 'acme/a' });
  await call('PATCH', `/v1/templates/${id}`, { description: canary });
  await chat({ template: 'c', messages });
  const all = async (collection: string) =>
    JSON.stringify(await mesh.documents.query({ collection }), (_key, value) =>
      typeof value === 'bigint' ? Number(value) : value,
    );
  const audit = await all(CHANGES);
  expect(audit).toContain('template.update');
  expect(audit + mesh.log.lines.join('')).not.toContain(canary);
  expect(await all(TEMPLATES)).toContain(canary);
  await call('DELETE', `/v1/templates/${id}`);
  for (const collection of [TEMPLATES, TEMPLATE_VERSIONS, TEMPLATE_NAMES]) {
    expect(await all(collection)).not.toContain(id);
  }
  expect((await chat({ template: 'c', messages })).status).toBe(404);
});

test('a change that a request would be refused for is refused, and the version before stays', async () => {
  const { id } = await make({ name: 'kept', system: 'x', model: 'acme/a', params: { seed: 1, made_up: 'yes' } });
  expect((await call('PATCH', `/v1/templates/${id}`, { params: { top_p: '1' } })).body.error.param).toBe(
    'params.top_p',
  );
  expect((await call('GET', `/v1/templates/${id}`)).body).toMatchObject({ version: 1, params: { seed: 1 } });
  expect((await chat({ template: id, messages })).status).toBe(200);
  expect(asked[0]).toMatchObject({ seed: 1 });
});

test('a choice among tools that a request brings is taken', async () => {
  const tool = { type: 'function', function: { name: 'look' } };
  const tool_choice = { type: 'allowed_tools', allowed_tools: { mode: 'auto', tools: [tool] } };
  await make({ name: 'choosing', model: 'acme/tools', params: { tool_choice } });
  const other = { type: 'function', function: { name: 'act' } };
  expect((await chat({ template: 'choosing', messages, tools: [tool, other] })).status).toBe(200);
  expect(asked[0]).toMatchObject({ tools: [{ function: { name: 'look' } }], tool_choice: 'auto' });
  const wrong = await call('POST', '/v1/templates', { name: 'wrong', params: { tools: [tool], tool_choice: 'some' } });
  expect([wrong.status, wrong.body.error.param]).toEqual([400, 'params.tool_choice']);
});

test('its text stands in its own documents and nowhere else, whatever is done with it', async () => {
  const canary = 'canary-template-3f81';
  const own = { system: `${canary} {{ who }}`, messages: [{ role: 'user', content: canary }], description: canary };
  const body = { ...own, name: 'kept', model: 'acme/a', params: { stop: [canary] } };
  const { id } = await make(body);
  const refused = [
    await call('POST', '/v1/templates', body),
    await call('POST', '/v1/templates', { ...body, name: 'b', params: { temperature: canary } }),
    await call('POST', '/v1/templates', { ...body, name: 'c', messages: [{ role: canary, content: canary }] }),
    await call('POST', '/v1/templates', { ...body, name: 'd', variables: [] }),
    await call('POST', '/v1/templates', { ...body, name: 'e', params: { [canary]: 1, best_of: canary } }),
    await chat({ template: 'kept', messages }),
    await chat({ template: 'kept', variables: { who: { a: canary } }, messages }),
  ];
  for (const { status, text } of refused) {
    expect(status).toBeGreaterThanOrEqual(400);
    expect(text).not.toContain(canary);
  }
  expect((await chat({ template: 'kept', variables: { who: canary }, messages })).status).toBe(200);
  expect(JSON.stringify(asked)).toContain(canary);
  await call('PATCH', `/v1/templates/${id}`, { system: `${canary} two` });
  for (const path of ['/v1/templates', `/v1/templates/${id}/versions`]) {
    expect((await call('GET', path)).text.includes(canary)).toBe(path === '/v1/templates');
  }
  for (const path of ['/v1/audit-logs', '/v1/audit-logs?format=csv', '/v1/alerts', '/v1/alerts/deliveries']) {
    expect((await call('GET', path, undefined, mesh.adminKey)).text).not.toContain(canary);
  }
  const written = async () => {
    const found: string[] = [];
    for (const collection of COLLECTIONS) {
      const documents = await mesh.documents.query({ collection });
      const text = JSON.stringify(documents, (_, part) => (typeof part === 'bigint' ? `${part}` : part));
      if (text.includes(canary)) found.push(collection);
    }
    return found.sort();
  };
  expect(await written()).toEqual([TEMPLATE_VERSIONS, TEMPLATES]);
  expect(JSON.stringify(mesh.log.lines)).not.toContain(canary);
  await call('DELETE', `/v1/templates/${id}`);
  expect(await written()).toEqual([]);
});
