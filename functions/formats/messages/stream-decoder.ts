import type { Endpoint } from '../../core/endpoints/endpoint.ts';
import { MeshError } from '../../core/errors.ts';
import type { ChatChunk, ChunkDelta, FinishReason } from '../pivot/chat-completion.ts';
import type { StreamDecoder, StreamProgress } from '../pivot/upstream-format.ts';
import { CallArguments } from '../shared/call-arguments.ts';
import { CallIds } from '../shared/call-ids.ts';
import { ChunkReader } from '../shared/chunk-reader.ts';
import { splicedAnswer } from '../shared/failure.ts';
import { mapFinishReason } from '../shared/finish-reason.ts';
import { isRecord } from '../shared/is-record.ts';
import { mergeCounts } from '../shared/merge-counts.ts';
import { PartPositions } from '../shared/part-positions.ts';
import { textOf } from '../shared/text-of.ts';
import { toArguments } from '../shared/to-arguments.ts';
import { failureInBody } from './failure.ts';
import { toAnnotations } from './to-annotations.ts';
import { toRefusal } from './to-refusal.ts';
import { toUsage } from './to-usage.ts';

type Fields = Record<string, unknown>;

/** A content block that is under way. Blocks of server tools and of types to come are `ignored`. */
type Block =
  | { kind: 'text'; start: number; citations: unknown[] }
  | { kind: 'thinking'; index: number; hasText: boolean }
  | { kind: 'call'; index: number; args: CallArguments }
  | { kind: 'ignored' };
type Thinking = Extract<Block, { kind: 'thinking' }>;

/**
 * Decodes Anthropic's event stream. The finish is seen with the `stop_reason` in `message_delta`: `message_stop` after it
 * says nothing more, so a stream that ends between the two is whole.
 * https://docs.claude.com/en/docs/build-with-claude/streaming
 */
export class MessagesStreamDecoder implements StreamDecoder {
  readonly #issuer: string;
  readonly #reader = new ChunkReader((event) => this.#event(event));
  readonly #positions = new PartPositions();
  readonly #blocks = new Map<unknown, Block>();
  readonly #ids = new CallIds();
  #messageId = '';
  #usage: Readonly<Fields> = {};
  #textLength = 0;
  #calls = 0;
  #begun = false;
  #finished = false;
  #stopped = false;

  constructor(endpoint: Endpoint) {
    this.#issuer = endpoint.reasoning.issuer;
  }

  get progress(): StreamProgress {
    return this.#stopped ? 'ended' : 'open';
  }

  push(bytes: Uint8Array): ChatChunk[] {
    return this.#reader.push(bytes);
  }

  end(): ChatChunk[] {
    const chunks = this.#reader.end();
    if (!this.#finished) throw new MeshError('upstream_truncated');
    return chunks;
  }

  #event(event: Fields): ChatChunk[] {
    const failed = failureInBody(event);
    if (failed !== null) throw failed;
    switch (event.type) {
      case 'message_start':
        this.#startMessage(isRecord(event.message) ? event.message : {});
        return [];
      case 'content_block_start':
        return this.#start(event.index, isRecord(event.content_block) ? event.content_block : {});
      case 'content_block_delta':
        return this.#delta(event.index, isRecord(event.delta) ? event.delta : {});
      case 'content_block_stop':
        return this.#stop(event.index);
      case 'message_delta':
        return this.#messageDelta(event);
      case 'message_stop':
        this.#stopped = true;
        return [];
      default:
        return [];
    }
  }

  /** Proxies may say the start again, but not within an answer. */
  #startMessage({ id, usage }: Fields): void {
    if (this.#begun) throw splicedAnswer();
    this.#messageId = textOf(id);
    this.#usage = mergeCounts(this.#usage, usage);
  }

