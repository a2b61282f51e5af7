import { afterEach, describe, expect, jest, test } from '@jest/globals';
import {
  AWS_EVENT_STREAM,
  after,
  deadUrl,
  garbage,
  hangUp,
  html,
  json,
  reset,
  type Script,
  type ScriptedUpstream,
  type ScriptedUpstreamOptions,
  type Step,
  stall,
  startScriptedUpstream,
  stream,
} from '../../../test/support/scripted-upstream.ts';
import { MeshError } from '../../core/errors.ts';
import { MAX_REPLY_HEADER_BYTES } from './connection-pool.ts';
import { MAX_QUEUED_BYTES } from './http-exchange.ts';
import { CLOSE_GRACE_MS, createHttpUpstream, type HttpUpstream, type HttpUpstreamOptions } from './http-upstream.ts';
import type { UpstreamLimits, UpstreamReply, UpstreamRequest } from './upstream.ts';

const patient: UpstreamLimits = { connect: 10_000, firstByte: 10_000, idle: 10_000 };
const never = new AbortController().signal;
/** Of the 100 ms from a client's leaving to the end of its upstream this is our part. */
const AT_ONCE_MS = 50;

const toClose: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const closing of toClose.splice(0)) await closing.close();
});

function http(options: HttpUpstreamOptions = {}): HttpUpstream {
  const upstream = createHttpUpstream(options);
  toClose.push(upstream);
  return upstream;
}

async function provider(script: Script, options: ScriptedUpstreamOptions = {}): Promise<ScriptedUpstream> {
  const scripted = await startScriptedUpstream(script, options);
  toClose.push(scripted);
  return scripted;
}

function post(url: string, changes: Partial<UpstreamRequest> = {}): UpstreamRequest {
  return { url, method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"a":1}', ...changes };
}

async function readAll(reply: UpstreamReply): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for (;;) {
    const bytes = await reply.read();
    if (bytes === null) return Buffer.concat(pieces);
    pieces.push(bytes);
  }
}

/** What was thrown, as code and provider code; fails when nothing was. */
async function failureOf(promise: Promise<unknown>): Promise<string> {
  const thrown: unknown = await promise.then(
    () => 'nothing was thrown',
    (error: unknown) => error,
  );
  if (!(thrown instanceof MeshError)) throw new Error(`not a MeshError: ${String(thrown)}`);
  expect(thrown.cause).toBeUndefined();
  return `${thrown.code} ${thrown.retry} ${thrown.providerCode}`;
}

const frames = ['data: {"a":1}\n\n', 'data: {"b":2}\n\n', 'data: {"c":3}\n\n', 'data: [DONE]\n\n'];

