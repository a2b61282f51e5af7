import type { Tool } from '../pivot/chat-request.ts';
import { isRecord } from './is-record.ts';
import { parseJson } from './parse-json.ts';

/** The one argument of the function that stands for a custom tool. */
const INPUT = 'input';

/** OpenAI's custom tool: it is called with a free text, which a grammar may hold to a form. */
export interface CustomTool {
  name: string;
  description?: string | null | undefined;
  /** `{type: 'grammar', …}` in the form of chat or of the Responses API; all else means any text. */
  format?: unknown;
}

/**
 * The function that stands for a custom tool on its way through the router: no format but OpenAI's own has such tools. Nothing
 * holds the model to the grammar, so it is told in words.
 */
export function toFunctionOfText({ name, description, format }: CustomTool): Tool['function'] {
  const words = [description, grammarInWords(format)].filter((text) => text);
  const parameters = {
    type: 'object',
    properties: { [INPUT]: { type: 'string', description: 'The whole input of the tool, as plain text.' } },
    required: [INPUT],
    additionalProperties: false,
  };
  return { name, ...(words.length > 0 ? { description: words.join('\n\n') } : {}), parameters };
}

/** Both APIs have the grammar's fields, chat one level deeper. */
function grammarInWords(format: unknown): string | null {
  if (!isRecord(format) || format.type !== 'grammar') return null;
  const { syntax, definition } = isRecord(format.grammar) ? format.grammar : format;
  return `\`${INPUT}\` has to match this grammar (${String(syntax)}):\n${String(definition)}`;
}

/** The arguments of that function's call. */
export function toInputArguments(input: string): string {
  return JSON.stringify({ [INPUT]: input });
}

/** The input of a custom tool's call from the arguments of the function: whatever the model wrote, where it is no such object. */
export function fromInputArguments(text: string): string {
  try {
    const parsed = parseJson(text);
    if (typeof parsed === 'string') return parsed;
    if (isRecord(parsed)) {
      const [only, ...others] = Object.values(parsed);
      const input = Object.hasOwn(parsed, INPUT) ? parsed[INPUT] : others.length === 0 ? only : undefined;
      if (typeof input === 'string') return input;
      if (Object.keys(parsed).length === 0) return '';
    }
  } catch {
    // A call that its limit cut off, or no JSON at all.
  }
  return text;
}

/** How the arguments begin. */
const START = /^\s*\{\s*"input"\s*:\s*"/;
/** What has not begun like that after so many characters will not. */
const LONGEST_START = 256;

/** The same of a stream: pieces of arguments in, cut anywhere; pieces of the input out. */
export class CustomInput {
  #state: 'before' | 'within' | 'after' = 'before';
  /** What waits: all so far before the input, within it half of an escape or of a character. */
  #rest = '';

  /** What the next piece adds to the input. */
  add(piece: string): string {
    if (this.#state === 'after' || piece === '') return '';
    const text = this.#rest + piece;
    if (this.#state === 'within') return this.#read(text);
    const start = this.#rest.length < LONGEST_START ? START.exec(text) : null;
    this.#rest = text;
    if (start === null) return '';
    this.#state = 'within';
    return this.#read(text.slice(start[0].length));
  }

  /** What is still owed when the call ends. */
  finish(): string {
    const { length } = this.#rest;
    const owed = this.#state === 'before' && length > 0 ? fromInputArguments(this.#rest) : '';
    this.#state = 'after';
    return owed;
  }

  /** Up to the quote that ends the string. */
  #read(text: string): string {
    let read = '';
    let at = 0;
    this.#rest = '';
    while (at < text.length) {
      if (text[at] === '"') {
        this.#state = 'after';
        return read;
      }
      const length = lengthOfCharacter(text, at);
      if (at + length > text.length) break;
      read += text[at] === '\\' ? characterOf(text.slice(at, at + length)) : text.slice(at, at + length);
      at += length;
    }
    this.#rest = text.slice(at);
    return read;
  }
}

const UNICODE_ESCAPE = 6;

/** Of one character as JSON writes it: both halves of a pair are one, as no text may end between them. */
function lengthOfCharacter(text: string, at: number): number {
  if (text[at] !== '\\') return isFirstHalf(text.charCodeAt(at)) ? 2 : 1;
  if (text[at + 1] !== 'u') return 2;
  const next = at + UNICODE_ESCAPE;
  const mayBePair = isFirstHalf(Number.parseInt(text.slice(at + 2, next), 16));
  return mayBePair && (next >= text.length || text[next] === '\\') ? 2 * UNICODE_ESCAPE : UNICODE_ESCAPE;
}

function isFirstHalf(code: number): boolean {
  return code >= 0xd800 && code < 0xdc00;
}

/** An escape that is none stays as it is written. */
function characterOf(escaped: string): string {
  try {
    return JSON.parse(`"${escaped}"`) as string;
  } catch {
    return escaped;
  }
}
