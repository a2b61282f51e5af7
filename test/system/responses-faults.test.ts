import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type FormatName, formatNames } from '../../functions/core/endpoints/endpoint.ts';
import { createKeyRing, OWN_KEY_BYTES } from '../../functions/core/seal/key-ring.ts';
import { createSeal } from '../../functions/core/seal/seal.ts';
import { MAX_BODY_BYTES } from '../../functions/router/http/read-body.ts';
import { namedSse } from '../support/answers.ts';
import fc from '../support/fast-check.ts';
import { respond } from '../support/responses-client.ts';
import { type Act, saidIn } from '../support/said-in.ts';
import {
  after,
  json,
  reset,
  type Script,
  type ScriptedUpstream,
  stall,
  startScriptedUpstream,
  stream,
} from '../support/scripted-upstream.ts';
import { type Account, type Mesh, startMesh } from '../support/start-mesh.ts';

type Fields = Record<string, unknown>;

let script: Script;
let upstream: ScriptedUpstream;
let mesh: Mesh;
let account: Account;
/** A model for each test, since breakers open. */
let model = '';
let used = 0;
const MODELS = 60;

beforeAll(async () => {
  upstream = await startScriptedUpstream((request) => script(request));
  const providers = formatNames.map((format) => [
    format,
    {
      format,
      base_url: format === 'messages' || format === 'converse' ? upstream.url : `${upstream.url}/v1`,
      auth: { type: 'none' },
      vars: { project: 'p', region: 'r' },
      ...(format === 'responses' ? { request: { unknown: 'pass' } } : {}),
    },
  ]);
  const models = formatNames.flatMap((format) =>
    Array.from({ length: MODELS }, (_, at) => [
      `acme/${format}-${at}`,
      {
        context_length: 10_000,
        max_output_tokens: 2_000,
        capabilities: ['tools', 'reasoning'],
        endpoints: [{ provider: format, model: `m${at}`, price: { input: '3', output: '15' } }],
      },
    ]),
  );
  mesh = await startMesh({
    catalogue: { providers: Object.fromEntries(providers), models: Object.fromEntries(models) },
  });
  account = await mesh.makeOwner({ amount: '1000', key: { rpm_limit: 100_000 } });
});
afterAll(async () => {
  await mesh.close();
  await upstream.close();
});
beforeEach(() => {
  used++;
});
const of = (format: FormatName) => {
  model = `acme/${format}-${used}`;
  return model;
};

const acts: Act[] = [
  { think: 'Well.', seal: 's' },
  { say: 'Hello there.' },
  { call: 'weather', id: 'call_a', args: { city: 'Pune' } },
];
const tools = [{ type: 'function', name: 'weather', parameters: { type: 'object', properties: {} } }];
const body = (format: FormatName): Fields => ({
  model: of(format),
  input: 'Hello',
  tools,
  reasoning: { effort: 'low', summary: 'auto' },
  stream: true,
});