describe('an exchange that goes well', () => {
  test('sends method, path, headers and body, and asks for an unpacked reply', async () => {
    const scripted = await provider(() => json({ ok: true }));
    const reply = await http().send(
      post(`${scripted.url}/v1/chat?alt=sse`, { headers: { 'X-Api-Key': 'k', 'accept-encoding': 'gzip' } }),
      patient,
      never,
    );
    expect(reply.status).toBe(200);
    expect(reply.headers['content-type']).toBe('application/json');
    expect(JSON.parse((await readAll(reply)).toString())).toEqual({ ok: true });
    const [request] = scripted.requests;
    expect(request).toMatchObject({ method: 'POST', path: '/v1/chat?alt=sse', body: '{"a":1}' });
    expect(request?.headers).toMatchObject({
      'x-api-key': 'k',
      'accept-encoding': 'identity',
      'user-agent': 'mesh-router',
      'content-length': '7',
    });
  });

  test('sends a body in pieces as one, with its length, each time it is sent', async () => {
    const scripted = await provider(() => json({ ok: true }));
    const upstream = http();
    const body = ['{"a":"', 'x'.repeat(3_000_000), 'é"}'].map((piece) => Buffer.from(piece));
    const whole = Buffer.concat(body);
    for (const _ of [1, 2])
      expect((await upstream.send(post(scripted.url, { body }), patient, never)).status).toBe(200);
    expect(scripted.requests).toHaveLength(2);
    for (const request of scripted.requests) {
      expect(request.headers).toMatchObject({ 'content-length': String(whole.length) });
      expect(request.headers['transfer-encoding']).toBeUndefined();
      expect(request.body === whole.toString()).toBe(true);
    }
  });

  test('reaches a provider by the name localhost, whichever address family answers', async () => {
    const scripted = await provider(() => json({ ok: true }));
    const reply = await http().send(post(scripted.url.replace('127.0.0.1', 'localhost')), patient, never);
    expect((await readAll(reply)).toString()).toBe('{"ok":true}');
  });

  test('passes statuses, HTML and redirects on as they are', async () => {
    const scripted = await provider(({ index }) =>
      index === 0 ? html('<h1>hello</h1>') : json({}, 307, { location: 'http://127.0.0.1:1/elsewhere' }),
    );
    const upstream = http();
    const page = await upstream.send(post(scripted.url), patient, never);
    expect([page.status, (await readAll(page)).toString()]).toEqual([200, '<h1>hello</h1>']);
    const redirect = await upstream.send(post(scripted.url), patient, never);
    expect([redirect.status, redirect.headers.location]).toEqual([307, 'http://127.0.0.1:1/elsewhere']);
    await readAll(redirect);
    expect(scripted.requests).toHaveLength(2);
  });

  test('joins repeated headers', async () => {
    const answer = 'HTTP/1.1 200 OK\r\nX-A: 1\r\nx-a: 2\r\n__proto__: x\r\ncontent-length: 0\r\n\r\n';
    const scripted = await provider(() => garbage(answer));
    const reply = await http().send(post(scripted.url), patient, never);
    expect(reply.headers['x-a']).toBe('1, 2');
    expect(await reply.read()).toBeNull();
  });

  test('gives informational replies no meaning', async () => {
    const answer = 'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 201 Created\r\ncontent-length: 2\r\n\r\nok';
    const scripted = await provider(() => garbage(answer));
    const reply = await http().send(post(scripted.url), patient, never);
    expect([reply.status, (await readAll(reply)).toString()]).toEqual([201, 'ok']);
  });

  test('hands over half a character as the bytes that came', async () => {
    const [first, second] = [Uint8Array.of(0xf0, 0x9f), Uint8Array.of(0x98, 0x80)];
    const more = Promise.withResolvers<void>();
    const scripted = await provider(() => [
      ...after(1, stream([first, second], { contentType: AWS_EVENT_STREAM })),
      { do: 'until', promise: more.promise },
      { do: 'send', bytes: second },
    ]);
    const reply = await http().send(post(scripted.url), patient, never);
    expect([...((await reply.read()) ?? [])]).toEqual([...first]);
    more.resolve();
    expect([...((await reply.read()) ?? [])]).toEqual([...second]);
    expect(await reply.read()).toBeNull();
    expect(await reply.read()).toBeNull();
  });

  test('gives all that has arrived as one piece, HTTP chunks of one packet included', async () => {
    const chunks = Array.from({ length: 50 }, (_, n) => `5\r\n[${String(n).padStart(3, '0')}]\r\n`).join('');
    const head = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n';
    const more = Promise.withResolvers<void>();
    const scripted = await provider(() => [
      { do: 'raw', bytes: Buffer.from(head) },
      { do: 'until', promise: more.promise },
      { do: 'raw', bytes: Buffer.from(chunks) },
      stall,
    ]);
    const reply = await http().send(post(scripted.url), patient, never);
    const waiting = reply.read();
    more.resolve();
    expect((await waiting)?.length).toBe(250);
    reply.cancel();
  });

  test('uses one connection for exchanges that follow each other, and several for those at the same time', async () => {
    const scripted = await provider(() => json({ ok: true }));
    const upstream = http();
    for (let n = 0; n < 5; n += 1) await readAll(await upstream.send(post(scripted.url), patient, never));
    expect(new Set(scripted.requests.map((request) => request.clientPort)).size).toBe(1);
    const replies = await Promise.all(
      Array.from({ length: 5 }, () => upstream.send(post(scripted.url), patient, never)),
    );
    await Promise.all(replies.map(readAll));
    expect(new Set(scripted.requests.map((request) => request.clientPort)).size).toBe(5);
    expect(upstream.openSockets()).toBe(5);
  });

  test('opens a new connection where the provider has closed the unused one', async () => {
    const scripted = await provider(({ index }) => json({ index }, 200, index === 0 ? { connection: 'close' } : {}));
    const upstream = http();
    await readAll(await upstream.send(post(scripted.url), patient, never));
    await scripted.until((server) => server.openConnections() === 0);
    const reply = await upstream.send(post(scripted.url), patient, never);
    expect((await readAll(reply)).toString()).toBe('{"index":1}');
    expect(upstream.openSockets()).toBe(1);
  });

  test('sends a request once more on no account, even when the kept connection breaks under it', async () => {
    const scripted = await provider(({ index }) => (index === 1 ? [reset] : json({ ok: true })));
    const upstream = http();
    await readAll(await upstream.send(post(scripted.url), patient, never));
    expect(await failureOf(upstream.send(post(scripted.url), patient, never))).toMatch(
      /^upstream_error other (ECONNRESET|socket_closed)$/,
    );
    expect(scripted.requests).toHaveLength(2);
    await readAll(await upstream.send(post(scripted.url), patient, never));
  });
});

