import { EventStreamCodec } from '@smithy/eventstream-codec';

const codec = new EventStreamCodec(
  (bytes) => Buffer.from(bytes as Uint8Array).toString('utf8'),
  (text) => Buffer.from(text, 'utf8'),
);

/** Recorded events, `{"contentBlockDelta":{…}}` a line, as AWS's binary messages: the key is the type. */
export function toEventStream(lines: readonly string[]): Uint8Array[] {
  return lines.map((line) => {
    const [[type, payload] = ['', {}]] = Object.entries(JSON.parse(line) as Record<string, unknown>);
    return toMessage({ ':message-type': 'event', ':event-type': type, ':content-type': 'application/json' }, payload);
  });
}

/** An exception inside a stream. */
export function toException(type: string, payload: unknown): Uint8Array {
  return toMessage({ ':message-type': 'exception', ':exception-type': type }, payload);
}

/** One message with headers of the caller’s choice. */
export function toMessage(headers: Record<string, string>, payload: unknown): Uint8Array {
  const typed = Object.entries(headers).map(([name, value]) => [name, { type: 'string' as const, value }]);
  return codec.encode({ headers: Object.fromEntries(typed), body: Buffer.from(JSON.stringify(payload)) });
}
