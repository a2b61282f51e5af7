import { hangUp, json, stall } from '../support/scripted-upstream.ts';
import { begun, HELLO, hello, IMAGE, loop, say, THOUGHT } from './answers.ts';
import type { Case } from './case.ts';
import { modelAnswer, signatureOf } from './model-answer.ts';
import { providerError } from './provider-error.ts';
import { toolNames } from './tool-names.ts';
import { called, counted, differs, everywhere, failsAs, says } from './verdicts.ts';

const refused = { does: 'text', prompt: 'Say hello.', answer: hello } as const;

/** What each client is tried with, whole and streamed, in front of a provider of each format. */
export const commonCases: readonly Case[] = [
  {
    name: 'text',
    does: 'text',
    prompt: 'Say hello.',
    answer: hello,
    fault: (outcome) => says(HELLO, outcome) ?? counted(outcome, 1),
  },
  {
    name: 'tools',
    does: 'tools',
    prompt: 'What is the weather in Oslo?',
    answer: loop('', 'Oslo'),
    fault: (outcome) => called(['Oslo'], outcome),
  },
  {
    name: 'parallel tools',
    does: 'tools',
    prompt: 'What is the weather in Oslo and in Bergen?',
    answer: loop('', 'Oslo', 'Bergen'),
    fault: (outcome) => called(['Oslo', 'Bergen'], outcome),
  },
  {
    name: 'image',
    does: 'image',
    prompt: 'What is this?',
    answer: hello,
    fault: (outcome) =>
      says(HELLO, outcome) ??
      (outcome.requests[0]?.body.includes(IMAGE) ? null : 'the image did not reach the provider'),
  },
  {
    name: 'schema',
    does: 'schema',
    prompt: 'How warm is it in Oslo?',
    // By a tool where that is how it was asked: then it is the only one.
    answer({ format, streamed, request }) {
      const args = JSON.stringify({ city: 'Oslo', celsius: 21 });
      const [name, another] = toolNames(format, request.body);
      return modelAnswer(
        format,
        streamed,
        name === undefined || another !== undefined
          ? say(args)
          : say('', { calls: [{ id: 'call0abcdef', name, args }] }),
      );
    },
    fault: ({ facts: got }) =>
      got.error === undefined
        ? differs('object', got.object, { city: 'Oslo', celsius: 21 })
        : `${got.error.class}: ${got.error.message}`,
  },
  {
    name: 'reasoning',
    does: 'reasoning',
    prompt: 'Think hard: what is the weather in Oslo?',
    answer: loop(THOUGHT, 'Oslo'),
    fault(outcome) {
      const { client, format, mode, requests, facts: got } = outcome;
      const wrong = called(['Oslo'], outcome);
      if (wrong !== null || client.reasoning === 'none') return wrong;
      if (!got.reasoning?.includes(THOUGHT)) return `reasoning: ${JSON.stringify(got.reasoning) ?? 'none'}`;
      const keeps = client.reasoning === 'kept' || (client.reasoning === 'kept whole' && mode === 'whole');
      const isLost = keeps && format !== 'chat' && !requests.at(-1)?.body.includes(signatureOf(THOUGHT));
      return isLost ? 'its signature did not come back to the provider' : null;
    },
  },
  {
    name: 'abort',
    does: 'abort',
    prompt: 'Count to a million.',
    answer: ({ format, streamed }) => (streamed ? begun(format, stall) : [stall]),
    fault: ({ facts: got, aborted, mode }) =>
      (mode === 'stream' && !got.text ? 'no text before it left' : null) ??
      (aborted ? null : 'the provider was not told'),
  },
  { ...refused, name: 'wrong key', key: 'unknown', fault: failsAs(everywhere(401, 'unauthorized')) },
  {
    ...refused,
    name: 'no money',
    key: 'empty',
    fault: failsAs({
      chat: { status: 402, code: 'spend_limit_exceeded' },
      responses: { status: 429, code: 'insufficient_quota' },
      messages: { status: 429 },
      gemini: { status: 402 },
    }),
  },
  { ...refused, name: 'own rate', key: 'used up', fault: failsAs(everywhere(429, 'rate_limit_exceeded')) },
  { ...refused, name: 'wrong model', model: 'nobody/nothing', fault: failsAs(everywhere(404, 'model_not_found')) },
  { ...refused, name: 'wrong field', temperature: 9, fault: failsAs(everywhere(400, 'invalid_request_error')) },
  {
    ...refused,
    name: 'provider’s rate',
    fails: true,
    answer: ({ format }) => providerError(format, 'rate'),
    fault: failsAs(everywhere(429, 'rate_limit_exceeded')),
  },
  {
    ...refused,
    name: 'provider’s fault',
    fails: true,
    answer: ({ format }) => providerError(format, 'fault'),
    fault: failsAs(everywhere(502, 'upstream_error')),
  },
  {
    ...refused,
    name: 'too long',
    fails: true,
    answer: ({ format }) => providerError(format, 'context'),
    fault: failsAs({
      chat: { status: 400, code: 'context_length_exceeded' },
      responses: { status: 400, code: 'context_length_exceeded' },
      messages: { status: 400, words: /prompt is too long/i },
      gemini: { status: 400 },
    }),
  },
  {
    ...refused,
    name: 'cut',
    fails: true,
    // Whole answers are cut in the middle of their bytes.
    answer: ({ format, streamed }) =>
      streamed
        ? begun(format, hangUp)
        : json({}).flatMap((step) =>
            step.do === 'head' ? [{ ...step, headers: { ...step.headers, 'content-length': '1000' } }] : [step, hangUp],
          ),
    fault: ({ facts: got }) => (got.error === undefined ? 'it looked like a whole answer' : null),
  },
];
