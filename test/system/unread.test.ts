import { once } from 'node:events';
import { type ClientHttp2Session, connect as connectHttp2 } from 'node:http2';
import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { ENTRIES } from '../../functions/core/ledger/entries.ts';
import { chatChunk, sse, works } from '../support/answers.ts';
import { countRunning } from '../support/count-running.ts';
import { type ScriptedUpstream, type Step, startScriptedUpstream } from '../support/scripted-upstream.ts';
import { type Account, type Mesh, startMesh } from '../support/start-mesh.ts';

/** Clients that ask for a stream and do not read it, or slowly, while its upstream says more than any buffer holds. */
const UNREAD_MS = 3_000;
const TIMEOUT_MS = 60_000;
const INPUT_PICO = 10_000n;
const OUTPUT_PICO = 20_000n;

/** What one event says, long enough that a system's buffers are full soon. */
const TEXT = 'word '.repeat(20_000);

let upstream: ScriptedUpstream;
let mesh: Mesh;
let account: Account;
const toClose: (() => void)[] = [];

beforeAll(async () => {
  function* flood(): Iterable<Step> {
    yield { do: 'head', status: 200, headers: { 'content-type': 'text/event-stream' } };
    for (;;) yield { do: 'send', bytes: Buffer.from(sse(chatChunk({ content: TEXT }))) };
  }
  upstream = await startScriptedUpstream((request) => (request.body.includes('flood') ? flood() : works(request)));
  const endpoint = { provider: 'acme', model: 'm', price: { input: '0.01', output: '0.02' } };
  mesh = await startMesh({
    unreadMs: UNREAD_MS,
    catalogue: {
      providers: { acme: { format: 'chat', base_url: `${upstream.url}/v1`, auth: { type: 'none' } } },
      models: { 'acme/m': { context_length: 1_000_000_000, max_output_tokens: 900_000_000, endpoints: [endpoint] } },
    },
  });
}, TIMEOUT_MS);
afterAll(async () => {
  await mesh?.close();
  await upstream?.close();
}, TIMEOUT_MS);
beforeEach(async () => {
  account = await mesh.makeOwner({ amount: '1000' });
});
afterEach(() => {
  for (const close of toClose.splice(0)) close();
});

const body = (content: string) =>
  JSON.stringify({ model: 'acme/m', stream: true, messages: [{ role: 'user', content }] });

/** A client that asks, and reads only what it is told to. `ended`: when the router has dropped it. */
const clients = {
  async 'HTTP/1.1'() {
    const socket = connect(Number(new URL(mesh.url).port), '127.0.0.1');
    toClose.push(() => socket.destroy());
    socket.on('error', () => {});
    socket.pause();
    const sent = body('flood');
    const head = ['POST /v1/chat/completions HTTP/1.1', 'host: mesh', `authorization: Bearer ${account.key}`];
    socket.write(`${head.join('\r\n')}\r\ncontent-length: ${sent.length}\r\n\r\n${sent}`);
    return { client: socket };
  },
  async 'HTTP/2'() {
    const session = connectHttp2(mesh.url);
    toClose.push(() => session.destroy());
    const stream = ask(session, 'flood');
    stream.pause();
    return { client: stream, session };
  },
};

function ask(session: ClientHttp2Session, content: string) {
  const headers = { ':method': 'POST', ':path': '/v1/chat/completions', authorization: `Bearer ${account.key}` };
  const stream = session.request(headers);
  stream.on('error', () => {});
  stream.end(body(content));
  return stream;
}

const aborted = () => upstream.until((server) => server.aborted.length > before);
let before = 0;
beforeEach(() => {
  before = upstream.aborted.length;
});

async function untilIt(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 20));
}

const ofOwner = async (collection: string) =>
  (await mesh.documents.query({ collection })).filter(({ data }) => data.owner_id === account.ownerId);

test.each(['HTTP/1.1', 'HTTP/2'] as const)(
  'a client that reads nothing of its stream over %s is dropped, its upstream with it; what it was sent is charged, and nothing is held',
  async (protocol) => {
    await clients[protocol]();
    const startedAt = performance.now();
    await aborted();
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(UNREAD_MS - 1);

    await untilIt(
      async () => mesh.openUpstreamSockets() === 0 && (await countRunning(mesh.documents, account.ownerId)) === 0,
    );
    const charges = (await ofOwner(ENTRIES)).filter(({ data }) => data.kind === 'charge');
    expect(charges).toHaveLength(1);
    const charge = charges[0]?.data ?? {};
    expect(charge).toMatchObject({ outcome: 'client_gone', basis: 'estimated', overage: 0n, written_off: 0n });
    const [input, output] = [BigInt(Number(charge.input_tokens)), BigInt(Number(charge.output_tokens))];
    expect(output).toBeGreaterThan(10_000n);
    expect(charge.cost_pico_usd).toBe(input * INPUT_PICO + output * OUTPUT_PICO);
    expect((await account.balance()).reserved_usd).toBe('0');
  },
  TIMEOUT_MS,
);

test(
  'of an HTTP/2 connection one stream is dropped, and not the others',
  async () => {
    const { session } = await clients['HTTP/2']();
    await aborted();
    const other = ask(session, 'Hello');
    const pieces: Buffer[] = [];
    for await (const piece of other) pieces.push(piece);
    expect(Buffer.concat(pieces).toString()).toContain('[DONE]');
  },
  TIMEOUT_MS,
);

test.each(['HTTP/1.1', 'HTTP/2'] as const)(
  'a client that takes its stream more slowly than its upstream sends it, over %s, is not dropped',
  async (protocol) => {
    const { client } = await clients[protocol]();
    const until = performance.now() + 4 * UNREAD_MS;
    let bytes = 0;
    while (performance.now() < until) {
      const piece: Buffer | null = client.read();
      bytes += piece?.length ?? 0;
      await (piece === null ? once(client, 'readable') : new Promise((resolve) => setTimeout(resolve, 5)));
    }
    expect(bytes).toBeGreaterThan(TEXT.length);
    expect(upstream.aborted).toHaveLength(before);
    client.destroy();
    await aborted();
    await untilIt(async () => (await countRunning(mesh.documents, account.ownerId)) === 0);
  },
  TIMEOUT_MS,
);
