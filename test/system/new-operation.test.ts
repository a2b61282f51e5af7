import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { ENTRIES } from '../../functions/core/ledger/entries.ts';
import type { Key } from '../../functions/router/access/key-cache.ts';
import { chatOperation } from '../../functions/router/operations/chat/chat.ts';
import { chatNeeds } from '../../functions/router/operations/shared/chat-needs.ts';
import type { Ask } from '../../functions/router/way/ask.ts';
import type { Exchange, Operation, Parsed } from '../../functions/router/way/operation.ts';
import type { Output } from '../../functions/router/way/output.ts';
import { serveRequest } from '../../functions/router/way/serve-request.ts';
import { chatCompletion, works } from '../support/answers.ts';
import { json, type Script, type ScriptedUpstream, startScriptedUpstream } from '../support/scripted-upstream.ts';
import { type Account, type Mesh, startMesh } from '../support/start-mesh.ts';

/** A kind of work that is not served: several questions in one, each a request of its own to the endpoint, one charge. */
interface Questions {
  questions: string[];
  model: string;
}

const SLOW = 'slow';
/** Nothing here is sealed. */
const seal = { seal: () => null, open: () => null };
const model = 'acme/large';

const toChat = ({ questions, model: name }: Questions) => ({
  model: name,
  messages: questions.map((content) => ({ role: 'user' as const, content })),
  max_tokens: 100,
});

/** All that a new operation has to say; nothing of the way knows of it. */
const questionsOperation: Operation<Questions, never, string[]> = {
  name: 'questions',
  surface: chatOperation.surface,
  parse: ({ body }) => ({ request: body as Questions, body, streamType: null, timeoutMs: null }),
  needs: (request, key) => chatNeeds(toChat(request), key),
  exchange(request, ask, endpoint): Exchange<never, string[]> | null {
    if (endpoint.provider === SLOW) return null;
    const chat = (question: string) => {
      const asked = { ...request, questions: [question] };
      return chatOperation.exchange({ chat: toChat(asked), raw: {} }, ask, endpoint) as Exchange<never, never>;
    };
    const [first = '', ...rest] = request.questions;
    return {
      decoder: null,
      requests: (candidate) => [
        chat(first).requests(candidate)[0],
        ...rest.map((each) => chat(each).requests(candidate)[0]),
      ],
      whole(replies) {
        const answers = replies.map((reply) => JSON.parse(reply.text) as typeof chatCompletion);
        return {
          whole: answers.map(({ choices }) => choices[0]?.message.content ?? ''),
          facts: { texts: [], marks: 0, usage: null },
        };
      },
      failure: chat(first).failure,
    };
  },
  encoder: (_request, head) => ({
    frames: () => '',
    last: () => '',
    fail: () => '',
    whole: (answers, bill) => JSON.stringify({ id: head.id, answers, cost: bill.usd }),
  }),
};

let script: Script = works;
let upstream: ScriptedUpstream;
let mesh: Mesh;
let account: Account;
let key: Key;
beforeAll(async () => {
  upstream = await startScriptedUpstream((request) => script(request));
  const endpoint = (provider: string) => ({ provider, model: 'm', price: { input: '1', output: '2' } });
  mesh = await startMesh({
    catalogue: {
      providers: Object.fromEntries(
        [SLOW, 'acme', 'other'].map((name) => [
          name,
          { format: 'chat', base_url: `${upstream.url}/${name}`, auth: { type: 'none' } },
        ]),
      ),
      models: {
        [model]: {
          context_length: 10_000,
          max_output_tokens: 1_000,
          endpoints: [SLOW, 'acme', 'other'].map(endpoint),
        },
      },
    },
  });
  account = await mesh.makeOwner();
  key = (await mesh.services.keys.find(account.key, '')) as Key;
});
afterAll(async () => {
  await mesh.close();
  await upstream.close();
});
beforeEach(() => {
  script = works;
});

function askOf(operation: string): Ask {
  return {
    id: mesh.services.mintId('req'),
    key,
    label: null,
    operation,
    part: '',
    meshSdk: false,
    idempotencyKey: null,
    passOn: {},
    gone: new AbortController().signal,
    explained: false,
    arrivedAt: Date.now(),
    startedAt: mesh.services.clock.monotonic(),
    uploadMs: 0,
    trace: null,
    span: null,
    decision: null,
    rates: null,
    client: null,
    endUser: null,
    session: null,
    affinity: null,
    metadata: null,
    queueMs: null,
    holdMs: null,
    attempts: [],
  };
}

