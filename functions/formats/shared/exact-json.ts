import { checkJson, parseJson } from './parse-json.ts';

/** Not yet in TypeScript's library. https://github.com/tc39/proposal-json-parse-with-source */
const { rawJSON, isRawJSON } = JSON as unknown as {
  rawJSON(text: string): unknown;
  isRawJSON(value: unknown): boolean;
};
type Reviver = (key: string, value: unknown, context: { source: string }) => unknown;

/** Fields whose values are others' JSON, which only passes through. */
export interface ForeignFields {
  names: ReadonlySet<string>;
  /** Where one of them begins, in a text. */
  begins: RegExp;
}

/** What calls are given: in messages and Converse, Gemini, and chat where a server gives the object itself. */
export const toolInputs: ForeignFields = foreignFields(['input', 'args', 'arguments']);
/** What tools take, what answers are to be, and what earlier calls were given, in requests. */
export const schemas: ForeignFields = foreignFields([
  ...['parameters', 'schema', 'input_schema', 'input'],
  // In Google's form.
  ...['args', 'response', 'parametersJsonSchema', 'responseSchema', 'responseJsonSchema'],
]);

/**
 * A number that JavaScript would write otherwise than it is written here: more digits than a double has, `1.0`, `1e2`, `-0`. Now
 * and then it finds one that is none.
 */
const CHANGING = /[:,[]\s*(?:-0(?![.\d])|-?(?:[\d.]{16}|\d+(?:\.\d+)?[eE]|\d+\.\d*0(?!\d)|0\.000000))/g;

/**
 * JSON from outside, limited like `parseJson`, in which numbers keep their digits: those that would not are objects that
 * `JSON.stringify` writes as they were read. With `within` only those in such fields, since elsewhere numbers are counted with.
 */
export function parseExactJson(text: string, within: ForeignFields | null = null): unknown {
  if (!wouldChange(text, within)) return parseJson(text);
  checkJson(text);
  const parsed: unknown = JSON.parse(text, keepDigits as Parameters<typeof JSON.parse>[1]);
  return within === null ? parsed : loosen(parsed, within.names);
}

/** Whether numbers could change in a text. Made to be asked of all texts: most have no such fields, or no such numbers. */
export function wouldChange(text: string, within: ForeignFields | null): boolean {
  const from = within === null ? 0 : text.search(within.begins);
  if (from === -1) return false;
  CHANGING.lastIndex = from;
  return CHANGING.test(text);
}

/** Whether it is a number that is written as it was read. */
export function isExactNumber(value: unknown): boolean {
  return isRawJSON(value);
}

/** A number as it is written: itself, or an object that is written like it. */
export function exactNumber(source: string): unknown {
  const number = Number(source);
  return String(number) === source ? number : rawJSON(source);
}

const keepDigits: Reviver = (_name, value, { source }) => (typeof value === 'number' ? exactNumber(source) : value);

/** Makes numbers of all that are not in the fields named. Changes what it is given. */
function loosen(value: unknown, kept: ReadonlySet<string>): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (isRawJSON(value)) return Number(JSON.stringify(value));
  const fields = value as Record<string, unknown>;
  for (const [name, field] of Object.entries(fields)) {
    if (typeof field !== 'object' || field === null) continue;
    if (!kept.has(name) || isRawJSON(field)) fields[name] = loosen(field, kept);
  }
  return value;
}

function foreignFields(names: readonly string[]): ForeignFields {
  return { names: new Set(names), begins: new RegExp(`"(?:${names.join('|')})"\\s*:\\s*\\{`) };
}
