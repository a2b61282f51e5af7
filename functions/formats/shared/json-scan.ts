/** What a JSON text may come to. Values are objects, arrays, strings, numbers and literals; names of fields are not counted. */
export interface JsonLimits {
  values: number;
  depth: number;
}

/** Why a text is refused. `malformed`: it cannot be JSON, whatever else it is. */
export type JsonTrouble = 'values' | 'depth' | 'malformed';

/** Digits of one number. Doubles need 17; whoever sends a million of them sends no number. */
export const MAX_NUMBER_LENGTH = 1_000;

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_ARRAY = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const SPACE = 0x20;

const BETWEEN = 0;
const STRING = 1;
const ESCAPED = 2;
const SCALAR = 3;

/** 1 for the bytes of a string that are only themselves: a table is ten times as fast as comparing, and most bytes are such. */
const PLAIN = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte < SPACE || byte === QUOTE || byte === BACKSLASH ? 0 : 1,
);

/**
 * Counts what a JSON text would become, without building any of it: `[[[[` and `{},{},{},` cost a parser twenty times their
 * bytes. Takes UTF-8 cut anywhere, and says at once when there is too much. It does not check the grammar.
 */
export class JsonScan {
  readonly #limits: JsonLimits;
  #trouble: JsonTrouble | null = null;
  #state = BETWEEN;
  #depth = 0;
  #values = 0;
  #scalarLength = 0;
  /** A string before a colon was a field's name. */
  #afterString = false;

  constructor(limits: JsonLimits) {
    this.#limits = limits;
  }

  /** Null as long as nothing is wrong. After that nothing more is looked at. */
  push(bytes: Uint8Array): JsonTrouble | null {
    const { length } = bytes;
    for (let at = 0; at < length && this.#trouble === null; at++) {
      if (this.#state === STRING || this.#state === ESCAPED) at = this.#inString(bytes, at);
      else this.#between(bytes[at] as number);
    }
    return this.#trouble;
  }

  /** The same for a text that is there as a whole; control characters within strings are the parser's to refuse. */
  pushText(text: string): JsonTrouble | null {
    for (let at = 0; at < text.length && this.#trouble === null; at++) {
      const code = text.charCodeAt(at);
      this.#between(code);
      if (code !== QUOTE || this.#trouble !== null) continue;
      const start = at + 1;
      // Searching is many times as fast as looking at each character.
      at = text.indexOf('"', start);
      while (at !== -1 && isEscaped(text, at, start)) at = text.indexOf('"', at + 1);
      if (at === -1) return this.#trouble;
      this.#state = BETWEEN;
      this.#afterString = true;
    }
    return this.#trouble;
  }

  /** What is wrong with the whole of it, as far as can be told. */
  end(): JsonTrouble | null {
    const isWhole = this.#depth === 0 && this.#values > 0 && (this.#state === BETWEEN || this.#state === SCALAR);
    if (this.#trouble === null && !isWhole) this.#trouble = 'malformed';
    return this.#trouble;
  }

  /** Where the string ends, or the bytes do. */
  #inString(bytes: Uint8Array, from: number): number {
    const { length } = bytes;
    let at = from;
    if (this.#state === ESCAPED) {
      this.#state = STRING;
      at++;
    }
    for (;;) {
      while (at < length && PLAIN[bytes[at] as number] === 1) at++;
      if (at >= length) return at;
      const byte = bytes[at];
      if (byte === QUOTE) {
        this.#state = BETWEEN;
        this.#afterString = true;
        return at;
      }
      if (byte !== BACKSLASH) {
        this.#trouble = 'malformed';
        return at;
      }
      if (at + 1 === length) this.#state = ESCAPED;
      at += 2;
    }
  }

  #between(byte: number): void {
    if (byte === QUOTE) {
      this.#state = STRING;
      this.#count();
    } else if (byte <= SPACE || byte === COMMA) {
      this.#state = BETWEEN;
    } else if (byte === COLON) {
      this.#state = BETWEEN;
      if (this.#afterString) this.#values--;
      else this.#trouble = 'malformed';
      this.#afterString = false;
    } else if (byte === OPEN_ARRAY || byte === OPEN_OBJECT) {
      this.#state = BETWEEN;
      this.#count();
      this.#depth++;
      if (this.#depth > this.#limits.depth) this.#trouble = 'depth';
    } else if (byte === CLOSE_ARRAY || byte === CLOSE_OBJECT) {
      this.#state = BETWEEN;
      this.#depth--;
      if (this.#depth < 0) this.#trouble = 'malformed';
    } else if (this.#state === BETWEEN) {
      this.#state = SCALAR;
      this.#scalarLength = 1;
      this.#count();
    } else {
      this.#scalarLength++;
      if (this.#scalarLength > MAX_NUMBER_LENGTH) this.#trouble = 'malformed';
    }
  }

  #count(): void {
    this.#afterString = false;
    this.#values++;
    if (this.#values > this.#limits.values) this.#trouble = 'values';
  }
}

/** Whether the quote at `at` is a part of its string: an odd number of backslashes stands before it. */
function isEscaped(text: string, at: number, start: number): boolean {
  let first = at;
  while (first > start && text.charCodeAt(first - 1) === BACKSLASH) first--;
  return (at - first) % 2 === 1;
}
