import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type OpenAI from 'openai';
import { CLOSING_WAIT_MS } from '../../functions/router/way/pump.ts';
import {
  hangUp,
  type Script,
  type ScriptedUpstream,
  type Step,
  stall,
  startScriptedUpstream,
  stream,
} from '../support/scripted-upstream.ts';
import { type Account, type Mesh, startMesh } from '../support/start-mesh.ts';

const usage = { prompt_tokens: 4, completion_tokens: 2, total_tokens: 6 };
/** Four tokens in, two out, at $3 and $15 per million. */
const COST = '0.000042';
const head = { id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm' };
const frame = (body: object) => `data: ${JSON.stringify({ ...head, ...body })}\n\n`;
const said = (content: string, index = 0, finish_reason: string | null = null, more: object = {}) =>
  frame({ choices: [{ index, delta: { content }, finish_reason }], ...more });
const finish = (index = 0, more: object = {}) =>
  frame({ choices: [{ index, delta: {}, finish_reason: 'stop' }], ...more });
const report = frame({ choices: [], usage });
const DONE = 'data: [DONE]\n\n';

let upstream: ScriptedUpstream;
let mesh: Mesh;
let account: Account;
let script: Script;

beforeAll(async () => {
  upstream = await startScriptedUpstream((request) => script(request));
  mesh = await startMesh({
    catalogue: {
      providers: { acme: { format: 'chat', base_url: `${upstream.url}/v1`, auth: { type: 'none' } } },
      models: {
        'acme/chat': {
          context_length: 100_000,
          max_output_tokens: 1_000,
          capabilities: ['n'],
          endpoints: [{ provider: 'acme', model: 'm', price: { input: '3', output: '15' } }],
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
  account = await mesh.makeOwner();
});

const body = (more: object) => ({
  model: 'acme/chat',
  stream: true as const,
  messages: [{ role: 'user' as const, content: 'Hi' }],
  ...more,
});

async function read(more: object = {}): Promise<{ text: string; frames: Frame[] }> {
  const { text } = await mesh.call('POST', '/v1/chat/completions', { key: account.key, body: body(more) });
  const lines = text.split('\n\n').filter((line) => line !== '' && line !== 'data: [DONE]');
  return { text, frames: lines.map((line) => JSON.parse(line.slice('data: '.length)) as Frame) };
}

type Frame = OpenAI.ChatCompletionChunk & { cost?: string; mesh?: { cost: { basis: string } }; error?: object };

/** What each frame says: its choices, and whether it has the bill. */
const told = (frames: readonly Frame[]) =>
  frames.map(({ choices, cost }) => [
    ...choices.map(({ index, delta, finish_reason }) => `${index}${delta.content ?? ''}${finish_reason ?? ''}`),
    ...(cost === undefined ? [] : ['bill']),
  ]);

/** A gate for the upstream, and the step that waits for it. */
function gate(): { open: () => void; step: Step } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { open: resolve, step: { do: 'until', promise } };
}

describe('the last frame of a stream', () => {
  test.each([
    ['after the finish', [finish(), report]],
    ['with the finish', [finish(0, { usage })]],
    ['with the finish, and once more', [finish(0, { usage: { ...usage, completion_tokens: 1 } }), report]],
    ['before the finish', [said('', 0, null, { usage }), finish()]],
  ])('has the finish and the bill, where usage comes %s', async (_when, end) => {
    script = () => stream([said('a'), ...end, DONE]);
    const { text, frames } = await read();
    expect(told(frames)).toEqual([['0a'], ['0stop', 'bill']]);
    expect(frames.at(-1)).toMatchObject({ usage, cost: COST, mesh: { cost: { basis: 'exact' } } });
    expect(text.endsWith(DONE)).toBe(true);
  });

  test('keeps no text back, also none that comes with the finish', async () => {
    const { open, step } = gate();
    script = () => [...stream([said('a', 0, 'stop')]), step, ...stream([report, DONE]).slice(1)];
    const chunks: Frame[] = [];
    for await (const chunk of await account.openai.chat.completions.create(body({}))) {
      chunks.push(chunk);
      open();
    }
    expect(told(chunks)).toEqual([['0a'], ['0stop', 'bill']]);
  });

  test('is that of the last choice that ends, and those before keep nothing back', async () => {
    const { open, step } = gate();
    const rest = stream([finish(1), report, DONE]).slice(1);
    script = () => [...stream([said('a'), finish(), said('b', 1)]), step, ...rest];
    const chunks: Frame[] = [];
    for await (const chunk of await account.openai.chat.completions.create(body({ n: 2 }))) {
      chunks.push(chunk);
      if (chunk.choices[0]?.delta.content === 'b') open();
    }
    expect(told(chunks)).toEqual([['0a'], ['0stop'], ['1b'], ['1stop', 'bill']]);
  });

  test('has a choice that says nothing, where fewer came than were asked for', async () => {
    script = () => stream([said('a'), finish(), report, DONE]);
    const { frames } = await read({ n: 2 });
    expect(told(frames)).toEqual([['0a'], ['0stop'], ['0', 'bill']]);
    expect(frames.at(-1)).toMatchObject({ cost: COST, mesh: { cost: { basis: 'exact' } } });
  });

  test('comes without usage where the connection ends without', async () => {
    script = () => stream([said('a'), finish()]);
    const { frames } = await read();
    expect(told(frames)).toEqual([['0a'], ['0stop', 'bill']]);
    expect(frames.at(-1)).toMatchObject({ mesh: { cost: { basis: 'estimated' } } });
  });

  test('comes two seconds after the finish, where neither usage nor the end does', async () => {
    script = () => [...stream([said('a'), finish()]), stall];
    const beganAt = performance.now();
    const { text, frames } = await read();
    const took = performance.now() - beganAt;
    expect(took).toBeGreaterThan(CLOSING_WAIT_MS - 100);
    expect(took).toBeLessThan(CLOSING_WAIT_MS + 2_000);
    expect(told(frames)).toEqual([['0a'], ['0stop', 'bill']]);
    expect(text.endsWith(DONE)).toBe(true);
  });

  test('is an error, where the stream breaks between the finishes of two choices', async () => {
    script = () => [...stream([said('a'), finish(), said('b', 1)]), hangUp];
    const { text, frames } = await read({ n: 2 });
    expect(told(frames.slice(0, -1))).toEqual([['0a'], ['0stop'], ['1b']]);
    expect(frames.at(-1)?.error).toMatchObject({ code: expect.stringMatching(/^upstream_/) });
    expect(text).not.toContain('[DONE]');
  });
});
