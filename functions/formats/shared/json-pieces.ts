import { isExactNumber } from './exact-json.ts';

/** A piece has about so many UTF-16 units: so long are the texts that are written, or cut from longer ones, at once. */
export const PIECE_LENGTH = 64 * 1024;
/** What a value other than a text counts as, in UTF-16 units. */
const VALUE_LENGTH = 8;

/**
 * `JSON.stringify` in pieces, which joined are the same text (fuzzed against it), for what has come as JSON: no `toJSON`, no
 * circles. What is short is one piece. `indent`: spaces for each level, each value on a line of its own.
 */
export function* jsonPieces(value: unknown, indent = 0): Generator<string, void> {
  if (lengthLeft(PIECE_LENGTH, value, indent) > 0) {
    // All at once it takes a tenth of the time.
    yield JSON.stringify(value, null, indent) ?? 'null';
    return;
  }
  const writer = new JsonWriter(indent);
  yield* writer.write(value);
  if (writer.text !== '') yield writer.text;
}

/**
 * What is left of so many UTF-16 units after a value as JSON, by its texts, its names and the number of its values; it is not
 * looked further than to 0.
 */
export function lengthLeft(units: number, value: unknown, indent = 0, margin = 0): number {
  let left = units - VALUE_LENGTH - margin;
  if (typeof value === 'string') return left - value.length;
  if (typeof value !== 'object' || value === null) return left;
  const inner = margin + indent;
  if (Array.isArray(value)) {
    for (let at = 0; at < value.length && left > 0; at++) left = lengthLeft(left, value[at], indent, inner);
    return left;
  }
  for (const field in value) {
    left = lengthLeft(left - field.length, (value as Record<string, unknown>)[field], indent, inner);
    if (left <= 0) break;
  }
  return left;
}

class JsonWriter {
  /** What has been written and not been given away. */
  text = '';
  readonly #indent: number;
  #depth = 0;

  constructor(indent: number) {
    this.#indent = indent;
  }

  *write(value: unknown): Generator<string, void> {
    if (typeof value === 'string' && value.length > PIECE_LENGTH) yield* this.#longString(value);
    else if (typeof value !== 'object' || value === null || isExactNumber(value))
      this.text += JSON.stringify(value) ?? 'null';
    else if (Array.isArray(value)) yield* this.#array(value);
    else yield* this.#object(value as Record<string, unknown>);
    if (this.text.length >= PIECE_LENGTH) yield this.#take();
  }

  *#array(values: readonly unknown[]): Generator<string, void> {
    this.#open('[');
    for (let at = 0; at < values.length; at++) {
      this.#next(at === 0);
      yield* this.write(values[at]);
    }
    this.#close(']', values.length === 0);
  }

  *#object(fields: Readonly<Record<string, unknown>>): Generator<string, void> {
    this.#open('{');
    let isFirst = true;
    for (const [name, value] of Object.entries(fields)) {
      if (value === undefined) continue;
      this.#next(isFirst);
      isFirst = false;
      yield* this.write(name);
      this.text += this.#indent > 0 ? ': ' : ':';
      yield* this.write(value);
    }
    this.#close('}', isFirst);
  }

  *#longString(text: string): Generator<string, void> {
    this.text += '"';
    for (let from = 0; from < text.length; ) {
      const until = cutBefore(text, from + PIECE_LENGTH);
      this.text += JSON.stringify(text.slice(from, until)).slice(1, -1);
      from = until;
      yield this.#take();
    }
    this.text += '"';
  }

  #open(bracket: string): void {
    this.text += bracket;
    this.#depth++;
  }

  #next(isFirst: boolean): void {
    if (!isFirst) this.text += ',';
    this.#line();
  }

  #close(bracket: string, isEmpty: boolean): void {
    this.#depth--;
    if (!isEmpty) this.#line();
    this.text += bracket;
  }

  #line(): void {
    if (this.#indent > 0) this.text += `\n${' '.repeat(this.#indent * this.#depth)}`;
  }

  #take(): string {
    const { text } = this;
    this.text = '';
    return text;
  }
}

/** The last place up to `at` where no character of two halves is cut: a half alone would be written as an escape. */
export function cutBefore(text: string, at: number): number {
  const code = text.charCodeAt(at - 1);
  const isFirstHalf = at < text.length && code >= 0xd800 && code < 0xdc00;
  return isFirstHalf ? at - 1 : Math.min(at, text.length);
}
