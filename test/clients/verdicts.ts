import { isDeepStrictEqual } from 'node:util';
import { SUNNY, TOOL_RESULT } from './answers.ts';
import type { Outcome } from './case.ts';
import type { Surface } from './client.ts';
import { INPUT_TOKENS, OUTPUT_TOKENS } from './model-answer.ts';

export const differs = (what: string, got: unknown, wanted: unknown) =>
  isDeepStrictEqual(got, wanted)
    ? null
    : `${what}: ${JSON.stringify(got) ?? 'none'} instead of ${JSON.stringify(wanted)}`;

export const says = (text: string, { facts: got }: Outcome) =>
  got.error === undefined ? differs('text', got.text, text) : `${got.error.class}: ${got.error.message}`;

/** In any order: clients may run them at once. */
const inOrder = (calls: readonly unknown[] | undefined) => calls?.map((each) => JSON.stringify(each)).sort();

export const called = (cities: readonly string[], outcome: Outcome) => {
  const { facts: got, requests } = outcome;
  const wanted = cities.map((city) => ({ name: 'get_weather', args: { city } }));
  const wrong = says(SUNNY, outcome) ?? differs('calls', inOrder(got.calls), inOrder(wanted));
  if (wrong !== null) return wrong;
  const results = requests.at(-1)?.body.split(TOOL_RESULT).length ?? 1;
  return differs('results that reached the provider', results - 1, cities.length);
};

export const counted = ({ facts: { usage } }: Outcome, turns: number) =>
  usage === undefined ? null : differs('usage', usage, { input: INPUT_TOKENS * turns, output: OUTPUT_TOKENS * turns });

/** Of an error what a surface says: its status, and its code where it has codes. */
type Expected = Readonly<Record<Surface, { status: number; code?: string; words?: RegExp }>>;

export const failsAs = (expected: Expected) => (outcome: Outcome) => {
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

export const everywhere = (status: number, code: string): Expected => ({
  chat: { status, code },
  responses: { status, code },
  messages: { status },
  gemini: { status },
});
