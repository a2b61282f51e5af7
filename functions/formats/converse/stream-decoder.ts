import type { Endpoint } from '../../core/endpoints/endpoint.ts';
import { MeshError } from '../../core/errors.ts';
import type { ChatChunk, ChunkDelta, FinishReason } from '../pivot/chat-completion.ts';
import type { StreamDecoder, StreamProgress } from '../pivot/upstream-format.ts';
import { isRecord } from '../shared/is-record.ts';
import { PartPositions } from '../shared/part-positions.ts';
import { textOf } from '../shared/text-of.ts';
import { EventStreamDecoder, type Frame } from './event-stream.ts';
import { failureInStream } from './failure.ts';
import { mapFinishReason } from './map-finish-reason.ts';
import { toAnnotations } from './to-annotations.ts';
import { toRefusal } from './to-refusal.ts';
import { toUsage } from './to-usage.ts';

type Fields = Record<string, unknown>;

/** A content block that is under way. Blocks of server tools and of types to come are `ignored`. */
type Block =
  | { kind: 'text'; start: number; citations: unknown[] }
  | { kind: 'reasoning'; index: number; redacted: Buffer[] }
  | { kind: 'call'; index: number; hasArguments: boolean }
  | { kind: 'ignored' };

/**
 * Decodes ConverseStream. The finish is seen with `messageStop`; usage comes in `metadata`, which may stand before or after
 * it.
 * https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html
 */
export class ConverseStreamDecoder implements StreamDecoder {
  readonly #issuer: string;
  readonly #frames = new EventStreamDecoder();
  readonly #positions = new PartPositions();
  readonly #blocks = new Map<unknown, Block>();
  #textLength = 0;
  #calls = 0;
  #finished = false;
  #reported = false;
  #failed: unknown = null;

  constructor(endpoint: Endpoint) {
    this.#issuer = endpoint.reasoning.issuer;
  }

  get progress(): StreamProgress {
    return this.#finished && this.#reported ? 'ended' : 'open';
  }

  /** What was decoded before an error is returned first; the error is thrown by the next call. */
  push(bytes: Uint8Array): ChatChunk[] {
    if (this.#failed !== null) throw this.#failed;
    const chunks: ChatChunk[] = [];
    try {
      for (const frame of this.#frames.push(bytes)) chunks.push(...this.#frame(frame));
    } catch (error) {
      this.#failed = error;
      if (chunks.length === 0) throw error;
    }
    return chunks;
  }

  end(): ChatChunk[] {
    if (this.#failed !== null) throw this.#failed;
    if (!this.#finished) throw new MeshError('upstream_truncated');
    return [];
  }

  #frame({ type, name, payload }: Frame): ChatChunk[] {
    if (type !== 'event') throw failureInStream(name, payload);
    const at = payload.contentBlockIndex;
    switch (name) {
      case 'contentBlockStart':
        return this.#start(at, isRecord(payload.start) ? payload.start : {});
      case 'contentBlockDelta':
        return this.#delta(at, isRecord(payload.delta) ? payload.delta : {});
      case 'contentBlockStop':
        return this.#stop(at);
      case 'messageStop':
        return this.#messageStop(payload.stopReason);
      case 'metadata': {
        this.#reported = true;
        const usage = toUsage(payload.usage);
        return usage === null ? [] : [{ choices: [], usage }];
      }
      default:
        return [];
    }
  }

  /** Only calls and blocks that the router ignores have a start; text and reasoning begin with their first piece. */
  #start(at: unknown, start: Fields): ChatChunk[] {
    const call = start.toolUse;
    if (!isRecord(call) || call.type === 'server_tool_use') {
      if (Object.keys(start).length > 0) this.#blocks.set(at, { kind: 'ignored' });
      return [];
    }
    const index = this.#calls++;
    this.#positions.take();
    this.#blocks.set(at, { kind: 'call', index, hasArguments: false });
    const called = { name: textOf(call.name), arguments: '' };
    return [chunk({ tool_calls: [{ index, id: textOf(call.toolUseId), type: 'function', function: called }] })];
  }

  #delta(at: unknown, delta: Fields): ChatChunk[] {
    const block = this.#blocks.get(at) ?? this.#begin(at, delta);
    switch (block.kind) {
      case 'text':
        if (isRecord(delta.citation)) block.citations.push(delta.citation);
        return this.#text(delta.text);
      case 'reasoning':
        return isRecord(delta.reasoningContent) ? this.#reasoning(block, delta.reasoningContent) : [];
      case 'call': {
        const part = isRecord(delta.toolUse) ? textOf(delta.toolUse.input) : '';
        if (part === '') return [];
        block.hasArguments = true;
        return [chunk({ tool_calls: [{ index: block.index, function: { arguments: part } }] })];
      }
      case 'ignored':
        return [];
    }
  }

  #begin(at: unknown, delta: Fields): Block {
    const block = this.#newBlock(delta);
    this.#blocks.set(at, block);
    return block;
  }

