import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { z } from 'zod';
import { chunkReply, completionReply } from '../../functions/router/operations/chat/reply-schemas.ts';
import { type ModelAnswer, modelAnswer } from '../clients/model-answer.ts';
import { providerError } from '../clients/provider-error.ts';
import { targetCatalogue, targets } from '../clients/targets.ts';
import { openaiChunk, openaiCompletion, openaiError } from '../support/openai-chat-schema.ts';
import { type ScriptedUpstream, type Step, startScriptedUpstream } from '../support/scripted-upstream.ts';
import { type Account, type Mesh, startMesh } from '../support/start-mesh.ts';
import { formatOfPath } from '../support/strict-upstream.ts';

/** What chat answers, whole and as frames, is what OpenAI publishes as well as what we do. */

const call = (id: string, city: string) => ({ id, name: 'get_weather', args: JSON.stringify({ city }) });
const answers: Record<string, ModelAnswer> = {
  text: { thinking: '', text: 'Hello there, my friend.', calls: [] },
  calls: { thinking: '', text: '', calls: [call('call0abcdef', 'Oslo'), call('call1abcdef', 'Bergen')] },
  'thoughts, text and a call': { thinking: 'First I look.', text: 'I look.', calls: [call('call0abcdef', 'Oslo')] },
};

let mesh: Mesh;
let account: Account;
let upstream: ScriptedUpstream;
let answer: (ask: { streamed: boolean; format: NonNullable<ReturnType<typeof formatOfPath>> }) => Step[];

beforeAll(async () => {
  upstream = await startScriptedUpstream(
    ({ path, body }) => {
      const streamed = /stream/i.test(path) || JSON.parse(body).stream === true;
      return answer({ streamed, format: formatOfPath(path) ?? 'chat' });
    },
    { strict: () => null },
  );
  mesh = await startMesh({ catalogue: targetCatalogue(upstream.url, []) });
  account = await mesh.makeOwner({ amount: '100' });
});
afterAll(async () => {
  await mesh?.close();
  await upstream?.close();
});

const ask = (model: string, more: object = {}) =>
  mesh.call('POST', '/v1/chat/completions', {
    key: account.key,
    body: { model, messages: [{ role: 'user', content: 'What is the weather?' }], tools, ...more },
  });
const parameters = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
const tools = [{ type: 'function', function: { name: 'get_weather', description: 'Tells it.', parameters } }];

const wrong = (schema: z.ZodType, value: unknown) => schema.safeParse(value).error?.issues ?? [];
const framesOf = (text: string) =>
  text
    .split('\n\n')
    .filter((frame) => frame.startsWith('data: {'))
    .map((frame) => JSON.parse(frame.slice('data: '.length)));

describe.each(targets)('$format', ({ model }) => {
  test.each(Object.entries(answers))('%s', async (_name, said) => {
    answer = ({ streamed, format }) => modelAnswer(format, streamed, said);
    const whole = await ask(model);
    expect([whole.status, wrong(openaiCompletion, whole.body), wrong(completionReply, whole.body)]).toEqual([
      200,
      [],
      [],
    ]);

    for (const more of [{}, { stream_options: { include_usage: true } }]) {
      const { text } = await ask(model, { stream: true, ...more });
      const frames = framesOf(text);
      expect([frames.length > 1, text.endsWith('data: [DONE]\n\n')]).toEqual([true, true]);
      expect(frames.flatMap((frame) => wrong(openaiChunk, frame))).toEqual([]);
      expect(frames.flatMap((frame) => wrong(chunkReply, frame))).toEqual([]);
    }
  });

  test('an error', async () => {
    answer = ({ format }) => providerError(format, 'context');
    for (const stream of [false, true]) {
      const { status, body } = await ask(model, { stream });
      expect([status, wrong(openaiError, body)]).toEqual([400, []]);
    }
  });
});
