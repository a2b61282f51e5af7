import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { FAILURES_IN_A_ROW } from '../../functions/core/health/outcome-window.ts';
import { KEY_BYTES, makeKey } from '../../functions/core/keys.ts';
import { checkLedger } from '../../functions/core/leases/check-ledger.ts';
import { openSqliteDocuments } from '../../functions/platform/documents/sqlite-documents.ts';
import { works } from '../support/answers.ts';
import { type Cell, cells, describeMatrix, type Seen } from '../support/fault-matrix.ts';
import { type Expected, FAULT_LIMIT_MS, type Fault, faults, type Moved } from '../support/faults.ts';
import { type ClientAccount, type ClientReply, connectMesh, type MeshClient } from '../support/mesh-client.ts';
import { type MeshProcess, spawnMesh } from '../support/mesh-process.ts';
import { deadUrl, type ScriptedUpstream, startScriptedUpstream } from '../support/scripted-upstream.ts';

/**
 * A router in a process of its own, and providers that fail in every way that is listed in `support/faults.ts`: at the first
 * endpoint or at all of them, asked for a stream or for a whole answer. `npm run test:faults` prints what was seen.
 */
const PRINTED = process.env.FAULT_MATRIX === 'on';

/** Four tokens in and two out, at $3 and $15 per million; nano-dollars. */
const WHOLE_CHARGE = 42_000n;
const MODEL = 'acme/';
/** How long a client may be kept beside the failure itself: the machine, not the router, makes it so long. Milliseconds. */
const MAX_DETOUR_MS = 100;
/** Requests timed for each of some failures. */
const TIMED = 15;

const adminKey = makeKey('mak', randomBytes(KEY_BYTES));
const seen = new Map<string, Seen>();
const detours: number[] = [];
const addedTimes: string[] = [];
let folder: string;
let mesh: MeshProcess;
let client: MeshClient;
let upstream: ScriptedUpstream;
const closers: (() => unknown)[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mesh-faults-'));
  upstream = await startScriptedUpstream((request) => {
    const cell = cells.find(({ id }) => request.path.startsWith(`/${id}/`));
    // Only the first path segment is the test's; what follows is the format's own.
    return cell?.fault.script?.(cell.mode === 'stream') ?? works(request);
  });
  const resets = await startScriptedUpstream(works, { onConnection: () => 'reset' });
  const ignores = await startScriptedUpstream(works, { onConnection: () => 'ignore' });
  const bare = createTlsServer({}).listen(0, '127.0.0.1');
  bare.on('tlsClientError', () => {});
  await once(bare, 'listening');
  closers.push(
    () => upstream.close(),
    () => resets.close(),
    () => ignores.close(),
    () => bare.close(),
  );
  const hosts: Record<NonNullable<Fault['host']>, string> = {
    dead: await deadUrl(),
    resets: resets.url,
    ignores: ignores.url,
    'no such name': 'http://nowhere.invalid',
    plain: upstream.url.replace('http:', 'https:'),
    'no certificate': `https://127.0.0.1:${(bare.address() as AddressInfo).port}`,
  };
  await writeFile(join(folder, 'catalogue.json'), JSON.stringify(toCatalogue(hosts)));
  const seconds = String(FAULT_LIMIT_MS / 1_000);
  mesh = await spawnMesh({
    MESH_STORE: `sqlite:${join(folder, 'mesh.db')}`,
    MESH_CATALOGUE: join(folder, 'catalogue.json'),
    MESH_ADMIN_KEY: adminKey,
    MESH_CONNECT_SECONDS: seconds,
    MESH_FIRST_TOKEN_SECONDS: seconds,
    MESH_WHOLE_SECONDS: seconds,
    MESH_IDLE_SECONDS: seconds,
    ACME_API_KEY: 'sk-acme',
  });
  client = connectMesh(mesh.url, adminKey);
}, 60_000);

afterAll(async () => {
  await mesh?.kill('SIGTERM');
  for (const close of closers) await close();
  const documents = await openSqliteDocuments(join(folder, 'mesh.db'));
  const { faults: wrong } = await checkLedger(documents);
  await documents.close();
  await rm(folder, { recursive: true, force: true });
  if (PRINTED) process.stdout.write(`\n${describeMatrix(seen)}\n\n${describeDetours()}\n`);
  expect(wrong).toEqual([]);
}, 30_000);

