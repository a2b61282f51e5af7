import type { Endpoint } from '../../core/endpoints/endpoint.ts';
import { MeshError } from '../../core/errors.ts';
import type { ChatChunk, ChunkDelta, FinishReason } from '../pivot/chat-completion.ts';
import type { StreamDecoder, StreamProgress } from '../pivot/upstream-format.ts';
import { CallArguments } from '../shared/call-arguments.ts';
import { CallIds } from '../shared/call-ids.ts';
import { splicedAnswer } from '../shared/failure.ts';
import { mapFinishReason, plainEnd } from '../shared/finish-reason.ts';
import { isRecord } from '../shared/is-record.ts';
import { PartPositions } from '../shared/part-positions.ts';
import { textOf } from '../shared/text-of.ts';
import { EventStreamDecoder, type Frame } from './event-stream.ts';
import { failureInStream } from './failure.ts';
import { toAnnotations } from './to-annotations.ts';
import { toRefusal } from './to-refusal.ts';
import { toStopped } from './to-stopped.ts';
import { toUsage } from './to-usage.ts';

type Fields = Record<string, unknown>;

/** A content block that is under way. Blocks of server tools and of types to come are `ignored`. */
type Block =
  | { kind: 'text'; start: number; citations: unknown[] }
  | { kind: 'reasoning'; index: number; hasText: boolean; redacted: Buffer[] }
  | { kind: 'call'; index: number; args: CallArguments }
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
  readonly #ids = new CallIds();
  #textLength = 0;
  #calls = 0;
  #begun = false;
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
      case 'messageStart':
        if (this.#begun) throw splicedAnswer();
        return [];
      case 'contentBlockStart':
        return this.#start(at, isRecord(payload.start) ? payload.start : {});
      case 'contentBlockDelta':
        return this.#delta(at, isRecord(payload.delta) ? payload.delta : {});
      case 'contentBlockStop':
        return this.#stop(at);
      case 'messageStop':
        return this.#messageStop(payload);
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
    this.#begun = true;
    const call = start.toolUse;
    if (!isRecord(call) || call.type === 'server_tool_use') {
      if (Object.keys(start).length > 0) this.#blocks.set(at, { kind: 'ignored' });
      return [];
    }
    const index = this.#calls++;
    this.#positions.take();
    this.#blocks.set(at, { kind: 'call', index, args: new CallArguments() });
    const called = { name: textOf(call.name), arguments: '' };
    return [
      chunk({
        tool_calls: [{ index, id: this.#ids.of(textOf(call.toolUseId), ''), type: 'function', function: called }],
      }),
    ];
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
        const part = isRecord(delta.toolUse) ? block.args.add(textOf(delta.toolUse.input)) : '';
        return part === '' ? [] : [chunk({ tool_calls: [{ index: block.index, function: { arguments: part } }] })];
      }
      case 'ignored':
        return [];
    }
  }

  #begin(at: unknown, delta: Fields): Block {
    this.#begun = true;
    const block = this.#newBlock(delta);
    this.#blocks.set(at, block);
    return block;
  }

  #newBlock(delta: Fields): Block {
    if (delta.reasoningContent !== undefined) {
      return { kind: 'reasoning', index: this.#positions.take(), hasText: false, redacted: [] };
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
      case 'call': {
        const owed = block.args.finish();
        return owed === '' ? [] : [chunk({ tool_calls: [{ index: block.index, function: { arguments: owed } }] })];
      }
      default:
        return [];
    }
  }

  #messageStop({ stopReason, additionalModelResponseFields: more }: Fields): ChatChunk[] {
    if (this.#finished) return [];
    const chunks = [...this.#blocks.keys()].flatMap((at) => this.#stop(at));
    const refusal = toRefusal(stopReason);
    const finish = mapFinishReason(stopReason, this.#calls > 0) ?? plainEnd(this.#calls > 0);
    this.#finished = true;
    return [...chunks, chunk(refusal === null ? {} : { refusal }, finish, toStopped(more))];
  }

  #text(value: unknown): ChatChunk[] {
    const content = textOf(value);
    this.#textLength += content.length;
    this.#positions.text(content);
    return content === '' ? [] : [chunk({ content })];
  }

  /** Redacted reasoning may come in pieces, whose base64 cannot simply be put together: it waits for the block's end. */
  #reasoning(block: Extract<Block, { kind: 'reasoning' }>, delta: Fields): ChatChunk[] {
    const { index } = block;
    const redacted = textOf(delta.redactedContent);
    if (redacted !== '') block.redacted.push(Buffer.from(redacted, 'base64'));
    const common = { type: 'reasoning.text' as const, format: this.#issuer, index };
    const text = textOf(delta.text);
    const signature = textOf(delta.signature);
    // A thought that is not shown has an empty text, and no text is never taken for one.
    const unseen = block.hasText || text !== '' ? {} : { text: '' };
    if (text !== '') block.hasText = true;
    return [
      ...(text === '' ? [] : [chunk({ reasoning: text, reasoning_details: [{ ...common, text }] })]),
      ...(signature === '' ? [] : [chunk({ reasoning_details: [{ ...common, ...unseen, signature }] })]),
    ];
  }
}

function chunk(delta: ChunkDelta, finish: FinishReason | null = null, more: object = {}): ChatChunk {
  return { choices: [{ index: 0, delta, finish_reason: finish, ...more }] };
}
