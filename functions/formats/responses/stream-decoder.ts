import type { Endpoint } from '../../core/endpoints/endpoint.ts';
import { MeshError } from '../../core/errors.ts';
import { failureInBody } from '../chat/failure.ts';
import type { ChatChunk, ChunkChoice, ChunkDelta, FinishReason } from '../pivot/chat-completion.ts';
import type { ReasoningDetail } from '../pivot/chat-request.ts';
import type { StreamDecoder, StreamProgress } from '../pivot/upstream-format.ts';
import { CallArguments } from '../shared/call-arguments.ts';
import { CallIds } from '../shared/call-ids.ts';
import { ChunkReader } from '../shared/chunk-reader.ts';
import { splicedAnswer } from '../shared/failure.ts';
import { PartPositions } from '../shared/part-positions.ts';
import { textOf } from '../shared/text-of.ts';
import { type Fields, partsOf, placeOf, recordOf } from './event-fields.ts';
import { failureInResponse } from './failure.ts';
import { finishOf } from './finish-of.ts';
import { PART_BREAK } from './from-reasoning-item.ts';
import { JoinedText } from './joined-text.ts';
import { PassedOn } from './passed-on.ts';
import { toAnnotation } from './to-annotation.ts';
import { toLogprobs } from './to-logprobs.ts';
import { toUsage } from './to-usage.ts';

type DetailType = ReasoningDetail['type'];
type ReasoningItem = Extract<Item, { kind: 'reasoning' }>;

/** An output item that has begun. Messages need nothing but their parts, and items of server tools are not passed on. */
type Item =
  | { kind: 'call'; index: number; args: CallArguments }
  | { kind: 'reasoning'; id: string; indexes: Map<DetailType, number>; lastParts: Map<DetailType, string> }
  | { kind: 'other' };

/**
 * Decodes the events of the Responses API. The finish is `response.completed` or `response.incomplete`; events that are
 * not known, such as those of server tools, are skipped.
 * https://platform.openai.com/docs/api-reference/responses-streaming
 */
export class ResponsesStreamDecoder implements StreamDecoder {
  readonly #issuer: string;
  readonly #reader = new ChunkReader((event, name) => this.read(event, name));
  readonly #positions = new PartPositions();
  readonly #passed = new PassedOn();
  /** By output index. */
  readonly #items = new Map<string, Item>();
  /** The items that have begun and are not done, by output index, as they began. */
  readonly #open = new Map<string, Fields>();
  readonly #joined = new JoinedText();
  readonly #cited = new Set<string>();
  readonly #ids = new CallIds();
  #calls = 0;
  #refused = false;
  #finished = false;

  constructor(endpoint: Endpoint) {
    this.#issuer = endpoint.reasoning.issuer;
  }

  get progress(): StreamProgress {
    return this.#finished ? 'ended' : 'open';
  }

  push(bytes: Uint8Array): ChatChunk[] {
    return this.#reader.push(bytes);
  }