/** Each cell is a model with two endpoints, of which the second works where the fault is at the first alone. */
function toCatalogue(hosts: Record<string, string>) {
  const provider = (format: string) => ({
    format,
    base_url: upstream.url,
    auth: { type: 'bearer', secret: 'acme-api-key' },
  });
  const model = ({ id, fault, place }: Cell) => ({
    context_length: 100_000,
    max_output_tokens: 1_000,
    capabilities: ['tools'],
    endpoints: ['p0', 'p1'].map((name, at) => {
      const faulty = at === 0 || place === 'all';
      const host = fault.host === undefined ? upstream.url : hosts[fault.host];
      const format = faulty ? (fault.format ?? 'chat') : 'chat';
      return {
        provider: name,
        model: id,
        price: { input: '3', output: '15' },
        format,
        base_url: (faulty ? `${host}/${id}` : `${upstream.url}/works`) + (format === 'gemini' ? '/{model}' : ''),
      };
    }),
  });
  return {
    providers: { p0: provider('chat'), p1: provider('chat') },
    models: Object.fromEntries(cells.map((cell) => [MODEL + cell.id, model(cell)])),
  };
}

const ask = (key: string, model: string, mode: Cell['mode'], more: object = {}) =>
  client.call('POST', '/v1/chat/completions', key, {
    model,
    stream: mode === 'stream',
    messages: [{ role: 'user', content: 'Say hello, please.' }],
    provider: { order: ['p0', 'p1'] },
    ...more,
  });

interface Attempt {
  endpoint: string;
  outcome: string;
  provider_code: string | null;
  started_ms: number;
  latency_ms: number;
}

const framesOf = (text: string) =>
  text
    .trimEnd()
    .split('\n\n')
    .filter((line) => line.startsWith('data: '))
    .map((line) => (line === 'data: [DONE]' ? '[DONE]' : JSON.parse(line.slice(6))));

const textOf = (frames: { choices?: { delta?: { content?: string } }[] }[]) =>
  frames.map(({ choices }) => choices?.[0]?.delta?.content ?? '').join('');

/** Compares a provider code with the one that was expected, or the pattern of one. */
function expectCode(found: string | null | undefined, expected: string | RegExp | null): void {
  if (expected instanceof RegExp) expect(found).toMatch(expected);
  else expect(found ?? null).toBe(expected);
}

/** A whole answer to the end, streamed or not. */
function expectAnswer(reply: ClientReply, mode: Cell['mode']): void {
  expect([reply.status, reply.text]).toEqual([200, expect.any(String)]);
  if (mode === 'whole') {
    expect(JSON.parse(reply.text).choices[0].message.content).toBe('Hello there');
    return;
  }
  const frames = framesOf(reply.text);
  expect(textOf(frames)).toBe('Hello there');
  expect(frames.at(-1)).toBe('[DONE]');
  expect(frames.some((frame) => frame.error)).toBe(false);
}

/** The first request of a cell: what its client got, what was charged, what the attempt log says. */
async function meet({ id, place, mode, expected }: Cell, account: ClientAccount): Promise<Omit<Seen, 'breaker'>> {
  const reply = await ask(account.key, MODEL + id, mode);
  const charged = await account.spent();
  const attempts: Attempt[] = await client.json(
    'GET',
    `/v1/usage/events/${reply.headers.get('x-mesh-request-id')}/attempts`,
    account.key,
  );
  const outcomes = attempts.map(({ outcome }) => outcome);
  const report = (client: string) => ({ client, charged, attempts: attempts.map(describeAttempt) });

  if (expected.kind === 'serves') {
    expectAnswer(reply, mode);
    expect([charged, outcomes]).toEqual([WHOLE_CHARGE, ['ok']]);
    return report('200');
  }
  if (expected.kind === 'fails' && place === 'first') {
    expectAnswer(reply, mode);
    expect([charged, outcomes]).toEqual([WHOLE_CHARGE, [outcomeOf(expected), 'ok']]);
    expectCode(attempts[0]?.provider_code, expected.provider);
    const [failed, next] = attempts as [Attempt, Attempt];
    detours.push(next.started_ms - failed.started_ms - failed.latency_ms);
    return report('200');
  }
  if (expected.kind === 'breaks') {
    const frames = framesOf(reply.text);
    const { error, choices } = frames.at(-1);
    expect([reply.status, reply.text.includes('[DONE]'), choices]).toEqual([200, false, undefined]);
    expect(textOf(frames)).toBe('Hello ');
    expect(frames.filter((frame) => frame.error)).toHaveLength(1);
    expect([error.code, charged, outcomes]).toEqual([expected.code, expected.charge, [expected.code]]);
    expectCode(error.provider_code, expected.provider);
    expectCode(attempts[0]?.provider_code, expected.provider);
    return report(`200, text, error frame \`${error.code}\``);
  }
  const { error } = JSON.parse(reply.text);
  expect([reply.status, error.code, charged]).toEqual([expected.status, expected.code, 0n]);
  expectCode(error.provider_code, expected.provider);
  const tries = expected.kind === 'fails' ? (expected.attempts ?? 2) : 1;
  expect(outcomes).toEqual(Array.from({ length: tries }, () => outcomeOf(expected)));
  return report(`${reply.status} \`${error.code}\``);
}

