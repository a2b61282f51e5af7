import { exactNumber, schemas } from '../../formats/shared/exact-json.ts';
import { MAX_NUMBER_LENGTH } from '../../formats/shared/json-scan.ts';

/** A string that is longer, or has escapes, is read in pieces of so many bytes. */
export const PIECE_BYTES = 256 * 1024;
/** It stops after so many values, or so many bytes of strings. */
const VALUES_A_RUN = 200;
const BYTES_A_RUN = 256 * 1024;
/** An escape has at most so many bytes: `\u0000`. */
const ESCAPE_BYTES = 6;

const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;
const ZERO = 0x30;
const NINE = 0x39;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

type Container = unknown[] | Record<string, unknown>;
/** What may stand next. */
type Expected = 'value' | 'value or ]' | 'name' | 'name or }' | ', or end' | 'nothing';

/**
 * `JSON.parse` that can be interrupted: the same values for the same text (fuzzed against it), built from valid UTF-8 a few
 * milliseconds at a time. Of control characters within strings it relies on a scan having refused them.
 */
export class JsonParser {
  readonly #bytes: Buffer;
  #at = 0;
  #expected: Expected = 'value';
  #root: unknown;
  #container: Container | null = null;
  #name = '';
  readonly #outer: { container: Container | null; name: string }[] = [];
  /** Where the next backslash is: looked for once, not once for each string. */
  #backslashAt = -1;
  /** A string that is read in pieces, as far as it has been: what has been, and the next quote, which may be its end. */
  #long: { quoteAt: number; parts: string[] } | null = null;
  #valuesLeft = VALUES_A_RUN;
  #bytesLeft = BYTES_A_RUN;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** Goes on for some hundred values or some hundred kilobytes. True at the end of the text. Throws a `SyntaxError`. */
  run(): boolean {
    for (;;) {
      if (this.#valuesLeft <= 0 || this.#bytesLeft <= 0) {
        this.#valuesLeft = VALUES_A_RUN;
        this.#bytesLeft = BYTES_A_RUN;
        return false;
      }
      if (this.#long !== null) {
        this.#readPiece(this.#long);
        continue;
      }
      this.#skipSpace();
      if (this.#at === this.#bytes.length) {
        if (this.#expected === 'nothing') return true;
        throw wrong();
      }
      this.#next(this.#bytes[this.#at] as number);
    }
  }

  get value(): unknown {
    return this.#root;
  }

  #next(byte: number): void {
    switch (this.#expected) {
      case 'nothing':
        throw wrong();
      case ', or end':
        this.#at++;
        if (byte === 0x2c) this.#expected = Array.isArray(this.#container) ? 'value' : 'name';
        else this.#close(byte);
        return;
      case 'name or }':
        if (byte === 0x7d) {
          this.#at++;
          this.#close(byte);
          return;
        }
        this.#startName(byte);
        return;
      case 'name':
        this.#startName(byte);
        return;
      case 'value or ]':
        if (byte === 0x5d) {
          this.#at++;
          this.#close(byte);
          return;
        }
        this.#startValue(byte);
        return;
      default:
        this.#startValue(byte);
    }
  }