describe('a provider that fails before its headers', () => {
  const faults: { name: string; script: Script; options?: ScriptedUpstreamOptions; failure: RegExp }[] = [
    {
      name: 'resets the connection at once',
      script: () => [],
      options: { onConnection: () => 'reset' },
      failure: /^upstream_error other (ECONNRESET|EPIPE|socket_closed)$/,
    },
    {
      name: 'resets after the request',
      script: () => [reset],
      failure: /^upstream_error other (ECONNRESET|socket_closed)$/,
    },
    { name: 'closes after the request', script: () => [hangUp], failure: /^upstream_error other socket_closed$/ },
    { name: 'sends garbage', script: () => garbage('what?\r\n\r\n'), failure: /^upstream_error other invalid_http$/ },
    {
      name: 'speaks TLS to a plain client',
      script: () => garbage(Uint8Array.of(21, 3, 1, 0, 2, 2, 40)),
      failure: /^upstream_error other invalid_http$/,
    },
    {
      name: 'sends endless headers',
      script: () => [
        { do: 'raw', bytes: Buffer.from(`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(MAX_REPLY_HEADER_BYTES)}\r\n`) },
        stall,
      ],
      failure: /^upstream_error other headers_too_large$/,
    },
  ];

  test.each(faults)('$name', async ({ script, options, failure }) => {
    const scripted = await provider(script, options);
    const upstream = http();
    expect(await failureOf(upstream.send(post(scripted.url), patient, never))).toMatch(failure);
    await scripted.until((server) => server.openConnections() === 0);
  });

  test('refuses the connection', async () => {
    expect(await failureOf(http().send(post(await deadUrl()), patient, never))).toBe(
      'upstream_error other ECONNREFUSED',
    );
  });

  test('refuses the connection on every address of localhost', async () => {
    const url = (await deadUrl()).replace('127.0.0.1', 'localhost');
    expect(await failureOf(http().send(post(url), patient, never))).toBe('upstream_error other ECONNREFUSED');
  });

  test('has a name that does not exist', async () => {
    // Without a network the resolver says EAI_AGAIN.
    expect(await failureOf(http().send(post('http://no-such-host.invalid/'), patient, never))).toMatch(
      /^upstream_error other (ENOTFOUND|EAI_AGAIN)$/,
    );
  });

  test('does not speak TLS', async () => {
    const scripted = await provider(() => []);
    const failure = await failureOf(http().send(post(scripted.url.replace('http:', 'https:')), patient, never));
    expect(failure).toMatch(/^upstream_error other (E[A-Z_]+|socket_closed)$/);
  });

  test.each(['not a url', 'ftp://127.0.0.1/', 'echo://mesh/'])('has the URL %s', async (url) => {
    expect(await failureOf(http().send(post(url), patient, never))).toBe('upstream_error other invalid_url');
  });

  test('is configured with a credential that cannot be a header: an error without the credential', async () => {
    const upstream = http();
    const request = post(await deadUrl(), { headers: { authorization: 'Bearer secret\nsecond line' } });
    const thrown: unknown = await upstream.send(request, patient, never).catch((error: unknown) => error);
    expect(thrown).toMatchObject({ code: 'upstream_error', providerCode: 'invalid_request' });
    expect(JSON.stringify(thrown) + String(thrown)).not.toContain('secret');
    expect(upstream.openSockets()).toBe(0);
  });

  test('has all the connections it may have', async () => {
    const scripted = await provider(() => [stall]);
    const upstream = http({ maxConnectionsPerOrigin: 2 });
    const leaving = new AbortController();
    const first = upstream.send(post(scripted.url), patient, leaving.signal).catch(() => 'left');
    const second = upstream.send(post(scripted.url), patient, leaving.signal).catch(() => 'left');
    expect(await failureOf(upstream.send(post(scripted.url), patient, never))).toBe(
      'upstream_error other too_many_connections',
    );
    leaving.abort();
    expect([await first, await second]).toEqual(['left', 'left']);
  });
});

