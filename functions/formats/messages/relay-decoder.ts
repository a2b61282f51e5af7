import { concealInAnswer } from '../../core/credentials.ts';
import { MeshError } from '../../core/errors.ts';
import { ChunkReader } from '../shared/chunk-reader.ts';
import type { Decoder, Facts, Piece } from '../shared/facts.ts';
import { splicedAnswer } from '../shared/failure.ts';
import { isRecord } from '../shared/is-record.ts';
import { mergeCounts } from '../shared/merge-counts.ts';
import { finishReasonOf } from './finish-reason-of.ts';
import { failureOf } from './relay-failure.ts';
import { toUsage } from './to-usage.ts';

type Fields = Readonly<Record<string, unknown>>;

/** An event of an endpoint that speaks the format, as it came. */
export interface RelayedEvent {
  name: string;
  data: string;
  event: Fields;
}

const nothing: Facts = { texts: [], marks: 0, usage: null, token: false, finished: false, last: false, held: false };

/**
 * Reads Anthropic's events for what is counted, and passes them on. Whatever is in them that we have never heard of stays. Pings
 * are left out: they are no sign that an answer goes on, and the router has its own.
 */
export class RelayDecoder implements Decoder<RelayedEvent> {
  readonly #reader = new ChunkReader<Piece<RelayedEvent>>((event, name, data) => this.#event(event, name, data));
  #usage: Fields = {};
  /** Indexes of blocks that have begun; null before the message has. */
  #blocks: Set<unknown> | null = null;
  #finished = false;
  #stopped = false;

  push(bytes: Uint8Array): Piece<RelayedEvent>[] {
    return this.#reader.push(bytes);
  }

  end(): Piece<RelayedEvent>[] {
    const pieces = this.#reader.end();
    if (!this.#finished) throw new MeshError('upstream_truncated');
    return pieces;
  }

  #event(event: Fields, name: string, data: string): Piece<RelayedEvent>[] {
    if (event.type === 'ping' || this.#stopped) return [];
    const facts = this.#facts(event);
    const clean = concealInAnswer(event);
    const text = clean === event ? data : JSON.stringify(clean);
    return [{ frame: { name: name || String(event.type), data: text, event: clean }, facts }];
  }

  #facts(event: Fields): Facts {
    const failed = failureOf(event);
    if (failed !== null) throw failed;
    switch (event.type) {
      case 'message_start':
        if (this.#blocks?.size) throw splicedAnswer();
        this.#blocks = new Set();
        this.#usage = mergeCounts(this.#usage, isRecord(event.message) ? event.message.usage : null);
        return nothing;
      case 'content_block_start':
        this.#open(event.index);
        return factsOfBlock(isRecord(event.content_block) ? event.content_block : {});
      case 'content_block_delta':
        if (!this.#blocks?.has(event.index)) throw neverBegun('a block');
        return factsOfDelta(isRecord(event.delta) ? event.delta : {});
      case 'message_delta':
        return this.#messageDelta(event);
      case 'message_stop':
        this.#stopped = true;
        return { ...nothing, last: true, held: true };
      default:
        return nothing;
    }
  }

  #open(index: unknown): void {
    if (this.#blocks === null) throw neverBegun('a message');
    this.#blocks.add(index);
  }

  /**
   * Usage counts from here only: what `message_start` reports has a placeholder for the output. There may be several, of which the
   * one that says why the answer ended is the last, or nearly.
   */
  #messageDelta({ delta, usage }: Fields): Facts {
    this.#usage = mergeCounts(this.#usage, usage);
    const finishes = isRecord(delta) && typeof delta.stop_reason === 'string';
    const finishReason = finishReasonOf(isRecord(delta) ? delta.stop_reason : null);
    this.#finished ||= finishes;
    const counted = isRecord(usage) ? toUsage(this.#usage) : null;
    return {
      ...nothing,
      marks: finishes ? 1 : 0,
      usage: counted,
      token: finishes,
      finished: finishes,
      finishReason,
      held: this.#finished,
    };
  }
}

/** Clients leave such a part out without a word. */
function neverBegun(what: string): MeshError {
  return new MeshError('upstream_error', { message: `The provider sent a part of ${what} that it never began.` });
}

/** The names of calls are billed, and so is what some servers put into the start of a block. A text that is empty says nothing yet. */
function factsOfBlock(block: Fields): Facts {
  const texts = textsOfBlock(block);
  const isSilent = texts.length === 0 && (block.type === 'text' || block.type === 'thinking');
  return { ...nothing, texts, marks: block.type === 'tool_use' ? 1 : 0, token: !isSilent };
}

function factsOfDelta(delta: Fields): Facts {
  const texts = textsOfBlock(delta);
  return { ...nothing, texts, token: texts.length > 0 || delta.type === 'signature_delta' };
}

/** Fields whose text a model wrote. */
const written = ['text', 'thinking', 'partial_json', 'content', 'name'] as const;

/** What can be read of a block, or of a piece of one. */
export function textsOfBlock(fields: Fields): string[] {
  const texts: string[] = [];
  for (const field of written) {
    const text = fields[field];
    if (typeof text === 'string' && text !== '') texts.push(text);
  }
  const { input } = fields;
  if (isRecord(input) && Object.keys(input).length > 0) texts.push(JSON.stringify(input));
  return texts;
}
