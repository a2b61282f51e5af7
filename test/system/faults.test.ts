import { request } from 'node:http';
import { connect as connectHttp2, constants } from 'node:http2';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import {
  after,
  deadUrl,
  garbage,
  hangUp,
  html,
  json,
  reset,
  type Script,
  type ScriptedUpstream,
  type Step,
  stall,
  startScriptedUpstream,
  stream,
} from '../support/scripted-upstream.ts';
import { type Account, type CallReply, type Mesh, startMesh } from '../support/start-mesh.ts';

/** What an upstream that works would say: four tokens in, two out, at $3 and $15 per million. */
const chunk = (delta: object, finish: string | null = null) => ({
  id: 'c',
  object: 'chat.completion.chunk',
  created: 1,
  model: 'm',
  choices: [{ index: 0, delta, finish_reason: finish }],
});
const usage = { prompt_tokens: 4, completion_tokens: 2, total_tokens: 6 };
const frame = (body: unknown) => `data: ${JSON.stringify(body)}\n\n`;
const frames = [
  frame(chunk({ role: 'assistant', content: '' })),
  frame(chunk({ content: 'Hello ' })),
  frame(chunk({ content: 'there' })),
  frame(chunk({}, 'stop')),
  frame({ ...chunk({}), choices: [], usage }),
  'data: [DONE]\n\n',
];
const completion = {
  id: 'c',
  object: 'chat.completion',
  created: 1,
  model: 'm',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hello there' }, finish_reason: 'stop' }],
  usage,
};
const works: Script = ({ body }) => (JSON.parse(body).stream ? stream(frames) : json(completion));
const EXACT_COST = '0.000042';
/** How often it is looked whether a hold is free again, and how many times. Milliseconds. */
const LOOK_MS = 10;
const MAX_LOOKS = 100;

let mesh: Mesh;
let account: Account;
let first: ScriptedUpstream;
let second: ScriptedUpstream;
let script: Script;

const model = (base_url: string, ...more: string[]) => ({
  context_length: 100_000,
  max_output_tokens: 1_000,
  capabilities: ['tools'],
  endpoints: [base_url, ...more].map((url, at) => ({
    provider: `p${at}`,
    base_url: url,
    model: 'm',
    price: { input: '3', output: '15' },
  })),
});
const provider = { format: 'chat', base_url: 'http://127.0.0.1:9', auth: { type: 'bearer', secret: 'acme-api-key' } };
const SECRET = 'sk-canary-secret-0123456789';

beforeAll(async () => {
  first = await startScriptedUpstream((request) => script(request), { keepAliveMs: 500 });
  second = await startScriptedUpstream(works, { keepAliveMs: 500 });
  mesh = await startMesh({
    env: { ACME_API_KEY: SECRET },
    limits: { connect: 400, firstByte: 400, idle: 400 },
    catalogue: {
      providers: { p0: provider, p1: provider },
      models: {
        'acme/one': model(`${first.url}/v1`),
        'acme/two': model(`${first.url}/v1`, `${second.url}/v1`),
        'acme/dead': model(await deadUrl()),
        'acme/dead-then-alive': model(await deadUrl(), `${second.url}/v1`),
      },
    },
  });
});
afterAll(async () => {
  await mesh.close();
  await first.close();
  await second.close();
});
beforeEach(async () => {
  script = works;
  account = await mesh.makeOwner();
  // What one test broke is not remembered in the next.
  for (const endpoint of ['p0/m', 'p1/m']) {
    await mesh.call('POST', `/v1/breakers/${endpoint}/reset`, { key: mesh.adminKey });
  }
});
afterEach(async () => {
  // Whatever happened, nothing stays held. A refusal does not wait for the store to be told so.
  for (let look = 0; look < MAX_LOOKS && (await account.balance()).reserved_usd !== '0'; look++) await pause(LOOK_MS);
  expect((await account.balance()).reserved_usd).toBe('0');
});

const ask = (modelId: string, streamed: boolean, more: object = {}) =>
  mesh.call('POST', '/v1/chat/completions', {
    key: account.key,
    body: { model: modelId, stream: streamed, messages: [{ role: 'user', content: 'Say hello, please.' }], ...more },
  });
const spent = async () => (10 - Number((await account.balance()).balance_usd)).toFixed(9).replace(/\.?0+$/, '');

/** The frames of a stream, parsed; `[DONE]` as it is. */
const framesOf = ({ text }: CallReply) =>
  text
    .trimEnd()
    .split('\n\n')
    .filter((line) => line.startsWith('data: '))
    .map((line) => (line === 'data: [DONE]' ? '[DONE]' : JSON.parse(line.slice(6))));

