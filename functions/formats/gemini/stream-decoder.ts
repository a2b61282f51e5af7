import type { Endpoint } from '../../core/endpoints/endpoint.ts';
import { MeshError } from '../../core/errors.ts';
import type { ChatChunk } from '../pivot/chat-completion.ts';
import type { StreamDecoder, StreamProgress } from '../pivot/upstream-format.ts';
import { CallIds } from '../shared/call-ids.ts';
import { ChunkReader } from '../shared/chunk-reader.ts';
import { splicedAnswer } from '../shared/failure.ts';
import { isRecord } from '../shared/is-record.ts';
import { mergeCounts } from '../shared/merge-counts.ts';
import { StableId } from '../shared/stable-id.ts';
import { textOf } from '../shared/text-of.ts';
import { CandidateReader } from './candidate-reader.ts';
import { failureInBody } from './failure.ts';
import { toPromptRefusal } from './to-refusal.ts';
import { toUsage } from './to-usage.ts';

type Fields = Record<string, unknown>;

/**
 * Decodes the stream of `streamGenerateContent?alt=sse`: every event is a response with what came since the last. No event
 * says that it is the last one, so the stream is whole when every candidate has a finish reason.
 */
export class GeminiStreamDecoder implements StreamDecoder {
  readonly #issuer: string;
  readonly #reader = new ChunkReader((event) => this.read(event));
  readonly #ids = new CallIds();
  readonly #candidates = new Map<number, CandidateReader>();
  readonly #id = new StableId();
  #isBlocked = false;
  #usage: Readonly<Fields> = {};

  constructor(endpoint: Endpoint) {
    this.#issuer = endpoint.reasoning.issuer;
  }

  get progress(): StreamProgress {
    return this.#isFinished() && Object.keys(this.#usage).length > 0 ? 'closing' : 'open';
  }

  push(bytes: Uint8Array): ChatChunk[] {
    return this.#reader.push(bytes);
  }

  end(): ChatChunk[] {
    const chunks = this.#reader.end();
    if (!this.#isFinished()) throw new MeshError('upstream_truncated');
    return chunks;
  }

  /** Whether every candidate has said why it ended. */
  get finished(): boolean {
    return this.#isFinished();
  }

  /** The chunks of one event. Throws what it says went wrong. */
  read(event: Fields): ChatChunk[] {
    const failed = failureInBody(event);
    if (failed !== null) throw failed;
    if (this.#id.leaves(textOf(event.responseId)) && this.#candidates.size > 0) throw splicedAnswer();
    const chunks = [...this.#candidatesOf(event), ...this.#blockOf(event)];
    const usage = this.#usageOf(event.usageMetadata);
    if (usage === null) return chunks;
    return [...chunks.slice(0, -1), { ...(chunks.at(-1) ?? { choices: [] }), usage }];
  }

  #candidatesOf({ candidates, responseId }: Fields): ChatChunk[] {
    if (!Array.isArray(candidates)) return [];
    return candidates.filter(isRecord).flatMap((candidate) => {
      return this.#candidate(candidate.index)
        .read(candidate, responseId)
        .map((choice) => ({ choices: [choice] }));
    });
  }

  /** The first candidate's index is left out by some servers, since 0 is the default of the field. */
  #candidate(value: unknown): CandidateReader {
    const index = typeof value === 'number' ? value : 0;
    const reader = this.#candidates.get(index) ?? new CandidateReader(index, this.#issuer, this.#ids);
    this.#candidates.set(index, reader);
    return reader;
  }

  #blockOf({ promptFeedback }: Fields): ChatChunk[] {
    if (!isRecord(promptFeedback) || this.#candidates.size > 0 || this.#isBlocked) return [];
    const refusal = toPromptRefusal(promptFeedback.blockReason, promptFeedback.blockReasonMessage);
    if (refusal === null) return [];
    this.#isBlocked = true;
    return [{ choices: [{ index: 0, delta: { refusal }, finish_reason: 'content_filter' }] }];
  }

  /**
   * Until the output is counted the report is kept back, since it would pass for the whole usage of a stream that breaks.
   */
  #usageOf(usageMetadata: unknown) {
    if (!isRecord(usageMetadata)) return null;
    this.#usage = mergeCounts(this.#usage, usageMetadata);
    const usage = toUsage(this.#usage);
    return usage !== null && (usage.output > 0 || this.#isFinished()) ? usage : null;
  }

  #isFinished(): boolean {
    const readers = [...this.#candidates.values()];
    return this.#isBlocked || (readers.length > 0 && readers.every((reader) => reader.finished));
  }
}