describe('a provider that fails in its body', () => {
  const faults: { name: string; script: Script; failure: RegExp }[] = [
    {
      name: 'resets after two pieces',
      script: () => after(2, stream(frames), reset),
      failure: /^upstream_error other (ECONNRESET|socket_closed)$/,
    },
    {
      name: 'closes between two pieces of a chunked body',
      script: () => after(2, stream(frames), hangUp),
      failure: /^upstream_error other (truncated_body|socket_closed)$/,
    },
    {
      name: 'closes before the length it promised',
      script: () => [
        { do: 'raw', bytes: Buffer.from(`HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n${frames[0]}${frames[1]}`) },
        hangUp,
      ],
      failure: /^upstream_error other (truncated_body|socket_closed)$/,
    },
    {
      name: 'breaks its chunks',
      script: () => [...after(2, stream(frames)), { do: 'raw', bytes: Buffer.from('zz\r\nnot a chunk') }, stall],
      failure: /^upstream_error other invalid_http$/,
    },
  ];

  test.each(faults)('$name: what came before is read, then the error', async ({ script, failure }) => {
    const scripted = await provider(script);
    const upstream = http();
    const reply = await upstream.send(post(scripted.url), patient, never);
    let text = '';
    const rest = (async () => {
      for (;;) {
        const bytes = await reply.read();
        if (bytes === null) return;
        text += Buffer.from(bytes).toString();
      }
    })();
    expect(await failureOf(rest)).toMatch(failure);
    expect(text).toBe(`${frames[0]}${frames[1]}`);
    expect(await failureOf(reply.read())).toMatch(failure);
    await scripted.until((server) => server.openConnections() === 0);
  });
});