  #newBlock(delta: Fields): Block {
    if (delta.reasoningContent !== undefined) {
      return { kind: 'reasoning', index: this.#positions.take(), redacted: [] };
    }
    if (delta.text !== undefined || delta.citation !== undefined) {
      return { kind: 'text', start: this.#textLength, citations: [] };
    }
    if (delta.toolUse === undefined) return { kind: 'ignored' };
    throw new MeshError('upstream_error', { message: 'The provider sent a part of a call that it never began.' });
  }

  #stop(at: unknown): ChatChunk[] {
    const block = this.#blocks.get(at);
    this.#blocks.delete(at);
    switch (block?.kind) {
      case 'text': {
        const annotations = toAnnotations(block.citations, block.start, this.#textLength);
        return annotations.length > 0 ? [chunk({ annotations })] : [];
      }
      case 'reasoning': {
        if (block.redacted.length === 0) return [];
        const data = Buffer.concat(block.redacted).toString('base64');
        const { index } = block;
        return [chunk({ reasoning_details: [{ type: 'reasoning.encrypted', data, format: this.#issuer, index }] })];
      }
      case 'call':
        // No pieces came: a call without arguments.
        if (block.hasArguments) return [];
        return [chunk({ tool_calls: [{ index: block.index, function: { arguments: '{}' } }] })];
      default:
        return [];
    }
  }

  #messageStop(stopReason: unknown): ChatChunk[] {
    if (this.#finished) return [];
    this.#finished = true;
    const chunks = [...this.#blocks.keys()].flatMap((at) => this.#stop(at));
    const refusal = toRefusal(stopReason);
    const finish = mapFinishReason(stopReason, this.#calls > 0);
    return [...chunks, chunk(refusal === null ? {} : { refusal }, finish)];
  }

  #text(value: unknown): ChatChunk[] {
    const content = textOf(value);
    this.#textLength += content.length;
    this.#positions.text(content);
    return content === '' ? [] : [chunk({ content })];
  }

  /** Redacted reasoning may come in pieces, whose base64 cannot simply be put together: it waits for the block's end. */
  #reasoning(block: { index: number; redacted: Buffer[] }, delta: Fields): ChatChunk[] {
    const { index } = block;
    const redacted = textOf(delta.redactedContent);
    if (redacted !== '') block.redacted.push(Buffer.from(redacted, 'base64'));
    const common = { type: 'reasoning.text' as const, format: this.#issuer, index };
    const text = textOf(delta.text);
    const signature = textOf(delta.signature);
    return [
      ...(text === '' ? [] : [chunk({ reasoning: text, reasoning_details: [{ ...common, text }] })]),
      ...(signature === '' ? [] : [chunk({ reasoning_details: [{ ...common, signature }] })]),
    ];
  }
}

function chunk(delta: ChunkDelta, finish: FinishReason | null = null): ChatChunk {
  return { choices: [{ index: 0, delta, finish_reason: finish }] };
}