describe('when nothing is wrong', () => {
  test.each([true, false])('streamed %s, the charge is exact', async (streamed) => {
    const reply = await ask('acme/one', streamed);
    expect(reply.status).toBe(200);
    expect(await spent()).toBe(EXACT_COST);
  });
});

/** Failures before the first token, as the only endpoint has them. */
const early: [string, Script, number, string][] = [
  ['500', () => json({ error: { message: 'boom' } }, 500), 502, 'upstream_error'],
  ['502 with HTML', () => html('<html>bad gateway</html>', 502), 502, 'upstream_error'],
  ['503', () => json({}, 503), 502, 'upstream_error'],
  ['529', () => json({}, 529), 502, 'upstream_error'],
  ['429', () => json({ error: { message: 'slow down' } }, 429, { 'retry-after': '7' }), 429, 'rate_limit_exceeded'],
  ['408', () => json({}, 408), 504, 'gateway_timeout'],
  [
    '401 for our key',
    () => json({ error: { message: `Incorrect API key provided: ${SECRET}` } }, 401),
    502,
    'upstream_error',
  ],
  ['403 for our key', () => json({ error: { message: 'no' } }, 403), 502, 'upstream_error'],
  ['404 for its model', () => json({ error: { message: 'no such model' } }, 404), 502, 'upstream_error'],
  ['a reset', () => [reset], 502, 'upstream_error'],
  ['a hang-up', () => [hangUp], 502, 'upstream_error'],
  ['a stall before the first byte', () => [stall], 504, 'gateway_timeout'],
  ['no HTTP at all', () => garbage('SSH-2.0-OpenSSH_9.7\r\n'), 502, 'upstream_error'],
  ['200 with HTML', () => html('<html>login</html>'), 502, 'upstream_error'],
  [
    '200 with an error body',
    () => json({ error: { message: 'overloaded', type: 'server_error' } }),
    502,
    'upstream_error',
  ],
  ['an empty 200', () => stream([]), 502, 'upstream'],
  ['a broken body', () => after(1, json(completion), reset), 502, 'upstream'],
];

describe('a failure before the first token', () => {
  const whole = early.map((each) => [...each, false] as const).filter(([name]) => name !== 'a broken body');
  const streamed = early.map((each) => [...each, true] as const);
  test.each([...whole, ...streamed])(
    '%s is a clear error and costs nothing',
    async (_name, given, status, code, isStream) => {
      script = given;
      const reply = await ask('acme/one', isStream);
      expect(reply.status).toBe(status);
      expect(reply.body.error.code).toContain(code);
      expect(reply.text).not.toContain(SECRET);
      expect(await spent()).toBe('0');
    },
  );

  test.each([...whole, ...streamed])(
    '%s moves on to the next endpoint',
    async (_name, given, _status, _code, isStream) => {
      script = given;
      const reply = await ask('acme/two', isStream);
      expect(reply.status).toBe(200);
      expect(reply.headers.get('x-mesh-routing-attempts')).toBe('2');
      expect(reply.headers.get('x-mesh-routing-provider')).toBe('p1');
      expect(await spent()).toBe(EXACT_COST);
    },
  );

  test.each([true, false])('a refused connection, streamed %s', async (streamed) => {
    const reply = await ask('acme/dead', streamed);
    expect([reply.status, reply.body.error.provider_code]).toEqual([502, 'ECONNREFUSED']);
    expect((await ask('acme/dead-then-alive', streamed)).status).toBe(200);
  });

  test.each<[string, Script]>([
    ['an error event first', () => stream([frame({ error: { message: 'overloaded', code: 'overloaded' } })])],
    [
      'an error event after the role (bifrost#5395)',
      () => stream([frames[0] ?? '', frame({ error: { message: 'overloaded' } })]),
    ],
    ['a stream that ends after the role', () => stream(frames.slice(0, 1))],
    ['a stream of only comments', () => stream([': hello\n\n', ': still here\n\n'])],
    ['a stall after the role', () => [...after(1, stream(frames), stall)]],
    ['a reset after the role', () => [...after(1, stream(frames), reset)]],
    ['garbage in the first event', () => stream(['data: {"choices":[{"del\n\n'])],
  ])('%s fails over: the client has seen nothing yet', async (_name, given) => {
    script = given;
    const alone = await ask('acme/one', true);
    expect(alone.status).toBeGreaterThanOrEqual(500);
    expect(await spent()).toBe('0');
    const reply = await ask('acme/two', true);
    expect(
      framesOf(reply)
        .map((each) => each.choices?.[0]?.delta?.content ?? '')
        .join(''),
    ).toBe('Hello there');
    expect(await spent()).toBe(EXACT_COST);
  });

  test('the caller’s own mistake is passed on, not retried elsewhere', async () => {
    script = () =>
      json(
        { error: { message: 'temperature must be below 1', param: 'temperature', type: 'invalid_request_error' } },
        400,
      );
    const before = second.requests.length;
    const reply = await ask('acme/two', false);
    expect([reply.status, reply.body.error]).toEqual([
      400,
      expect.objectContaining({ code: 'bad_request', message: 'temperature must be below 1', param: 'temperature' }),
    ]);
    expect(second.requests).toHaveLength(before);
  });

  test('allow_fallbacks: false is believed', async () => {
    script = () => json({}, 500);
    expect((await ask('acme/two', false, { provider: { allow_fallbacks: false } })).status).toBe(502);
  });

  test('a fallback model answers under its own name and price', async () => {
    script = () => json({}, 500);
    const { body, headers } = await ask('acme/one', false, { models: ['mesh/echo'] });
    expect([body.model, headers.get('x-mesh-routing-fallback'), body.mesh.routing.fallback]).toEqual([
      'mesh/echo',
      'true',
      true,
    ]);
  });

  test('nothing of one attempt leaks into the next (bifrost#6973)', async () => {
    script = () => json({}, 500, { 'x-upstream-only': 'first' });
    const reply = await ask('acme/two', false);
    expect(reply.headers.get('x-upstream-only')).toBeNull();
    expect(second.requests.at(-1)?.headers.authorization).toBe(`Bearer ${SECRET}`);
    expect(JSON.parse(second.requests.at(-1)?.body ?? '{}').model).toBe('m');
  });
});