  end(): ChatChunk[] {
    const chunks = this.#reader.end();
    if (!this.#finished) throw new MeshError('upstream_truncated');
    return chunks;
  }

  /** One event, for whoever reads the bytes himself. `name` is its `event` field. */
  read(event: Fields, name: string): ChatChunk[] {
    const type = textOf(event.type) || name;
    const failed = failureInBody(type === 'error' ? { type, ...event } : event);
    if (failed !== null) throw failed;
    const at = placeOf(event);
    switch (type) {
      case 'response.created':
        if (this.#items.size > 0) throw splicedAnswer();
        return [];
      case 'response.output_item.added':
        return this.#begin(at, recordOf(event.item));
      case 'response.output_item.done':
        return this.#itemDone(at, recordOf(event.item));
      case 'response.content_part.added':
      case 'response.content_part.done':
        return this.#part(`${at}/${event.content_index}`, recordOf(event.part));
      case 'response.output_text.delta': {
        const part = `${at}/${event.content_index}`;
        return this.#text(part, this.#passed.piece(part, event.delta), event.logprobs);
      }
      case 'response.output_text.done': {
        const part = `${at}/${event.content_index}`;
        return this.#text(part, this.#passed.rest(part, event.text), event.logprobs);
      }
      case 'response.output_text.annotation.added':
        return this.#annotation(`${at}/${event.content_index}`, event.annotation_index, event.annotation);
      case 'response.refusal.delta':
        return this.#refusal(this.#passed.piece(`${at}/${event.content_index}`, event.delta));
      case 'response.refusal.done':
        return this.#refusal(this.#passed.rest(`${at}/${event.content_index}`, event.refusal));
      case 'response.function_call_arguments.delta':
        return this.#arguments(at, (args) => args.add(textOf(event.delta)));
      case 'response.function_call_arguments.done':
        return this.#arguments(at, (args) => args.whole(textOf(event.arguments)));
      case 'response.reasoning_summary_part.added':
      case 'response.reasoning_summary_part.done':
        return this.#summary(at, event, (part) => this.#passed.rest(part, recordOf(event.part).text));
      case 'response.reasoning_summary_text.delta':
        return this.#summary(at, event, (part) => this.#passed.piece(part, event.delta));
      case 'response.reasoning_summary_text.done':
        return this.#summary(at, event, (part) => this.#passed.rest(part, event.text));
      case 'response.reasoning_text.delta':
        return this.#reasoningText(at, event, (part) => this.#passed.piece(part, event.delta));
      case 'response.reasoning_text.done':
        return this.#reasoningText(at, event, (part) => this.#passed.rest(part, event.text));
      case 'response.completed':
      case 'response.incomplete':
        return this.#finish({ status: type.slice('response.'.length), ...recordOf(event.response) });
      case 'response.failed':
        throw failureInBody({ error: recordOf(recordOf(event.response).error) });
      default:
        return [];
    }
  }

  #begin(at: string, item: Fields): ChatChunk[] {
    this.#joined.setPhase(at, item.phase);
    if (this.#items.has(at)) return [];
    for (const open of this.#open.keys()) {
      // Nothing has ended that item, so its encrypted content comes with the response, but its place is before this one.
      const before = this.#items.get(open);
      if (before?.kind === 'reasoning') this.#placeIn(before, 'reasoning.encrypted');
    }
    this.#open.set(at, item);
    if (item.type === 'reasoning') {
      this.#reasoning(at, item.id);
      return [];
    }
    if (item.type !== 'function_call') {
      this.#items.set(at, { kind: 'other' });
      return [];
    }
    this.#positions.take();
    const index = this.#calls++;
    const args = new CallArguments();
    this.#items.set(at, { kind: 'call', index, args });
    const called = { name: textOf(item.name), arguments: args.add(textOf(item.arguments)) };
    const id = this.#ids.of(textOf(item.call_id) || textOf(item.id), '');
    return [chunk({ tool_calls: [{ index, id, type: 'function', function: called }] })];
  }

  /** The item as a whole: what was not passed on yet, and the encrypted reasoning, which is complete only here. */
  #itemDone(at: string, item: Fields): ChatChunk[] {
    const chunks = this.#begin(at, item);
    this.#open.delete(at);
    switch (item.type) {
      case 'message':
        for (const [index, part] of partsOf(item.content)) chunks.push(...this.#part(`${at}/${index}`, part));
        break;
      case 'function_call':
        chunks.push(...this.#arguments(at, (args) => args.whole(textOf(item.arguments)) + args.finish()));
        break;
      case 'reasoning': {
        for (const [summary_index, { text }] of partsOf(item.summary)) {
          chunks.push(...this.#summary(at, { summary_index }, (part) => this.#passed.rest(part, text)));
        }
        for (const [content_index, { text }] of partsOf(item.content)) {
          chunks.push(...this.#reasoningText(at, { content_index }, (part) => this.#passed.rest(part, text)));
        }
        const begun = this.#reasoning(at, item.id);
        const data = this.#passed.rest(`${at}/encrypted`, item.encrypted_content);
        if (data === '') break;
        const type = 'reasoning.encrypted';
        chunks.push(chunk({ reasoning_details: [{ type, data, ...this.#placeIn(begun, type) }] }));
        break;
      }
    }
    return chunks;
  }

  #part(part: string, fields: Fields): ChatChunk[] {
    if (fields.type === 'refusal') return this.#refusal(this.#passed.rest(part, fields.refusal));
    if (fields.type !== 'output_text') return [];
    const chunks = this.#text(part, this.#passed.rest(part, fields.text), fields.logprobs);
    for (const [index, annotation] of partsOf(fields.annotations)) {
      chunks.push(...this.#annotation(part, index, annotation));
    }
    return chunks;
  }

  #text(part: string, content: string, logprobs: unknown): ChatChunk[] {
    if (content === '') return [];
    this.#positions.text(content);
    const known = toLogprobs(logprobs);
    return [chunk({ content: this.#joined.add(part, content) }, known === null ? {} : { logprobs: known })];
  }

  #annotation(part: string, index: unknown, fields: unknown): ChatChunk[] {
    const place = `${part}/${index}`;
    if (this.#cited.has(place)) return [];
    this.#cited.add(place);
    const annotation = toAnnotation(fields, this.#joined.startOf(part));
    return annotation === null ? [] : [chunk({ annotations: [annotation] })];
  }

  #refusal(refusal: string): ChatChunk[] {
    if (refusal === '') return [];
    this.#refused = true;
    return [chunk({ refusal })];
  }

  /** Arguments of a call that has not begun wait for the end of its item, since only that names the function. */
  #arguments(at: string, take: (args: CallArguments) => string): ChatChunk[] {
    const item = this.#items.get(at);
    if (item?.kind !== 'call') return [];
    const text = take(item.args);
    return text === '' ? [] : [chunk({ tool_calls: [{ index: item.index, function: { arguments: text } }] })];
  }

  #summary(at: string, { item_id, summary_index }: Fields, take: (part: string) => string): ChatChunk[] {
    const part = `${at}/summary/${summary_index}`;
    return this.#thought(at, item_id, part, take(part), 'reasoning.summary');
  }

  #reasoningText(at: string, { item_id, content_index }: Fields, take: (part: string) => string): ChatChunk[] {
    const part = `${at}/reasoning/${content_index}`;
    return this.#thought(at, item_id, part, take(part), 'reasoning.text');
  }

  #thought(at: string, itemId: unknown, part: string, piece: string, type: 'reasoning.summary' | 'reasoning.text') {
    if (piece === '') return [];
    const item = this.#reasoning(at, itemId);
    const last = item.lastParts.get(type) ?? part;
    item.lastParts.set(type, part);
    const text = last === part ? piece : PART_BREAK + piece;
    const place = this.#placeIn(item, type);
    const detail: ReasoningDetail =
      type === 'reasoning.summary' ? { type, summary: text, ...place } : { type, text, ...place };
    return [chunk({ reasoning: text, reasoning_details: [detail] })];
  }

  /** What the details of an item have in common, and their index: one for each type, so that clients never merge two. */
  #placeIn({ id, indexes }: ReasoningItem, type: DetailType): { id?: string; format: string; index: number } {
    const index = indexes.get(type) ?? this.#positions.take();
    indexes.set(type, index);
    return { ...(id === '' ? {} : { id }), format: this.#issuer, index };
  }

  /** The reasoning item there, begun now if no event did so. */
  #reasoning(at: string, id: unknown): ReasoningItem {
    const known = this.#items.get(at);
    if (known?.kind === 'reasoning') return known;
    const item: ReasoningItem = { kind: 'reasoning', id: textOf(id), indexes: new Map(), lastParts: new Map() };
    this.#items.set(at, item);
    return item;
  }

  /** Where an item of the finished response began, if no event said what became of it. */
  #openPlaceOf({ id, call_id }: Fields): string | undefined {
    const same = (name: unknown, known: unknown) => textOf(name) !== '' && name === known;
    const found = [...this.#open].find(([, begun]) => same(id, begun.id) || same(call_id, begun.call_id));
    return found?.[0];
  }

  #finish(response: Fields): ChatChunk[] {
    if (this.#finished) return [];
    // The event says that it has ended; some servers send the response with it as it was at its beginning.
    const failed = response.status === 'in_progress' ? failureInBody(response) : failureInResponse(response);
    if (failed !== null) throw failed;
    const chunks: ChatChunk[] = [];
    // Some servers stream nothing but the end. Elsewhere the list may lack items, so their places in it say nothing.
    const isFirst = this.#items.size === 0 && this.#joined.isEmpty;
    for (const [index, item] of partsOf(response.output)) {
      const at = isFirst ? String(index) : this.#openPlaceOf(item);
      if (at !== undefined) chunks.push(...this.#itemDone(at, item));
    }
    for (const at of this.#items.keys()) chunks.push(...this.#arguments(at, (args) => args.finish()));
    const facts = { hasToolCalls: this.#calls > 0, refused: this.#refused };
    const usage = toUsage(response.usage);
    const phases = this.#joined.phases();
    const last = chunk(phases.length > 0 ? { phases } : {}, { finish_reason: finishOf(response, facts) });
    this.#finished = true;
    return [...chunks, usage === null ? last : { ...last, usage }];
  }
}

function chunk(
  delta: ChunkDelta,
  more: { finish_reason?: FinishReason; logprobs?: ChunkChoice['logprobs'] } = {},
): ChatChunk {
  return { choices: [{ index: 0, delta, finish_reason: null, ...more }] };
}