describe('limits', () => {
  test('connect: a handshake that never ends', async () => {
    const scripted = await provider(() => [], { onConnection: () => 'ignore' });
    const upstream = http();
    const sending = upstream.send(post(scripted.url.replace('http:', 'https:')), { ...patient, connect: 30 }, never);
    expect(await failureOf(sending)).toBe('gateway_timeout other connect_timeout');
    await scripted.until((server) => server.openConnections() === 0);
    expect(upstream.openSockets()).toBe(0);
  });

  test('first byte: a provider that takes the request and says nothing', async () => {
    const scripted = await provider(() => [stall]);
    const sending = http().send(post(scripted.url), { ...patient, firstByte: 30 }, never);
    expect(await failureOf(sending)).toBe('gateway_timeout other first_byte_timeout');
    await scripted.until((server) => server.aborted.length === 1 && server.openConnections() === 0);
  });

  test('first byte: a provider that does not even read the request', async () => {
    const scripted = await provider(() => [], { onConnection: () => 'ignore' });
    const sending = http().send(
      post(scripted.url, { body: 'x'.repeat(8_000_000) }),
      { ...patient, firstByte: 30 },
      never,
    );
    expect(await failureOf(sending)).toBe('gateway_timeout other first_byte_timeout');
    await scripted.until((server) => server.openConnections() === 0);
  });

  test('idle: a stream that stands still after two pieces', async () => {
    const scripted = await provider(() => after(2, stream(frames), stall));
    const reply = await http().send(post(scripted.url), { ...patient, idle: 30 }, never);
    expect(await failureOf(readAll(reply))).toBe('gateway_timeout other idle_timeout');
    await scripted.until((server) => server.aborted.length === 1 && server.openConnections() === 0);
  });

  test('idle: runs only while someone reads, so that a slow reader is no stalled provider', async () => {
    const more = Promise.withResolvers<void>();
    const scripted = await provider(() => [
      ...after(0, stream(frames)),
      { do: 'until', promise: more.promise },
      { do: 'send', bytes: Buffer.from('one') },
      stall,
    ]);
    const upstream = http();
    const idle = 20;
    const reply = await upstream.send(post(scripted.url), { ...patient, idle }, never);
    const first = reply.read();
    more.resolve();
    expect(Buffer.from((await first) ?? []).toString()).toBe('one');
    // The timer of the first read goes off while nobody reads.
    await new Promise((resolve) => setTimeout(resolve, 4 * idle));
    expect(upstream.openSockets()).toBe(1);
    const started = performance.now();
    expect(await failureOf(reply.read())).toBe('gateway_timeout other idle_timeout');
    expect(performance.now() - started).toBeGreaterThanOrEqual(idle - 1);
  });

  test('idle: bytes that arrived while the process stood still are read before a timer is believed', async () => {
    const more = Promise.withResolvers<void>();
    const scripted = await provider(() => [
      ...after(1, stream(frames)),
      { do: 'until', promise: more.promise },
      { do: 'send', bytes: Buffer.from('late') },
      stall,
    ]);
    const reply = await http().send(post(scripted.url), { ...patient, idle: 40 }, never);
    await reply.read();
    const waiting = reply.read();
    more.resolve();
    // The server's write goes out in the next turns; then the process freezes past the limit.
    await new Promise((resolve) => setImmediate(resolve));
    const frozenUntil = performance.now() + 80;
    while (performance.now() < frozenUntil);
    expect(Buffer.from((await waiting) ?? []).toString()).toBe('late');
    reply.cancel();
  });
});