/** What an attempt that failed is said to have come to. */
function outcomeOf(expected: Exclude<Expected, { kind: 'serves' }>): string {
  return (expected.kind === 'fails' ? expected.outcome : undefined) ?? expected.code;
}

function describeAttempt({ outcome, provider_code }: Attempt): string {
  return provider_code === null || outcome === 'ok' ? outcome : `${outcome}/${provider_code}`;
}

/** What became of the breakers of a cell, after as many requests as open one. */
async function breakersOf({ id }: Cell): Promise<Record<'p0' | 'p1', Moved>> {
  const all: { endpoint: string; generation: number }[] = await client.json('GET', '/v1/breakers', adminKey);
  const moved = (provider: string): Moved => {
    const found = all.find(({ endpoint }) => endpoint === `${provider}/${id}`);
    if (found === undefined) return 'not moved';
    // A cooldown may be over by now: one that was never open has been listed for nothing else.
    return found.generation === 0 ? 'cools down' : 'opens';
  };
  return { p0: moved('p0'), p1: moved('p1') };
}

/** Meets a fault as often as opens a breaker, and looks at everything after. */
async function checkCell(cell: Cell): Promise<void> {
  const account = await client.openAccount();
  const met = await meet(cell, account);
  const more = Array.from({ length: FAILURES_IN_A_ROW - 1 }, () => ask(account.key, MODEL + cell.id, cell.mode));
  await Promise.all(more);
  const moved = await breakersOf(cell);
  seen.set(cell.id, { ...met, breaker: moved.p0 });
  const { fault, place, expected } = cell;
  // The one that was not at fault, or was never asked, is as it was.
  const isAsked = expected.kind === 'fails' || (expected.kind === 'breaks' && fault.moved === 'cools down');
  expect(moved).toEqual({ p0: fault.moved, p1: place === 'all' && isAsked ? fault.moved : 'not moved' });
}

test.each(faults.map((fault) => [fault.name, fault] as const))(
  '%s, at the first endpoint and at all, streamed and whole',
  async (_name, fault) => {
    const own = cells.filter((cell) => cell.fault === fault);
    const results = await Promise.allSettled(own.map(checkCell));
    const wrong = results.flatMap((result, at) =>
      result.status === 'fulfilled' ? [] : [`${own[at]?.place} ${own[at]?.mode}: ${(result.reason as Error).message}`],
    );
    expect(wrong).toEqual([]);
  },
  30_000,
);

test('moving on to the next endpoint takes no longer than the failure itself', () => {
  expect(detours.length).toBeGreaterThan(faults.length);
  expect(Math.max(...detours)).toBeLessThan(MAX_DETOUR_MS);
});

test.each(['500', 'refused connection', 'stall before the first byte'])(
  'its client waits for the failure (%s), and not for anything else',
  async (name) => {
    const cell = cells.find(({ fault, place, mode }) => fault.name === name && place === 'first' && mode === 'stream');
    if (cell === undefined) throw new Error(`There is no fault ${name}.`);
    const { key } = await client.openAccount();
    const times: { direct: number; failover: number; failure: number }[] = [];
    for (let n = 0; n < TIMED; n++) {
      await client.json('POST', `/v1/breakers/p0/${cell.id}/reset`, adminKey);
      const direct = await timed(() => ask(key, MODEL + cell.id, cell.mode, { provider: { order: ['p1'] } }));
      const failover = await timed(() => ask(key, MODEL + cell.id, cell.mode));
      const id = failover.reply.headers.get('x-mesh-request-id');
      const [failed, next]: Attempt[] = await client.json('GET', `/v1/usage/events/${id}/attempts`, key);
      expect([failed?.outcome === 'ok', next?.outcome]).toEqual([false, 'ok']);
      times.push({ direct: direct.ms, failover: failover.ms, failure: failed?.latency_ms ?? 0 });
    }
    const added = median(times.map(({ direct, failover }) => failover - direct));
    const failure = median(times.map((each) => each.failure));
    addedTimes.push(`${name}: ${added.toFixed(1)} ms more than without it, of which the failure took ${failure} ms`);
    expect(added - failure).toBeLessThan(MAX_DETOUR_MS);
  },
  30_000,
);

async function timed(act: () => Promise<ClientReply>): Promise<{ reply: ClientReply; ms: number }> {
  const startedAt = performance.now();
  const reply = await act();
  expect(reply.status).toBe(200);
  return { reply, ms: performance.now() - startedAt };
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function describeDetours(): string {
  const sorted = [...detours].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.floor((sorted.length - 1) * share)];
  const gaps = `From a failure to the next attempt, ${sorted.length} times: median ${at(0.5)} ms, 99 % ${at(0.99)} ms, longest ${at(1)} ms.`;
  return [gaps, ...addedTimes].join('\n');
}
