import type { FormatName } from '../../functions/core/endpoints/endpoint.ts';
import { after, hangUp } from '../support/scripted-upstream.ts';
import { HELLO, hello, SUNNY, say } from './answers.ts';
import type { Case, Outcome } from './case.ts';
import { type ModelCall, modelAnswer } from './model-answer.ts';
import { toolNames } from './tool-names.ts';
import { differs, says } from './verdicts.ts';

/** What a shell makes of the command that it is told to run; no request says it before the command has run. */
const SHELL_RESULT = 'mesh-42';
const COMMAND = "printf '%s-%s' mesh 42";
/** What is in `note.txt`, and what it becomes. */
const PATCH = '*** Begin Patch\n*** Update File: note.txt\n@@\n-Hello.\n+Hello, Mesh.\n*** End Patch\n';
const PATCHED = 'Hello, Mesh.\n';
/** What the first turn says, and the second has to know. */
const WORD = 'fjord';

/** Events of a stream until all arguments of its first call are there, and its end is not. */
const EVENTS_OF_CALL: Readonly<Record<FormatName, number>> = {
  chat: 4,
  responses: 4,
  messages: 4,
  gemini: 1,
  converse: 4,
};

/** The shells that clients have, with their own names for the command. */
const shells: Readonly<Record<string, string>> = { Bash: 'command', shell_command: 'command', exec_command: 'cmd' };

const call = (name: string, args: object, custom = false): ModelCall => ({
  id: 'call0abcdef',
  name,
  args: JSON.stringify(args),
  custom,
});

/** A call of whatever shell there is. */
const shellCall = (names: readonly string[]) => {
  const name = names.find((each) => each in shells) ?? 'no shell';
  return call(name, { [shells[name] ?? 'command']: COMMAND });
};

/** A call of the tool, and, when a request has what it makes of it, words. */
const calls =
  (result: RegExp, toCall: (names: readonly string[], format: FormatName) => ModelCall): Case['answer'] =>
  ({ format, streamed, request }) => {
    const said = result.test(request.body)
      ? say(SUNNY)
      : say('', { calls: [toCall(toolNames(format, request.body), format)] });
    return modelAnswer(format, streamed, said);
  };

/** Refused at once, without the provider, in words that say why. */
const stops = (outcome: Outcome) =>
  outcome.facts.error === undefined
    ? 'no error'
    : (differs('times that it asked', outcome.asked.length, 1) ??
      differs('requests that reached the provider', outcome.requests.length, 0));

const prints = (words: RegExp, { facts: { printed = '' } }: Outcome) =>
  words.test(printed) ? null : `other words: ${printed}`;

/** What command line clients are tried with as people start them, with their own tools and their own way to try again. */
export const agentCases: readonly Case[] = [
  {
    name: 'own shell',
    special: true,
    does: 'plain',
    prompt: 'Run the command.',
    answer: calls(new RegExp(SHELL_RESULT), shellCall),
    fault: (outcome) =>
      says(SUNNY, outcome) ??
      (outcome.requests.at(-1)?.body.includes(SHELL_RESULT) ? null : 'what it ran did not reach the provider'),
  },
  {
    name: 'patch',
    special: true,
    does: 'patch',
    prompt: 'Greet Mesh in the note.',
    answer: calls(/Success/, (_names, format) => call('apply_patch', { input: PATCH }, format === 'responses')),
    fault: (outcome) =>
      says(SUNNY, outcome) ??
      differs('the file', outcome.facts.file, PATCHED) ??
      (outcome.asked.at(-1)?.body.includes('custom_tool_call_output') ? null : 'it was no custom tool'),
  },
  {
    name: 'resumed turn',
    special: true,
    does: 'resume',
    prompt: `The word is ${WORD}.`,
    answer: ({ format, streamed, request }) =>
      modelAnswer(format, streamed, say(request.body.includes(HELLO) ? SUNNY : HELLO)),
    fault: (outcome) =>
      says(SUNNY, outcome) ?? (outcome.requests.at(-1)?.body.includes(WORD) ? null : 'it forgot the first turn'),
  },
  {
    name: 'by mesh launch',
    special: true,
    does: 'launch',
    prompt: 'Say hello.',
    answer: hello,
    fault: (outcome) => says(HELLO, outcome),
  },
  {
    name: 'by mesh configure',
    special: true,
    does: 'configure',
    prompt: 'Say hello.',
    answer: hello,
    fault: (outcome) => says(HELLO, outcome),
  },
  {
    name: 'cap reached',
    special: true,
    does: 'plain',
    prompt: 'Say hello.',
    key: 'capped',
    answer: hello,
    fault: (outcome) => stops(outcome) ?? prints(/resets \d{4}-\d\d-\d\d 00:00 UTC|Try again at .* 12:00 AM/, outcome),
  },
  {
    name: 'balance used up',
    special: true,
    does: 'plain',
    prompt: 'Say hello.',
    key: 'empty',
    answer: hello,
    fault: (outcome) => stops(outcome) ?? prints(/balance used up|Quota exceeded/, outcome),
  },
  {
    name: 'cut in a call',
    special: true,
    does: 'plain',
    prompt: 'Run the command.',
    retries: 2,
    fails: true,
    answer({ format, streamed, request }) {
      const answer = modelAnswer(format, streamed, say('', { calls: [shellCall(toolNames(format, request.body))] }));
      return after(streamed ? EVENTS_OF_CALL[format] : 0, answer, hangUp);
    },
    fault: ({ facts: { error, printed }, asked }) =>
      (asked.some(({ body }) => body.includes(SHELL_RESULT)) ? 'it ran the call' : null) ??
      (error === undefined || printed === undefined ? 'it looked like a whole answer' : null),
  },
];