describe('an exchange that is stopped', () => {
  // A machine that stands still for a moment is tried again; what is slow is so each time.
  jest.retryTimes(2);
  const leaving = new Error('the client left');

  test('before it began opens no connection', async () => {
    const upstream = http();
    const signal = AbortSignal.abort(leaving);
    await expect(upstream.send(post('http://127.0.0.1:9/'), patient, signal)).rejects.toBe(leaving);
    expect(upstream.openSockets()).toBe(0);
  });

  test('while it connects closes the half-made connection', async () => {
    const scripted = await provider(() => [], { onConnection: () => 'ignore' });
    const upstream = http();
    const client = new AbortController();
    const sending = upstream.send(post(scripted.url.replace('http:', 'https:')), patient, client.signal);
    await scripted.until((server) => server.openConnections() === 1);
    client.abort(leaving);
    await expect(sending).rejects.toBe(leaving);
    await scripted.until((server) => server.openConnections() === 0);
    expect(upstream.openSockets()).toBe(0);
  });

  test('while it waits for headers stops the provider at once', async () => {
    const scripted = await provider(() => [stall]);
    const upstream = http();
    const client = new AbortController();
    const sending = upstream.send(post(scripted.url), patient, client.signal);
    await scripted.until((server) => server.requests.length === 1);
    const left = performance.now();
    client.abort(leaving);
    await expect(sending).rejects.toBe(leaving);
    await scripted.until((server) => server.aborted.length === 1);
    expect((scripted.aborted[0]?.at ?? Infinity) - left).toBeLessThan(AT_ONCE_MS);
  });

  test.each(['signal', 'cancel'] as const)('in its body by %s stops the provider at once', async (by) => {
    const scripted = await provider(() => after(1, stream(frames), stall));
    const upstream = http();
    const client = new AbortController();
    const reply = await upstream.send(post(scripted.url), patient, client.signal);
    await reply.read();
    const waiting = reply.read().catch((error: unknown) => error);
    const left = performance.now();
    if (by === 'signal') client.abort(leaving);
    else reply.cancel();
    reply.cancel();
    const cancelled = expect.objectContaining({ code: 'upstream_error', providerCode: 'cancelled', retry: 'never' });
    expect(await waiting).toEqual(by === 'signal' ? leaving : cancelled);
    await expect(reply.read()).rejects.toEqual(by === 'signal' ? leaving : cancelled);
    await scripted.until((server) => server.aborted.length === 1 && server.openConnections() === 0);
    expect((scripted.aborted[0]?.at ?? Infinity) - left).toBeLessThan(AT_ONCE_MS);
    expect(upstream.openSockets()).toBe(0);
  });

  test('with bytes that nobody has read drops them, and never ends like a whole reply', async () => {
    // Headers and body in one packet: they are here when `send` resolves.
    const scripted = await provider(() => garbage('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'));
    const reply = await http().send(post(scripted.url), patient, never);
    reply.cancel();
    expect(await failureOf(reply.read())).toBe('upstream_error never cancelled');
  });

  test('after its last byte was read changes nothing, and the connection is used again', async () => {
    const scripted = await provider(() => json({ ok: true }));
    const upstream = http();
    const client = new AbortController();
    const reply = await upstream.send(post(scripted.url), patient, client.signal);
    await readAll(reply);
    client.abort(leaving);
    reply.cancel();
    expect(await reply.read()).toBeNull();
    await readAll(await upstream.send(post(scripted.url), patient, never));
    expect(new Set(scripted.requests.map((request) => request.clientPort)).size).toBe(1);
  });

  test('a hundred times, at every stage, leaves no connection, timer or listener', async () => {
    const stages = ['at once', 'as it connects', 'as it waits for headers', 'before it reads', 'as it reads'] as const;
    const stageOf = (n: number) => stages[n % stages.length];
    const hasHeaders = (n: number) => stageOf(n) === 'before it reads' || stageOf(n) === 'as it reads';
    // Each has a path of its own, so that whatever comes first, its answer stands still where its stage is.
    const scripted = await provider(({ path }) => {
      const n = Number(path.slice(1));
      return hasHeaders(n) ? after(1 + (n % 3), stream(frames, { everyMs: n % 3 }), stall) : [stall];
    });
    const upstream = http();
    const signals = Array.from({ length: 100 }, () => countListeners(new AbortController()));
    const timers = countTimers(patient.idle);
    const ends = signals.map(async ({ controller }, n) => {
      const stage = stageOf(n);
      const sending = upstream.send(post(`${scripted.url}/${n}`), patient, controller.signal);
      sending.catch(() => {});
      const leave = () => controller.abort(leaving);
      if (stage === 'at once') leave();
      if (stage === 'as it connects') setImmediate(leave);
      if (stage === 'as it waits for headers')
        await scripted.until(({ requests }) => requests.some(({ path }) => path === `/${n}`)).then(leave);
      const reply = await sending;
      if (stage === 'before it reads') leave();
      else await reply.read().then(() => setImmediate(leave));
      await readAll(reply);
    });
    for (const end of await Promise.allSettled(ends)) {
      expect(end).toEqual({ status: 'rejected', reason: leaving });
    }
    await scripted.until((server) => server.openConnections() === 0);
    // The other side may hear of a close before ours has been reported to us.
    for (let look = 0; look < 500 && upstream.openSockets() > 0; look++)
      await new Promise((next) => setTimeout(next, 10));
    expect(upstream.openSockets()).toBe(0);
    expect(signals.map(({ listeners }) => listeners())).toEqual(signals.map(() => 0));
    timers.restore();
    expect(timers.left()).toBe(0);
  });
});

