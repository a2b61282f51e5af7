import { MeshError } from '../../core/errors.ts';
import { parseExactJson, toolInputs } from './exact-json.ts';

export interface ServerSentEvent {
  /** The `event` field, empty where there was none. */
  event: string;
  data: string;
}

/** The longest event that is taken from an upstream, in UTF-16 units. */
export const MAX_EVENT_LENGTH = 16 * 1024 * 1024;

/**
 * Reads server-sent events by the WHATWG grammar: lines end in LF, CRLF or CR, a leading byte-order mark and comments
 * are skipped, bytes may be cut anywhere.
 * https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 */
export class SseDecoder {
  // TextDecoder drops one leading BOM by itself and holds back half characters between calls.
  #text = new TextDecoder();
  /** The beginning of a line, as it came: put together once, however small its pieces are. */
  #pending: string[] = [];
  #pendingLength = 0;
  #event = '';
  #data: string[] = [];
  #length = 0;
  readonly #maxLength: number;

  constructor(maxLength = MAX_EVENT_LENGTH) {
    this.#maxLength = maxLength;
  }

  push(bytes: Uint8Array): ServerSentEvent[] {
    const piece = this.#text.decode(bytes, { stream: true });
    if (!/[\r\n]/.test(piece) && !this.#pending.at(-1)?.endsWith('\r')) {
      this.#wait(piece);
      return [];
    }
    const text = this.#takePending() + piece;
    const events: ServerSentEvent[] = [];
    let start = 0;
    // Each is looked for once and not once for each line: the next may be far away.
    let cr = text.indexOf('\r');
    let lf = text.indexOf('\n');
    for (;;) {
      if (cr !== -1 && cr < start) cr = text.indexOf('\r', start);
      if (lf !== -1 && lf < start) lf = text.indexOf('\n', start);
      const end = cr === -1 || (lf !== -1 && lf < cr) ? lf : cr;
      if (end === -1) break;
      // A CR at the very end may be the first half of a CRLF, so it waits for the next bytes.
      const carriageReturn = text.charCodeAt(end) === CR;
      if (carriageReturn && end + 1 === text.length) break;
      this.#line(text.slice(start, end), events);
      start = end + (carriageReturn && text.charCodeAt(end + 1) === LF ? 2 : 1);
    }
    this.#wait(text.slice(start));
    return events;
  }

  #wait(piece: string): void {
    if (piece !== '') this.#pending.push(piece);
    this.#pendingLength += piece.length;
    if (this.#length + this.#pendingLength > this.#maxLength) {
      throw new MeshError('upstream_error', { message: 'The provider sent an event that is too long.' });
    }
  }

  #takePending(): string {
    const text = this.#pending.join('');
    this.#pending = [];
    this.#pendingLength = 0;
    return text;
  }

  /**
   * What the end of the bytes completes. Where the grammar drops an event that no blank line ended, this gives it: servers leave
   * the line out after their last event. It may have been cut off within.
   */
  end(): ServerSentEvent[] {
    const events: ServerSentEvent[] = [];
    const text = this.#takePending() + this.#text.decode();
    this.#line(text.endsWith('\r') ? text.slice(0, -1) : text, events);
    this.#line('', events);
    return events;
  }

  #line(line: string, events: ServerSentEvent[]): void {
    if (line === '') {
      if (this.#data.length > 0) events.push({ event: this.#event, data: this.#data.join('\n') });
      this.#event = '';
      this.#data = [];
      this.#length = 0;
      return;
    }
    const colon = line.indexOf(':');
    if (colon === 0) return;
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(line.charCodeAt(colon + 1) === SPACE ? colon + 2 : colon + 1);
    if (field === 'data') {
      this.#data.push(value);
      // Lines without a character cost something too.
      this.#length += value.length + 1;
    } else if (field === 'event') {
      this.#event = value;
    }
  }
}

const LF = 10;
const CR = 13;
const SPACE = 32;

/**
 * The JSON object in an event's data, in which what calls are given keeps its digits. Null for what is no message: `[DONE]`, empty data, and the keep-alives that some
 * providers send as data (`data: : keepalive`). Throws `upstream_error` for anything else that is no JSON object; the
 * text stays out of the error, since it may hold part of an answer.
 */
export function parseEventData(data: string): Record<string, unknown> | null {
  if (data === '' || data === DONE || data.startsWith(':')) return null;
  try {
    const parsed: unknown = parseExactJson(data, toolInputs);
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed))
      return parsed as Record<string, unknown>;
  } catch {
    // Falls through: what could not be parsed is garbage like any other.
  }
  throw new MeshError('upstream_error', { message: 'The provider sent an event that is not JSON.' });
}

/** One frame as clients get it: `data: `, the JSON, a blank line. */
export function encodeFrame(data: unknown): string {
  return `data: ${JSON.stringify(data)}\n\n`;
}

/** The media type of a stream of events. */
export const EVENT_STREAM = 'text/event-stream';

/** What says that a stream is over, in the formats of OpenAI. */
export const DONE = '[DONE]';
/** The last frame of a stream that is whole. */
export const DONE_FRAME = `data: ${DONE}\n\n`;

/** A comment with one newline: two would be an empty event, which crashes some clients. */
export const PING = ': ping\n';