  #start(at: unknown, block: Fields): ChatChunk[] {
    this.#begun = true;
    switch (block.type) {
      case 'text':
        this.#blocks.set(at, { kind: 'text', start: this.#textLength, citations: toList(block.citations) });
        return this.#text(block.text);
      case 'thinking': {
        const begun: Thinking = { kind: 'thinking', index: this.#positions.take(), hasText: false };
        this.#blocks.set(at, begun);
        return [...this.#thinking(begun, block.thinking), ...this.#signature(begun, block.signature)];
      }
      case 'redacted_thinking': {
        const index = this.#positions.take();
        this.#blocks.set(at, { kind: 'ignored' });
        const data = textOf(block.data);
        return [chunk({ reasoning_details: [{ type: 'reasoning.encrypted', data, format: this.#issuer, index }] })];
      }
      case 'tool_use': {
        const index = this.#calls++;
        this.#positions.take();
        const args = new CallArguments();
        this.#blocks.set(at, { kind: 'call', index, args });
        // Some servers put all of the input here, and nothing or the same into the pieces.
        const called = { name: textOf(block.name), arguments: args.add(toArguments(block.input)) };
        const id = this.#ids.of(textOf(block.id), this.#messageId);
        return [chunk({ tool_calls: [{ index, id, type: 'function', function: called }] })];
      }
      default:
        this.#blocks.set(at, { kind: 'ignored' });
        return [];
    }
  }

  #delta(at: unknown, delta: Fields): ChatChunk[] {
    const block = this.#blocks.get(at);
    if (block === undefined) {
      throw new MeshError('upstream_error', { message: 'The provider sent a part of a block that it never began.' });
    }
    switch (block.kind) {
      case 'text':
        if (delta.type === 'citations_delta') block.citations.push(delta.citation);
        return delta.type === 'text_delta' ? this.#text(delta.text) : [];
      case 'thinking':
        if (delta.type === 'thinking_delta') return this.#thinking(block, delta.thinking);
        return delta.type === 'signature_delta' ? this.#signature(block, delta.signature) : [];
      case 'call': {
        const part = delta.type === 'input_json_delta' ? block.args.add(textOf(delta.partial_json)) : '';
        return part === '' ? [] : [chunk({ tool_calls: [{ index: block.index, function: { arguments: part } }] })];
      }
      case 'ignored':
        return [];
    }
  }

  #stop(at: unknown): ChatChunk[] {
    const block = this.#blocks.get(at);
    this.#blocks.delete(at);
    if (block?.kind === 'text') {
      const annotations = toAnnotations(block.citations, block.start, this.#textLength);
      return annotations.length > 0 ? [chunk({ annotations })] : [];
    }
    const owed = block?.kind === 'call' ? block.args.finish() : '';
    if (block?.kind !== 'call' || owed === '') return [];
    return [chunk({ tool_calls: [{ index: block.index, function: { arguments: owed } }] })];
  }

  /**
   * Usage is passed on from here only: what `message_start` reports has a placeholder for the output, and would pass for
   * the whole usage of a stream that breaks.
   */
  #messageDelta(event: Fields): ChatChunk[] {
    const chunks: ChatChunk[] = [];
    const delta = isRecord(event.delta) ? event.delta : {};
    const finish = mapFinishReason(delta.stop_reason, this.#calls > 0);
    if (finish !== null && !this.#finished) {
      for (const at of [...this.#blocks.keys()]) chunks.push(...this.#stop(at));
      const refusal = toRefusal(delta.stop_reason, delta.stop_details);
      chunks.push(chunk(refusal === null ? {} : { refusal }, finish));
      this.#finished = true;
    }
    if (isRecord(event.usage)) {
      this.#usage = mergeCounts(this.#usage, event.usage);
      const usage = toUsage(this.#usage);
      const last = chunks.pop() ?? { choices: [] };
      chunks.push(usage === null ? last : { ...last, usage });
    }
    return chunks;
  }

  #text(value: unknown): ChatChunk[] {
    const content = textOf(value);
    this.#textLength += content.length;
    this.#positions.text(content);
    return content === '' ? [] : [chunk({ content })];
  }

  #thinking(block: Thinking, value: unknown): ChatChunk[] {
    const text = textOf(value);
    if (text === '') return [];
    block.hasText = true;
    const { index } = block;
    return [
      chunk({ reasoning: text, reasoning_details: [{ type: 'reasoning.text', text, format: this.#issuer, index }] }),
    ];
  }

  /** A thought that is not shown has an empty text, and no text is never taken for one. */
  #signature({ index, hasText }: Thinking, value: unknown): ChatChunk[] {
    const signature = textOf(value);
    if (signature === '') return [];
    const said = { type: 'reasoning.text' as const, ...(hasText ? {} : { text: '' }), signature };
    return [chunk({ reasoning_details: [{ ...said, format: this.#issuer, index }] })];
  }
}

function chunk(delta: ChunkDelta, finish: FinishReason | null = null): ChatChunk {
  return { choices: [{ index: 0, delta, finish_reason: finish }] };
}

function toList(value: unknown): unknown[] {
  return Array.isArray(value) ? [...value] : [];
}
