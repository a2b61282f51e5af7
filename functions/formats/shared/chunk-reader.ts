import type { ChatChunk } from '../pivot/chat-completion.ts';
import { DONE, parseEventData, type ServerSentEvent, SseDecoder } from './sse.ts';

/** Decodes one event: its JSON, its `event` field, empty where there was none, and its text. Throws what ends the stream. */
export type DecodeEvent<Chunk> = (event: Record<string, unknown>, name: string, data: string) => Chunk[];

/**
 * Reads a stream of JSON events. What was decoded before an error is returned first; the error is thrown by the next call,
 * and by every one after it.
 */
export class ChunkReader<Chunk = ChatChunk> {
  readonly #sse = new SseDecoder();
  readonly #decode: DecodeEvent<Chunk>;
  #failed: unknown = null;
  #done = false;

  constructor(decode: DecodeEvent<Chunk>) {
    this.#decode = decode;
  }

  /** Whether `[DONE]` has come, the end of a stream in the formats that have it. */
  get done(): boolean {
    return this.#done;
  }

  push(bytes: Uint8Array): Chunk[] {
    return this.#read(() => this.#sse.push(bytes));
  }

  /** What the end of the bytes still completed. Nothing can follow, so an error among it is thrown at once. */
  end(): Chunk[] {
    const chunks = this.#read(() => this.#sse.end(), parseLast);
    if (this.#failed !== null) throw this.#failed;
    return chunks;
  }

  #read(next: () => ServerSentEvent[], parse = parseEventData): Chunk[] {
    if (this.#failed !== null) throw this.#failed;
    const chunks: Chunk[] = [];
    try {
      for (const { event: name, data } of next()) {
        if (data === DONE) this.#done = true;
        const event = parse(data);
        if (event !== null) chunks.push(...this.#decode(event, name, data));
      }
    } catch (error) {
      this.#failed = error;
      if (chunks.length === 0) throw error;
    }
    return chunks;
  }
}

/** An event that the end of the bytes completed. Half of one is no garbage: what is missing tells that the stream was cut off. */
function parseLast(data: string): Record<string, unknown> | null {
  try {
    return parseEventData(data);
  } catch {
    return null;
  }
}
