import type { ChunkChoice, ChunkDelta, ToolCallDelta } from '../pivot/chat-completion.ts';
import type { ReasoningDetail } from '../pivot/chat-request.ts';
import { OpenCall } from './open-call.ts';
import type { Emit, ItemStatus, OpenItem, OutputItemFields } from './open-item.ts';
import { OpenMessage } from './open-message.ts';
import { OpenReasoning } from './open-reasoning.ts';
import type { ResponsesRequest } from './parse-request.ts';

type Logprobs = ChunkChoice['logprobs'];
type Rules = Pick<ResponsesRequest, 'tools' | 'includesReasoning' | 'showsReasoning' | 'seal'>;

/** Tells an item's events apart from each other's: an event's type, its fields, and the place of the item. */
export type EmitItem = (type: string, fields: Readonly<Record<string, unknown>>) => void;

/**
 * Makes the output items of one answer of its deltas, with the events of each. A message or a thought ends where another item
 * begins; calls stay open until the end, since some providers write several at once, and nobody acts on a call of an answer that
 * breaks.
 */
export class OutputItems {
  /** Items that are done, by their place in the output: as they are shown, and as an id carries them. */
  readonly done: { shown: OutputItemFields; carried: OutputItemFields }[] = [];
  readonly #answerId: string;
  readonly #rules: Rules;
  readonly #emit: EmitItem;
  readonly #calls = new Map<number, OpenCall>();
  #message: OpenMessage | null = null;
  #reasoning: OpenReasoning | null = null;
  #count = 0;

  constructor(answerId: string, rules: Rules, emit: EmitItem) {
    this.#answerId = answerId.replace(/^[a-z]+_/, '');
    this.#rules = rules;
    this.#emit = emit;
  }

  take(delta: ChunkDelta, logprobs: Logprobs = null): void {
    for (const detail of detailsOf(delta)) this.#think(detail);
    if (delta.content) this.#said().text(delta.content, logprobs);
    if (delta.refusal) this.#said().refuse(delta.refusal);
    for (const annotation of delta.annotations ?? []) this.#said().cite(annotation);
    for (const call of delta.tool_calls ?? []) this.#call(call);
  }

  /** Ends what is open. `status`: of what was still under way. */
  end(status: ItemStatus): void {
    this.#endReasoning(status);
    this.#endMessage(status);
    for (const call of this.#calls.values()) this.#close(call, status);
    this.#calls.clear();
  }

  #think(detail: ReasoningDetail): void {
    if (this.#reasoning?.continues(detail)) {
      this.#reasoning.add(detail);
      return;
    }
    this.#endReasoning('completed');
    const item = this.#begin((place, emit) => new OpenReasoning(place, this.#rules, emit));
    item.add(detail);
    // What is sealed alone says nothing, so it may stand within a message: the signature of a text comes with the text.
    if (detail.type === 'reasoning.encrypted' && this.#message !== null) this.#close(item, 'completed');
    else this.#reasoning = item;
    if (item.isShown) this.#endMessage('completed');
  }

  #said(): OpenMessage {
    this.#endReasoning('completed');
    this.#message ??= this.#begin((place, emit) => new OpenMessage(place, emit));
    return this.#message;
  }

  #call({ index, id, function: called, thought_signature: _ }: ToolCallDelta): void {
    let call = this.#calls.get(index);
    if (call === undefined) {
      this.#endReasoning('completed');
      this.#endMessage('completed');
      const name = this.#rules.tools.named(called.name ?? '');
      call = this.#begin((place, emit) => new OpenCall(place, id ?? '', name, emit));
      this.#calls.set(index, call);
    }
    call.add(called.arguments ?? '');
  }

  #begin<T extends OpenItem>(make: (place: { answerId: string; index: number }, emit: Emit) => T): T {
    const index = this.#count++;
    const item = make({ answerId: this.#answerId, index }, (type, fields) =>
      this.#emit(type, { ...fields, output_index: index }),
    );
    this.#emit('response.output_item.added', { output_index: index, item: item.begun() });
    return item;
  }

  #endReasoning(status: ItemStatus): void {
    if (this.#reasoning !== null) this.#close(this.#reasoning, status);
    this.#reasoning = null;
  }

  #endMessage(status: ItemStatus): void {
    if (this.#message !== null) this.#close(this.#message, status);
    this.#message = null;
  }

  #close(item: OpenItem, status: ItemStatus): void {
    const ended = item.end(status);
    this.done[item.index] = ended;
    this.#emit('response.output_item.done', { output_index: item.index, item: ended.shown });
  }
}

function detailsOf({ reasoning, reasoning_details }: ChunkDelta): readonly ReasoningDetail[] {
  if (reasoning_details !== undefined && reasoning_details.length > 0) return reasoning_details;
  return reasoning ? [{ type: 'reasoning.text', text: reasoning }] : [];
}