describe('back-pressure', () => {
  test('50 MB for a reader who does not read stay with the provider', async () => {
    const piece = Buffer.alloc(64 * 1024, 'x');
    const pieces = 800;
    let written = 0;
    function* flood(): Iterable<Step> {
      yield { do: 'head', status: 200, headers: { 'content-type': 'text/plain' } };
      for (; written < pieces; written += 1) yield { do: 'send', bytes: piece };
    }
    const scripted = await provider(flood);
    const upstream = http();
    const reply = await upstream.send(post(scripted.url), patient, never);
    const stalledAt = await settled(() => written);
    // The kernel's buffers on both sides hold a few megabytes; nothing else may.
    expect(stalledAt * piece.length).toBeLessThan(16 * 1024 * 1024);
    let received = 0;
    let longest = 0;
    for (let bytes = await reply.read(); bytes !== null; bytes = await reply.read()) {
      received += bytes.length;
      longest = Math.max(longest, bytes.length);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(received).toBe(pieces * piece.length);
    // One socket read may arrive on top of a queue that was just below its limit.
    expect(longest).toBeLessThanOrEqual(MAX_QUEUED_BYTES + 2 * 64 * 1024);
  });

  test('a reply that was whole before anyone read it is whole', async () => {
    const body = 'y'.repeat(3 * MAX_QUEUED_BYTES);
    const scripted = await provider(() => [...stream([body]).slice(0, 1), { do: 'send', bytes: Buffer.from(body) }]);
    const reply = await http().send(post(scripted.url), patient, never);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect((await readAll(reply)).toString()).toBe(body);
  });
});

describe('close', () => {
  test('ends unused connections and refuses new exchanges', async () => {
    const scripted = await provider(() => json({ ok: true }));
    const upstream = http();
    await readAll(await upstream.send(post(scripted.url), patient, never));
    await upstream.close();
    expect(upstream.openSockets()).toBe(0);
    expect(await failureOf(upstream.send(post(scripted.url), patient, never))).toBe('upstream_error other closed');
  });

  test('lets a running exchange end by itself', async () => {
    const more = Promise.withResolvers<void>();
    const scripted = await provider(() => [
      ...after(1, stream(frames)),
      { do: 'until', promise: more.promise },
      { do: 'send', bytes: Buffer.from('end') },
    ]);
    const upstream = http();
    const reply = await upstream.send(post(scripted.url), patient, never);
    const closing = upstream.close();
    more.resolve();
    expect((await readAll(reply)).toString()).toBe(`${frames[0]}end`);
    await closing;
    expect(upstream.openSockets()).toBe(0);
  });

  test('ends an exchange that would go on for ever within its grace', async () => {
    const scripted = await provider(() => after(1, stream(frames), stall));
    const upstream = http();
    const reply = await upstream.send(post(scripted.url), patient, never);
    const reading = failureOf(readAll(reply));
    const started = performance.now();
    await upstream.close();
    expect(await reading).toBe('upstream_error other closed');
    expect(performance.now() - started).toBeLessThan(CLOSE_GRACE_MS + 500);
    expect(upstream.openSockets()).toBe(0);
  });
});

/** Waits until a counter has stopped moving for 20 looks in a row, 5 ms apart. */
async function settled(counter: () => number): Promise<number> {
  let last = -1;
  for (let same = 0; same < 20; same = counter() === last ? same + 1 : 0) {
    last = counter();
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return last;
}

function countListeners(controller: AbortController): { controller: AbortController; listeners: () => number } {
  const { signal } = controller;
  let listeners = 0;
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (...listener: Parameters<typeof add>) => {
    listeners += 1;
    add(...listener);
  };
  signal.removeEventListener = (...listener: Parameters<typeof remove>) => {
    listeners -= 1;
    remove(...listener);
  };
  return { controller, listeners: () => listeners };
}

/** Counts the timers with this delay that were set and neither cleared nor left to go off. */
function countTimers(delay: number): { left: () => number; restore: () => void } {
  const { setTimeout: set, clearTimeout: clear } = globalThis;
  const timers = new Set<unknown>();
  const counting = (callback: (...values: unknown[]) => void, milliseconds?: number, ...values: unknown[]) => {
    const timer = set(callback, milliseconds, ...values);
    if (milliseconds === delay) timers.add(timer);
    return timer;
  };
  globalThis.setTimeout = counting as typeof set;
  globalThis.clearTimeout = (timer) => {
    timers.delete(timer);
    clear(timer);
  };
  return {
    left: () => timers.size,
    restore: () => {
      globalThis.setTimeout = set;
      globalThis.clearTimeout = clear;
    },
  };
}
