import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { FormatName } from '../../functions/core/endpoints/endpoint.ts';
import { after, hangUp, json, type RecordedRequest, type Step, stall } from '../support/scripted-upstream.ts';
import type { Client, Surface } from './client.ts';
import { INPUT_TOKENS, type ModelAnswer, modelAnswer, OUTPUT_TOKENS, signatureOf } from './model-answer.ts';
import { providerError } from './provider-error.ts';
import { toolNames } from './tool-names.ts';

export const modes = ['whole', 'stream'] as const;
export type Mode = (typeof modes)[number];

/** What a program can be told to do; what it gets back from it, it prints as facts. */
export type Action = 'text' | 'tools' | 'image' | 'schema' | 'reasoning' | 'abort';

/** What a client got, as its program tells it. What a client does not show is left out. */
export const facts = z.object({
  text: z.string().optional(),
  /** Calls that it ran, or that it was given to run. */
  calls: z.array(z.object({ name: z.string(), args: z.unknown() })).optional(),
  reasoning: z.string().optional(),
  /** What it made of an answer by a schema. */
  object: z.unknown().optional(),
  usage: z.object({ input: z.number(), output: z.number() }).optional(),
  error: z
    .object({
      class: z.string(),
      status: z.number().nullish(),
      code: z.string().nullish(),
      message: z.string(),
    })
    .optional(),
});
export type Facts = z.infer<typeof facts>;

/** What is known of a job when it is over. */
export interface Outcome {
  facts: Facts;
  /** What the provider was asked, in order. */
  requests: readonly RecordedRequest[];
  /** Whether the provider's last answer was given up. */
  aborted: boolean;
  client: Client;
  format: FormatName;
  mode: Mode;
}

export interface Case {
  name: string;
  does: Action;
  /** What the user says. */
  prompt: string;
  /** What it sends that it should not. */
  temperature?: number;
  /** Whose key it has; default: one with money. */
  key?: 'unknown' | 'empty' | 'used up';
  /** Default: one that there is. */
  model?: string;
  /** Whether its provider fails, so that it needs an endpoint of its own. */
  fails?: true;
  /** What its provider answers, to its first request and to the one with the results of its tools. */
  answer(ask: { format: FormatName; streamed: boolean; turn: number; request: RecordedRequest }): Step[];
  /** What is wrong with what came of it; null for nothing. */
  fault(outcome: Outcome): string | null;
}

const HELLO = 'Hello there, my friend.';
const SUNNY = 'It is sunny there.';
const THOUGHT = 'First I have to look.';
/** What programs answer to a call of `get_weather`, by which a second turn is known. */
export const TOOL_RESULT = 'Sunny, 21 degrees';
/** A red dot, as every program sends it. */
export const IMAGE =
  'iVBORw0KGgoAAAANSUhEUgAAAAUAAAAFCAYAAACNbyblAAAAHElEQVQI12P4//8/w38GIAXDIBKE0DHxgljNBAAO9TXL0Y4OHwAAAABJRU5ErkJggg==';

const say = (text: string, more: Partial<ModelAnswer> = {}): ModelAnswer => ({
  thinking: '',
  text,
  calls: [],
  ...more,
});
const callOf = (name: string, city: string, at: number) => ({
  id: `call${at}abcdef`,
  name,
  args: JSON.stringify({ city }),
});

const differs = (what: string, got: unknown, wanted: unknown) =>
  isDeepStrictEqual(got, wanted)
    ? null
    : `${what}: ${JSON.stringify(got) ?? 'none'} instead of ${JSON.stringify(wanted)}`;

const says = (text: string, { facts: got }: Outcome) =>
  got.error === undefined ? differs('text', got.text, text) : `${got.error.class}: ${got.error.message}`;

const called = (cities: readonly string[], outcome: Outcome) => {
  const { facts: got, requests } = outcome;
  const wanted = cities.map((city) => ({ name: 'get_weather', args: { city } }));
  const wrong = says(SUNNY, outcome) ?? differs('calls', got.calls, wanted);
  if (wrong !== null) return wrong;
  const results = requests.at(-1)?.body.split(TOOL_RESULT).length ?? 1;
  return differs('results that reached the provider', results - 1, cities.length);
};

const counted = ({ facts: { usage } }: Outcome, turns: number) =>
  usage === undefined ? null : differs('usage', usage, { input: INPUT_TOKENS * turns, output: OUTPUT_TOKENS * turns });

/** A turn that calls the tool, by the name that it has there, and one that ends. */
const loop =
  (thinking: string, ...cities: string[]): Case['answer'] =>
  ({ format, streamed, turn, request }) => {
    if (turn === 1) return modelAnswer(format, streamed, say(SUNNY, { thinking }));
    const name = toolNames(format, request.body).find((each) => each.endsWith('get_weather')) ?? 'get_weather';
    return modelAnswer(
      format,
      streamed,
      say('', { thinking, calls: cities.map((city, at) => callOf(name, city, at)) }),
    );
  };

/** Up to and with the first piece of text of a stream. */
const begun = (format: FormatName, then: Step) =>
  after(
    { chat: 2, responses: 4, messages: 3, gemini: 1, converse: 2 }[format],
    modelAnswer(format, true, say(HELLO)),
    then,
  );

/** Of an error what a surface says: its status, and its code where it has codes. */
type Expected = Readonly<Record<Surface, { status: number; code?: string; words?: RegExp }>>;

const failsAs = (expected: Expected) => (outcome: Outcome) => {
  const { error } = outcome.facts;
  if (error === undefined) return 'no error';
  const { status, code, words } = expected[outcome.client.surface];
  const told = `${error.class} ${error.status ?? ''} ${error.code ?? ''}: ${error.message}`;
  if (error.status != null && error.status !== status) return `status ${error.status} instead of ${status}: ${told}`;
  if (error.code != null && code !== undefined && error.code !== code) return `code instead of ${code}: ${told}`;
  if (words !== undefined && !words.test(error.message)) return `other words: ${told}`;
  const isSilent = error.status == null && error.code == null && !new RegExp(`${status}|${code}`).test(error.message);
  return isSilent ? `neither status nor code: ${told}` : null;
};

const everywhere = (status: number, code: string): Expected => ({
  chat: { status, code },
  responses: { status, code },
  messages: { status },
});
const hello: Case['answer'] = ({ format, streamed }) => modelAnswer(format, streamed, say(HELLO));
const refused = { does: 'text', prompt: 'Say hello.', answer: hello } as const;

/** What each client is tried with, whole and streamed, in front of a provider of each format. */
export const cases: readonly Case[] = [
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
    // By a tool where that is how it was asked.
    answer({ format, streamed, request }) {
      const args = JSON.stringify({ city: 'Oslo', celsius: 21 });
      const [name] = toolNames(format, request.body);
      return modelAnswer(
        format,
        streamed,
        name === undefined ? say(args) : say('', { calls: [{ id: 'call0abcdef', name, args }] }),
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