  #startName(byte: number): void {
    if (byte !== QUOTE) throw wrong();
    this.#expected = 'name';
    this.#startString();
  }

  #startValue(byte: number): void {
    this.#valuesLeft--;
    if (byte === QUOTE) {
      this.#expected = 'value';
      this.#startString();
    } else if (byte === 0x7b) {
      this.#open({}, 'name or }');
    } else if (byte === 0x5b) {
      this.#open([], 'value or ]');
    } else if (byte === 0x74) {
      this.#literal('true', true);
    } else if (byte === 0x66) {
      this.#literal('false', false);
    } else if (byte === 0x6e) {
      this.#literal('null', null);
    } else {
      this.#number();
    }
  }

  #open(container: Container, expected: Expected): void {
    this.#at++;
    this.#outer.push({ container: this.#container, name: this.#name });
    this.#container = container;
    this.#expected = expected;
  }

  #close(byte: number): void {
    const closed = this.#container;
    if (closed === null || byte !== (Array.isArray(closed) ? 0x5d : 0x7d)) throw wrong();
    const outer = this.#outer.pop();
    this.#container = outer?.container ?? null;
    this.#name = outer?.name ?? '';
    this.#put(closed);
  }

  #put(value: unknown): void {
    const container = this.#container;
    this.#expected = container === null ? 'nothing' : ', or end';
    if (container === null) this.#root = value;
    else if (Array.isArray(container)) container.push(value);
    else if (this.#name === '__proto__') {
      // As `JSON.parse` has it: a field like any other.
      Object.defineProperty(container, '__proto__', {
        value,
        writable: true,
        enumerable: true,
        configurable: true,
      });
    } else container[this.#name] = value;
  }

  #literal(text: string, value: boolean | null): void {
    const end = this.#at + text.length;
    if (this.#bytes.toString('latin1', this.#at, Math.min(end, this.#bytes.length)) !== text) throw wrong();
    this.#at = end;
    this.#put(value);
  }

  #number(): void {
    const start = this.#at;
    let end = start;
    while (end < this.#bytes.length && isOfNumber(this.#bytes[end] as number)) end++;
    if (end - start > MAX_NUMBER_LENGTH) throw wrong();
    const text = this.#bytes.toString('latin1', start, end);
    if (!NUMBER.test(text)) throw wrong();
    this.#at = end;
    const exact = exactNumber(text);
    this.#put(typeof exact === 'number' || this.#isForeign() ? exact : Number(text));
  }

  /** Whether what stands here is of a schema, whose numbers keep their digits. */
  #isForeign(): boolean {
    return this.#outer.some(({ name }) => schemas.names.has(name));
  }

  #startString(): void {
    const start = this.#at + 1;
    const bytes = this.#bytes;
    const end = bytes.indexOf(QUOTE, start);
    if (this.#backslashAt < start) {
      const found = bytes.indexOf(BACKSLASH, start);
      this.#backslashAt = found === -1 ? bytes.length : found;
    }
    if (end === -1) throw wrong();
    this.#at = start;
    if (this.#backslashAt < end || end - start > PIECE_BYTES) {
      this.#long = { quoteAt: end, parts: [] };
      return;
    }
    this.#bytesLeft -= end - start;
    this.#at = end + 1;
    this.#haveString(bytes.toString('utf8', start, end));
  }

  #readPiece(long: { quoteAt: number; parts: string[] }): void {
    const bytes = this.#bytes;
    const { parts } = long;
    const most = this.#at + PIECE_BYTES;
    // A piece begins where an escape is over, so what comes before it is not asked for.
    while (long.quoteAt !== -1 && long.quoteAt <= most && isEscaped(bytes, long.quoteAt, this.#at)) {
      long.quoteAt = bytes.indexOf(QUOTE, long.quoteAt + 1);
    }
    if (long.quoteAt === -1) throw wrong();
    const isLast = long.quoteAt <= most;
    const until = isLast ? long.quoteAt : cutBefore(bytes, most, this.#at);
    const piece = bytes.toString('utf8', this.#at, until);
    parts.push(this.#backslashAt < until ? (JSON.parse(`"${piece}"`) as string) : piece);
    this.#bytesLeft -= until - this.#at;
    this.#at = until;
    if (!isLast) return;
    this.#long = null;
    this.#at = until + 1;
    this.#haveString(parts.length === 1 ? (parts[0] as string) : parts.join(''));
  }

  #haveString(text: string): void {
    if (this.#expected !== 'name') {
      this.#put(text);
      return;
    }
    this.#name = text;
    this.#skipSpace();
    if (this.#bytes[this.#at] !== 0x3a) throw wrong();
    this.#at++;
    this.#expected = 'value';
  }

  #skipSpace(): void {
    const bytes = this.#bytes;
    let at = this.#at;
    for (; at < bytes.length; at++) {
      const byte = bytes[at];
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) break;
    }
    this.#at = at;
  }
}

/** Whether the quote at `at` is a part of its string: an odd number of backslashes stands before it. */
function isEscaped(bytes: Buffer, at: number, start: number): boolean {
  return runOfBackslashes(bytes, at, start) % 2 === 1;
}

function runOfBackslashes(bytes: Buffer, before: number, start: number): number {
  let first = before;
  while (first > start && bytes[first - 1] === BACKSLASH) first--;
  return before - first;
}

/** The last place up to `at` where neither an escape nor a character is cut in two. */
function cutBefore(bytes: Buffer, at: number, start: number): number {
  for (let back = 1; back < ESCAPE_BYTES; back++) {
    if (bytes[at - back] !== BACKSLASH) continue;
    // The second of two backslashes begins nothing.
    const begins = runOfBackslashes(bytes, at - back, start) % 2 === 0;
    return begins ? at - back : cutCharacter(bytes, at);
  }
  return cutCharacter(bytes, at);
}

/** The last place up to `at` where no character of valid UTF-8 is cut in two. */
export function cutCharacter(bytes: Buffer, at: number): number {
  let cut = at;
  while (((bytes[cut] as number) & 0xc0) === 0x80) cut--;
  return cut;
}

function isOfNumber(byte: number): boolean {
  return (byte >= ZERO && byte <= NINE) || byte === 0x2d || byte === 0x2e || byte === 0x2b || (byte | 0x20) === 0x65;
}

/** Says nothing of the text, which is somebody's prompt. */
function wrong(): SyntaxError {
  return new SyntaxError('The text is not JSON.');
}
