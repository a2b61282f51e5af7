import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, test } from '@jest/globals';
import { events } from './event-schemas.ts';
import { items, outputText, refusal, usage } from './item-schemas.ts';
import { response } from './reply-schemas.ts';

/** The official SDK's types, as they are written. */
const types = readFileSync(
  createRequire(import.meta.url)
    .resolve('openai/resources/responses/responses')
    .replace(/\.\w+$/, '.d.ts'),
  'utf8',
);

/** The fields that an interface of the SDK has in any case. */
function requiredOf(name: string): string[] {
  const [, body] = new RegExp(`^export interface ${name} \\{\\n(.*?)^\\}`, 'ms').exec(types) ?? [];
  if (body === undefined) throw new Error(`The SDK has no ${name}.`);
  return [...body.matchAll(/^ {4}(\w+): /gm)].map(([, field = '']) => field);
}

/** The SDK's interfaces of events, by their types. */
const known = new Map(
  [...types.matchAll(/^export interface (Response\w+Event) \{\n(.*?)^\}/gms)].flatMap(([, name = '', body = '']) => {
    const type = /^ {4}type: '([\w.]+)';/m.exec(body)?.[1];
    return type === undefined ? [] : [[type, name] as const];
  }),
);

describe('what is streamed', () => {
  test.each(events.map(({ shape }) => [shape.type.value, shape] as const))(
    '%s has all that the SDK expects',
    (type, shape) => {
      const required = requiredOf(known.get(type) ?? 'nothing');
      expect(required.length).toBeGreaterThan(1);
      expect(required.filter((field) => !(field in shape))).toEqual([]);
    },
  );

  test('is every event of texts, calls and reasoning that the SDK knows', () => {
    const families =
      /^response\.(created|in_progress|completed|incomplete|failed|output_|content_|refusal|function_call|custom_tool|reasoning)/;
    const wanted = [...known.keys()].filter((type) => families.test(type));
    expect(wanted.length).toBeGreaterThan(20);
    const ours = new Set<string>(events.map(({ shape }) => shape.type.value));
    expect(wanted.filter((type) => !ours.has(type))).toEqual([]);
  });
});

test.each([
  ['ResponseOutputMessage', items.message.shape],
  ['ResponseReasoningItem', items.reasoning.shape],
  ['ResponseFunctionToolCall', items.functionCall.shape],
  ['ResponseCustomToolCall', items.customToolCall.shape],
  ['ResponseOutputText', outputText.shape],
  ['ResponseOutputRefusal', refusal.shape],
  ['ResponseUsage', usage.shape],
  ['Response', response.shape],
])('%s has all that the SDK expects', (name, shape) => {
  // The SDK puts the text of all messages together by itself.
  const required = requiredOf(name).filter((field) => field !== 'output_text');
  expect(required.length).toBeGreaterThan(1);
  expect(required.filter((field) => !(field in shape))).toEqual([]);
});