async function serve<R, F, W>(ask: Ask, operation: Operation<R, F, W>, parsed: Parsed<R>): Promise<string[]> {
  const written: string[] = [];
  const output: Output = {
    sendWhole: (json) => void written.push(json),
    openStream: () => ({
      write(text) {
        if (text !== '') written.push(text);
        return undefined;
      },
      end: (text) => void written.push(text),
      fail: (text) => void written.push(text),
    }),
  };
  await serveRequest(ask, operation, parsed, output, mesh.services);
  return written;
}

async function questions(
  ...asked: string[]
): Promise<{ ask: Ask; reply: { id: string; answers: string[]; cost: string } }> {
  const ask = askOf('questions');
  const body = { questions: asked, model };
  const incoming = { body, param: '', query: new URLSearchParams(), headers: {}, seal };
  const [text = ''] = await serve(ask, questionsOperation, await questionsOperation.parse(incoming, {}));
  return { ask, reply: JSON.parse(text) };
}

describe('an operation that the way has never heard of', () => {
  test('is chosen for, held, asked in several requests, charged once and answered', async () => {
    const before = upstream.requests.length;
    const { reply } = await questions('One?', 'Two?', 'Three?');
    expect(reply.answers).toEqual(['Hello there', 'Hello there', 'Hello there']);
    const asked = upstream.requests.slice(before);
    expect(asked.map(({ path }) => path)).toEqual(Array(3).fill('/acme/chat/completions'));
    expect(asked.map(({ body }) => JSON.parse(body).messages[0].content)).toEqual(['One?', 'Two?', 'Three?']);
    const charged = await mesh.documents.query({
      collection: ENTRIES,
      where: [{ field: 'entry_id', op: '==', value: reply.id }],
    });
    expect(charged).toHaveLength(1);
    expect(Number(reply.cost)).toBeGreaterThan(0);
  });

  test('goes whole to the next endpoint where one of its requests failed', async () => {
    const before = upstream.requests.length;
    script = (request) =>
      request.path.startsWith('/acme') && request.body.includes('Two?')
        ? json({ error: { message: 'busy' } }, 503)
        : json(chatCompletion);
    const { ask, reply } = await questions('One?', 'Two?');
    expect(reply.answers).toHaveLength(2);
    expect(ask.attempts.map(({ endpoint, outcome }) => [endpoint.provider, outcome])).toEqual([
      ['acme', 'upstream_error'],
      ['other', 'ok'],
    ]);
    expect(upstream.requests.slice(before).map(({ path }) => path.split('/')[1])).toEqual([
      'acme',
      'acme',
      'other',
      'other',
    ]);
  });

  test('is never put to an endpoint that it cannot ask, which its decision says', async () => {
    const { ask } = await questions('One?');
    expect(ask.decision?.explain().candidates.find(({ provider }) => provider === SLOW)).toMatchObject({
      rank: null,
      excluded: 'capability',
    });
  });
});

test('what an operation holds back leaves only with the bill, in order', async () => {
  const posted: boolean[] = [];
  const holding: typeof chatOperation = {
    ...chatOperation,
    exchange(request, ask, endpoint) {
      const exchange = chatOperation.exchange(request, ask, endpoint);
      const make = exchange?.decoder;
      if (exchange === null || make == null) return exchange;
      const hold = (pieces: ReturnType<ReturnType<typeof make>['push']>) =>
        pieces.map((piece) => ({ ...piece, facts: { ...piece.facts, held: piece.facts.finished } }));
      return {
        ...exchange,
        decoder() {
          const inner = make();
          return { push: (bytes) => hold(inner.push(bytes)), end: () => hold(inner.end()) };
        },
      };
    },
    encoder(request, head) {
      const encoder = chatOperation.encoder(request, head);
      return {
        ...encoder,
        last(held, bill, stopped) {
          posted.push((bill.mesh as { settled: boolean }).settled);
          expect(held.map(({ choices }) => choices[0]?.finish_reason)).toEqual(['stop', undefined]);
          return encoder.last(held, bill, stopped);
        },
      };
    },
  };
  const body = { ...toChat({ questions: ['One?'], model }), stream: true };
  const parsed = await holding.parse({ body, param: '', query: new URLSearchParams(), headers: {}, seal }, {});
  const written = await serve(askOf('chat'), holding, parsed);
  expect(posted).toEqual([true]);
  const last = written.at(-1) ?? '';
  expect(written.slice(0, -1).join('')).not.toContain('"finish_reason":"stop"');
  expect(last.indexOf('"finish_reason":"stop"')).toBeLessThan(last.indexOf('"cost"'));
  expect(last.endsWith('data: [DONE]\n\n')).toBe(true);
});
