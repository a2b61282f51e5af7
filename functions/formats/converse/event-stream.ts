import { EventStreamCodec } from '@smithy/eventstream-codec';
import { MeshError } from '../../core/errors.ts';
import { isRecord } from '../shared/is-record.ts';
import { parseJson } from '../shared/parse-json.ts';

/** The longest frame that is taken from an upstream, headers and checksums included. */
export const MAX_FRAME_BYTES = 16 * 1024 * 1024;

const LENGTH_BYTES = 4;

/** One frame: an event, an exception that the service models, or an error that it does not. */
export interface Frame {
  type: 'event' | 'exception' | 'error';
  /** `contentBlockDelta`, `throttlingException`, or an error's code. */
  name: string;
  payload: Record<string, unknown>;
}

/**
 * Reads AWS's binary event stream, whose bytes may be cut anywhere; the checksums of every frame are verified.
 * https://docs.aws.amazon.com/transcribe/latest/dg/event-stream.html describes the frames for another service.
 */
export class EventStreamDecoder {
  readonly #codec = new EventStreamCodec(
    (bytes) => Buffer.from(bytes as Uint8Array).toString('utf8'),
    (text) => Buffer.from(text, 'utf8'),
  );
  #pieces: Uint8Array[] = [];
  #length = 0;
  /** Bytes before which there is nothing to read: those of a length, or of the frame that is under way. */
  #needed = LENGTH_BYTES;

  /** Frames one at a time, so that those before a damaged one are not lost. */
  *push(bytes: Uint8Array): Generator<Frame> {
    this.#pieces.push(bytes);
    this.#length += bytes.length;
    if (this.#length < this.#needed) return;
    let pending = this.#pieces.length === 1 ? bytes : Buffer.concat(this.#pieces);
    for (;;) {
      this.#needed = frameLength(pending);
      if (pending.length < this.#needed) break;
      const frame = this.#decode(pending.subarray(0, this.#needed));
      pending = pending.subarray(this.#needed);
      yield frame;
    }
    this.#pieces = pending.length === 0 ? [] : [pending];
    this.#length = pending.length;
  }

  #decode(bytes: Uint8Array): Frame {
    try {
      const { headers, body } = this.#codec.decode(bytes);
      const text = (name: string) => String(headers[name]?.value ?? '');
      const type = text(':message-type');
      if (type === 'error') {
        return { type, name: text(':error-code'), payload: { message: text(':error-message') } };
      }
      if (type === 'exception') return { type, name: text(':exception-type'), payload: parsePayload(body) };
      return { type: 'event', name: text(':event-type'), payload: parsePayload(body) };
    } catch {
      // The text of what was thrown may quote the payload, which is part of an answer.
      throw damaged();
    }
  }
}

function frameLength(bytes: Uint8Array): number {
  if (bytes.length < LENGTH_BYTES) return LENGTH_BYTES;
  const length = new DataView(bytes.buffer, bytes.byteOffset, LENGTH_BYTES).getUint32(0);
  if (length <= LENGTH_BYTES) throw damaged();
  if (length > MAX_FRAME_BYTES) {
    throw new MeshError('upstream_error', { message: 'The provider sent an event that is too long.' });
  }
  return length;
}

function parsePayload(body: Uint8Array): Record<string, unknown> {
  if (body.length === 0) return {};
  const parsed: unknown = parseJson(Buffer.from(body).toString('utf8'));
  if (isRecord(parsed)) return parsed;
  throw damaged();
}

function damaged(): MeshError {
  return new MeshError('upstream_error', { message: 'The provider sent an event that could not be read.' });
}