describe('a stream that breaks after its first token', () => {
  test.each<[string, Script]>([
    ['a reset', () => after(2, stream(frames), reset)],
    ['a hang-up', () => after(2, stream(frames), hangUp)],
    ['a stall', () => after(2, stream(frames), stall)],
    ['an end without a finish', () => stream(frames.slice(0, 2))],
    ['[DONE] without a finish', () => stream([...frames.slice(0, 2), 'data: [DONE]\n\n'])],
    [
      'an error event',
      () => stream([...frames.slice(0, 2), frame({ error: { message: 'died', type: 'server_error' } })]),
    ],
    ['garbage', () => stream([...frames.slice(0, 2), 'data: {"choices":[{"del\n\n'])],
    ['half an event', () => stream([...frames.slice(0, 2), 'data: {"choices"'])],
  ])('%s ends with one error frame and no [DONE], and what was delivered is paid', async (_name, given) => {
    script = given;
    const reply = await ask('acme/two', true);
    expect(reply.status).toBe(200);
    const parsed = framesOf(reply);
    const last = parsed.at(-1);
    expect(last.error).toMatchObject({ code: expect.any(String), message: expect.any(String) });
    expect('choices' in last).toBe(false);
    expect(parsed.filter((each) => each === '[DONE]' || each.error)).toHaveLength(1);
    expect(parsed[0].choices[0].delta.content).toBe('Hello ');
    const { estimate } = await lastEntry();
    expect(estimate).toBe(true);
    expect(Number(await spent())).toBeGreaterThan(0);
    expect(Number(await spent())).toBeLessThan(Number(EXACT_COST) * 3);
  });

  test('the official client throws instead of taking it for whole', async () => {
    script = () => after(2, stream(frames), reset);
    const read = async () => {
      const answer = await account.openai.chat.completions.create({
        model: 'acme/one',
        stream: true,
        messages: [{ role: 'user', content: 'x' }],
      });
      for await (const _chunk of answer);
    };
    await expect(read()).rejects.toThrow(/provider/i);
  });
});

async function lastEntry() {
  const entries = await mesh.documents.query({
    collection: 'entries',
    where: [{ field: 'owner_id', op: '==', value: account.ownerId }],
  });
  const charge = entries.find(({ data }) => data.kind === 'charge');
  return { estimate: charge?.data.basis === 'estimated', outcome: charge?.data.outcome };
}

