import { type Call, sendJson } from '../http/call.ts';
import { type EventStream, openEventStream } from '../http/event-stream.ts';

/** Where an answer goes: to the client as a reply of its own, or as one part of several. */
export interface Output {
  /** What every frame says beside its answer: which part it is. */
  readonly marks: Readonly<Record<string, unknown>>;
  openStream(headers: () => Record<string, string>): EventStream;
  /** A whole answer, as JSON text. */
  sendWhole(json: string, headers: Record<string, string>): void;
}

export function toClient(call: Call): Output {
  return {
    marks: {},
    openStream: (headers) => openEventStream(call, headers),
    sendWhole: (json, headers) => sendJson(call, 200, json, headers),
  };
}