/** Resolves when nothing of the owner's money is held. */
async function settled(): Promise<void> {
  for (let tries = 0; tries < 400; tries++) {
    if ((await account.balance()).reserved_usd === '0') return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error('Money is still held.');
}

/** Asks, and leaves when its upstream has sent so many pieces and says no more. */
async function leaveAfter(pieces: number, format: FormatName, asked: Fields): Promise<void> {
  const leaving = new AbortController();
  script = function* () {
    yield* after(pieces, saidIn(format, true, acts));
    leaving.abort();
    yield stall;
  };
  const asking = fetch(`${mesh.url}/v1/responses`, {
    method: 'POST',
    headers: { authorization: `Bearer ${account.key}` },
    body: JSON.stringify(asked),
    signal: leaving.signal,
  });
  await asking.then((reply) => reply.text()).catch(() => {});
}

describe.each(formatNames)('a client of %s that leaves', (format) => {
  test('at any event ends its upstream, pays what it had, and leaves nothing held', async () => {
    const asked = body(format);
    const pieces = [...saidIn(format, true, acts)].filter(({ do: step }) => step === 'send').length;
    for (let sent = 1; sent < pieces; sent++) {
      const before = await account.balance();
      const gone = upstream.aborted.length;
      await leaveAfter(sent, format, asked);
      await upstream.until(({ aborted }) => aborted.length > gone);
      await settled();
      const spent = Number(before.balance_usd) - Number((await account.balance()).balance_usd);
      expect([sent, spent > 0]).toEqual([sent, true]);
    }
  });
});

describe.each(formatNames)('an upstream of %s that is reset', (format) => {
  test('at any event ends the stream in words, and is charged for what came', async () => {
    const pieces = [...saidIn(format, true, acts)].filter(({ do: step }) => step === 'send').length;
    const finish = { chat: 3, responses: 1, messages: 2, gemini: 1, converse: 2 }[format];
    for (let sent = 1; sent <= pieces - finish; sent++) {
      script = () => after(sent, saidIn(format, true, acts), reset);
      const { status, response, items } = await respond(mesh, account.key, body(format));
      if (status !== 200) {
        expect([sent, status, (response.error as Fields).code]).toEqual([sent, expect.any(Number), expect.any(String)]);
        continue;
      }
      expect([sent, response.status]).toEqual([sent, 'failed']);
      // Nobody acts on a call of an answer that broke, unless its provider had said that it was done.
      if (format !== 'responses') expect(items.filter(({ type }) => type === 'function_call')).toEqual([]);
    }
    await settled();
  });
});

describe('what a provider says went wrong in a stream is a code that clients act on', () => {
  const failed = (error: Fields) => [
    ...[...saidIn('responses', true, acts)].slice(0, 6),
    ...stream([namedSse({ type: 'response.failed', response: { status: 'failed', error } } as { type: string })]).slice(
      1,
    ),
  ];
  test.each([
    ['rate_limit_exceeded', 'rate_limit_exceeded'],
    ['server_error', 'server_error'],
    ['invalid_prompt', 'invalid_prompt'],
    ['context_length_exceeded', 'context_length_exceeded'],
  ])('%s', async (said, code) => {
    script = () => failed({ code: said, message: 'No.' });
    const { response } = await respond(mesh, account.key, body('responses'));
    expect([response.status, (response.error as Fields).code]).toEqual(['failed', code]);
    await settled();
  });
});

describe('before anything of an answer has come', () => {
  test('an endpoint that fails is a status, not a stream', async () => {
    script = () => json({ error: { message: 'down' } }, 503);
    const { status, response } = await respond(mesh, account.key, body('messages'));
    expect([status, (response.error as Fields).code]).toEqual([502, 'upstream_error']);
    await settled();
  });

  test('an empty stream is a failure', async () => {
    script = () => stream([]);
    const { status } = await respond(mesh, account.key, body('responses'));
    expect(status).toBe(502);
    await settled();
  });
});

describe('a body that is none', () => {
  const post = (text: string) => mesh.call('POST', '/v1/responses', { key: account.key, body: text });
  test.each([
    ['no JSON', '{"model":', 400],
    ['nothing', '', 400],
    ['a list', '[]', 400],
    ['null', 'null', 400],
    ['nested too deep', `{"model":"m","input":${'['.repeat(300)}${']'.repeat(300)}}`, 400],
    ['too long', `{"model":"m","input":"${'x'.repeat(MAX_BODY_BYTES)}"}`, 413],
  ])('%s', async (_, text, status) => {
    const { status: said, body: reply } = await post(text);
    expect([said, reply.error.type]).toEqual([status, 'invalid_request_error']);
  });

  test('without a key nothing is read', async () => {
    const { status, body: reply } = await mesh.call('POST', '/v1/responses', { body: { model: 'm', input: 'x' } });
    expect([status, reply.error.code]).toEqual([401, 'unauthorized']);
  });
});

test('whatever a body says, nothing of ours goes wrong', async () => {
  const fields = [
    'input',
    'instructions',
    'tools',
    'tool_choice',
    'reasoning',
    'text',
    'include',
    'store',
    'stream',
    'metadata',
  ];
  const piece = fc.oneof(
    fc.jsonValue({ maxDepth: 4 }),
    fc.array(
      fc.record({
        type: fc.constantFrom('message', 'reasoning', 'function_call', 'x'),
        role: fc.string(),
        id: fc.string(),
      }),
    ),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...formatNames),
      fc.dictionary(fc.constantFrom(...fields), piece, { maxKeys: 3 }),
      async (format, more) => {
        script = (request) =>
          saidIn(format, JSON.parse(request.body).stream === true || /stream/i.test(request.path), acts);
        const asked = { ...body(format), stream: false, ...more };
        const { status, text } = await mesh.call('POST', '/v1/responses', { key: account.key, body: asked });
        expect([status < 500, text]).toEqual([true, expect.any(String)]);
      },
    ),
    { numRuns: 100 },
  );
  await settled();
}, 60_000);