describe('a stream that is odd but whole', () => {
  const whole = frames.join('');
  const bytes = Buffer.from(whole.replace('there', 'नमस्ते 🙏'));
  test.each<[string, () => Iterable<Step>, string]>([
    ['CRLF', () => stream([whole.replaceAll('\n', '\r\n')]), 'Hello there'],
    ['CR', () => stream([whole.replaceAll('\n', '\r')]), 'Hello there'],
    [
      'half a character',
      () => stream(Array.from({ length: bytes.length / 7 + 1 }, (_, n) => bytes.subarray(n * 7, n * 7 + 7))),
      'Hello नमस्ते 🙏',
    ],
    [
      'comments and keep-alives',
      () => stream([': hi\n\n', ...frames.flatMap((each) => [each, 'data: : keepalive\n\n'])]),
      'Hello there',
    ],
    [
      'usage twice',
      () =>
        stream([
          ...frames.slice(0, 4),
          frame({ ...chunk({}), choices: [], usage: { ...usage, completion_tokens: 1 } }),
          ...frames.slice(4),
        ]),
      'Hello there',
    ],
    ['a connection that breaks after the last event', () => [...after(6, stream(frames)), reset], 'Hello there'],
  ])('%s', async (_name, steps, text) => {
    script = steps;
    const reply = await ask('acme/one', true);
    expect(
      framesOf(reply)
        .map((each) => each.choices?.[0]?.delta?.content ?? '')
        .join(''),
    ).toBe(text);
    expect(framesOf(reply).at(-1)).toBe('[DONE]');
    expect(await spent()).toBe(EXACT_COST);
  });

  test.each([true, false])(
    'without usage is charged by our own count, streamed %s (new-api#5235)',
    async (streamed) => {
      const { usage: _none, ...silent } = completion;
      script = () => (streamed ? stream([...frames.slice(0, 4), 'data: [DONE]\n\n']) : json(silent));
      const reply = await ask('acme/one', streamed);
      const mine = streamed ? framesOf(reply).at(-2) : reply.body;
      expect(mine.mesh.cost.basis).toBe('estimated');
      expect(mine.usage.prompt_tokens).toBeGreaterThan(0);
      expect(mine.usage.completion_tokens).toBeGreaterThan(0);
      expect(await spent()).toBe(mine.cost);
    },
  );
});

describe('a client that goes away', () => {
  /** Asks, and leaves after so many bytes of the answer, or after `ms` without any. */
  function leave(streamed: boolean, when: { afterBytes: true } | { ms: number }): Promise<number> {
    return new Promise((resolve) => {
      const body = JSON.stringify({
        model: 'acme/one',
        stream: streamed,
        messages: [{ role: 'user', content: 'Say hello, please.' }],
      });
      const req = request(`${mesh.url}/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${account.key}` },
      });
      const go = () => {
        req.destroy();
        resolve(performance.now());
      };
      req.on('error', () => {});
      req.on('response', (res) => {
        res.on('error', () => {});
        if ('afterBytes' in when) res.once('data', go);
      });
      if ('ms' in when) setTimeout(go, when.ms);
      req.end(body);
    });
  }

  test('mid-stream stops its upstream within 100 ms and pays for what it got (litellm PR#33736)', async () => {
    script = () => after(3, stream(frames), stall);
    const count = first.aborted.length;
    const left = await leave(true, { afterBytes: true });
    await first.until(({ aborted }) => aborted.length > count);
    expect((first.aborted.at(-1)?.at ?? 0) - left).toBeLessThan(100);
    await untilCharged();
    expect(await lastEntry()).toEqual({ estimate: true, outcome: 'client_gone' });
    expect(Number(await spent())).toBeLessThan(Number(EXACT_COST) * 3);
  });

  test.each([true, false])(
    'before the first byte pays for the input alone, streamed %s (new-api#4168)',
    async (streamed) => {
      script = () => [stall];
      const count = first.aborted.length;
      await leave(streamed, { ms: 100 });
      await first.until(({ aborted }) => aborted.length > count);
      await untilCharged();
      const [entry] = (
        await mesh.documents.query({
          collection: 'entries',
          where: [{ field: 'owner_id', op: '==', value: account.ownerId }],
        })
      ).filter(({ data }) => data.kind === 'charge');
      expect(entry?.data).toMatchObject({ output_tokens: 0n, outcome: 'client_gone', basis: 'estimated' });
      expect(entry?.data.input_tokens).toBeGreaterThan(0n);
    },
  );

  test('that reads slowly makes the upstream wait, and still gets everything', async () => {
    const big = 'x'.repeat(64 * 1024);
    const many = Array.from({ length: 400 }, () => frame(chunk({ content: big })));
    script = () => stream([...many, frames[3] ?? '', frames[4] ?? '', 'data: [DONE]\n\n']);
    const length = await new Promise<number>((resolve, reject) => {
      const body = JSON.stringify({ model: 'acme/one', stream: true, messages: [{ role: 'user', content: 'x' }] });
      const req = request(
        `${mesh.url}/v1/chat/completions`,
        { method: 'POST', headers: { authorization: `Bearer ${account.key}` } },
        (res) => {
          let total = 0;
          // Nothing is read for longer than the idle limit: a slow client is not a stalled upstream.
          setTimeout(() => {
            res.on('data', (bytes: Buffer) => {
              total += bytes.length;
            });
          }, 900);
          res.on('end', () => resolve(total));
          res.on('error', reject);
        },
      );
      req.on('error', reject);
      req.end(body);
    });
    expect(length).toBeGreaterThan(400 * big.length);
  });

  test('over HTTP/2 is heard of as soon, and streams as well', async () => {
    const session = connectHttp2(mesh.url);
    const body = JSON.stringify({ model: 'acme/one', stream: true, messages: [{ role: 'user', content: 'x' }] });
    const open = () => {
      const exchange = session.request({
        ':method': 'POST',
        ':path': '/v1/chat/completions',
        authorization: `Bearer ${account.key}`,
      });
      exchange.on('error', () => {});
      exchange.end(body);
      return exchange;
    };
    const whole = Buffer.concat(await open().toArray()).toString();
    expect(whole).toContain('Hello ');
    expect(whole.endsWith('data: [DONE]\n\n')).toBe(true);
    script = () => after(3, stream(frames), stall);
    const count = first.aborted.length;
    const leaving = open();
    await new Promise((resolve) => leaving.once('data', resolve));
    const left = performance.now();
    leaving.close(constants.NGHTTP2_CANCEL);
    await first.until(({ aborted }) => aborted.length > count);
    expect((first.aborted.at(-1)?.at ?? 0) - left).toBeLessThan(100);
    session.close();
    await untilCharged();
  });

  async function untilCharged(): Promise<void> {
    for (let tries = 0; tries < 200; tries++) {
      if ((await account.balance()).reserved_usd === '0' && (await spent()) !== '0') return;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
});

describe('an instance that is shutting down', () => {
  test('ends a stream with an error frame, and charges what was delivered', async () => {
    script = () => after(3, stream(frames), stall);
    const asked = first.requests.length;
    const running = ask('acme/one', true);
    await first.until(({ requests }) => requests.length > asked);
    await new Promise((resolve) => setTimeout(resolve, 50));
    mesh.endAll();
    const parsed = framesOf(await running);
    expect(parsed.at(-1).error).toMatchObject({
      code: 'provider_not_available',
      message: 'This instance is shutting down.',
    });
    expect(parsed).not.toContain('[DONE]');
    expect(await lastEntry()).toEqual({ estimate: true, outcome: 'shut_down' });
  });

  test('refuses what has not begun to be answered, and charges nothing', async () => {
    script = () => [stall];
    const asked = first.requests.length;
    const running = ask('acme/one', false);
    await first.until(({ requests }) => requests.length > asked);
    mesh.endAll();
    const reply = await running;
    expect([reply.status, reply.body.error.code, reply.headers.get('retry-after')]).toEqual([
      503,
      'provider_not_available',
      '1',
    ]);
    expect(await spent()).toBe('0');
  });
});

test('the caller’s own timeout ends the attempt', async () => {
  script = () => [stall];
  const reply = await ask('acme/one', false, { timeout: 0.1 });
  expect([reply.status, reply.body.error.code]).toEqual([504, 'gateway_timeout']);
});

test('after all that, no exchange is open, and every refusal was logged without content', async () => {
  script = works;
  await first.until((upstream) => upstream.openConnections() <= 1);
  const lines = JSON.stringify(mesh.log.lines);
  expect(lines).not.toContain('Say hello');
  expect(lines).not.toContain('Hello there');
  expect(lines).not.toContain(SECRET);
  expect(mesh.log.lines.filter(({ message }) => message === 'refused').length).toBeGreaterThan(30);
  const broken = mesh.log.lines.filter(({ fields }) => fields.outcome === 'upstream_broke');
  expect(broken.length).toBeGreaterThan(7);
  for (const { fields } of broken) expect(fields.error).toMatch(/^(upstream|gateway)_/);
});