describe('what was sealed', () => {
  const thoughtful = [{ think: 'Well.', seal: 'sig-1' }, { say: 'Hi.' }] as Act[];
  const asked = (format: FormatName, more: Fields): Fields => ({
    ...body(format),
    stream: false,
    include: ['reasoning.encrypted_content'],
    ...more,
  });
  const hello = { role: 'user', content: 'Hello' };
  async function sealedBy(format: FormatName, key: string, more: Fields = {}): Promise<Fields[]> {
    script = () => saidIn(format, false, thoughtful);
    return (await respond(mesh, key, asked(format, more))).items;
  }
  /** The same item with one bit of its seal changed. */
  const flipped = (text: string) => text.slice(0, -9) + (text.at(-9) === 'A' ? 'B' : 'A') + text.slice(-8);

  test('for one account opens for no other', async () => {
    const other = await mesh.makeOwner();
    const items = await sealedBy('messages', account.key, { store: false });
    const { status, response } = await respond(mesh, other.key, asked('messages', { input: [hello, ...items, hello] }));
    expect([status, (response.error as Fields).param]).toEqual([400, 'input.1.encrypted_content']);
    const ids = await sealedBy('messages', account.key);
    const references = ids.map(({ id }) => ({ type: 'item_reference', id }));
    const refused = await respond(mesh, other.key, asked('messages', { input: [hello, ...references, hello] }));
    expect([refused.status, (refused.response.error as Fields).message]).toEqual([
      400,
      expect.stringMatching(/store: false/),
    ]);
  });

  test('and changed by a bit opens for nobody', async () => {
    const items = await sealedBy('messages', account.key, { store: false });
    const changed = items.map((item) =>
      item.encrypted_content === undefined
        ? item
        : { ...item, encrypted_content: flipped(String(item.encrypted_content)) },
    );
    const { status, response } = await respond(
      mesh,
      account.key,
      asked('messages', { input: [hello, ...changed, hello] }),
    );
    expect([status, (response.error as Fields).param]).toEqual([400, 'input.1.encrypted_content']);
    const ids = await sealedBy('messages', account.key);
    const references = ids.map(({ id }) => ({ type: 'item_reference', id: flipped(String(id)) }));
    const refused = await respond(mesh, account.key, asked('messages', { input: [hello, ...references, hello] }));
    expect([refused.status, (refused.response.error as Fields).param]).toEqual([400, 'input.1.id']);
  });

  test('for one issuer goes to no other', async () => {
    const items = await sealedBy('messages', account.key, { store: false });
    script = () => saidIn('gemini', false, [{ say: 'Hi.' }]);
    const { status } = await respond(mesh, account.key, asked('gemini', { input: [hello, ...items, hello] }));
    expect(status).toBe(200);
    expect(upstream.requests.at(-1)?.body).not.toMatch(/Well\.|sig-1/);
  });

  test('by a key that is gone opens for nobody', async () => {
    const gone = createSeal(createKeyRing([randomBytes(OWN_KEY_BYTES)]));
    const scope = { ownerId: account.ownerId, purpose: 'reasoning' as const };
    const thought = [{ type: 'reasoning.text', text: 'Well.', signature: 's', format: 'anthropic-claude-v1' }];
    const reasoning = {
      type: 'reasoning',
      summary: [],
      encrypted_content: gone.seal(scope, 'anthropic-claude-v1', JSON.stringify(thought)),
    };
    const said = { role: 'assistant', content: 'Hi.' };
    const thinking = await respond(mesh, account.key, asked('messages', { input: [hello, reasoning, said, hello] }));
    expect([thinking.status, (thinking.response.error as Fields).param]).toEqual([400, 'input.1.encrypted_content']);
    const id = `msg_${gone.seal({ ...scope, purpose: 'item' }, 'items', JSON.stringify([{ type: 'message', ...said }]))}`;
    const refers = await respond(
      mesh,
      account.key,
      asked('messages', { input: [hello, { type: 'item_reference', id }, hello] }),
    );
    expect([refers.status, (refers.response.error as Fields).param]).toEqual([400, 'input.1.id']);
  });

  test('by another service is left out', async () => {
    script = () => saidIn('responses', false, thoughtful);
    const foreign = { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'gAAAAABo' };
    const input = [hello, foreign, { role: 'assistant', content: 'Hi.' }, hello];
    const { status } = await respond(mesh, account.key, asked('responses', { input }));
    expect(status).toBe(200);
    expect(upstream.requests.at(-1)?.body).not.toContain('gAAAAABo');
  });

  test('and too long for an id refers to nothing, and says what to do', async () => {
    script = () => saidIn('messages', false, [{ say: randomBytes(40_000).toString('base64') }]);
    const { items } = await respond(mesh, account.key, asked('messages', {}));
    expect(String(items[0]?.id).length).toBeLessThan(64);
    const { response } = await respond(
      mesh,
      account.key,
      asked('messages', { input: [hello, { type: 'item_reference', id: items[0]?.id }, hello] }),
    );
    expect((response.error as Fields).message).toMatch(/store: false/);
  });
});
