import { textOfDetail } from '../chat/from-reasoning.ts';
import type { ReasoningDetail } from '../pivot/chat-request.ts';
import { mendDetails } from '../pivot/mend-details.ts';
import { sealReasoning } from './item-seals.ts';
import { type Emit, type ItemPlace, type ItemStatus, itemId, type OpenItem } from './open-item.ts';
import type { ResponsesRequest } from './parse-request.ts';

type Rules = Pick<ResponsesRequest, 'includesReasoning' | 'showsReasoning' | 'seal'>;

/** A thought. What is shown of it is its summary, the one part that all clients know; what its issuer needs back is sealed. */
export class OpenReasoning implements OpenItem {
  readonly index: number;
  readonly #id: string;
  readonly #rules: Rules;
  readonly #emit: Emit;
  readonly #details: ReasoningDetail[] = [];
  #summary = '';

  constructor(place: ItemPlace, rules: Rules, emit: Emit) {
    this.index = place.index;
    this.#id = itemId('rs', place);
    this.#rules = rules;
    this.#emit = (type, fields) => emit(type, { item_id: this.#id, ...fields });
  }

  /** Whether its client has seen something of it. */
  get isShown(): boolean {
    return this.#summary !== '';
  }

  begun() {
    return { id: this.#id, type: 'reasoning', status: 'in_progress', summary: [] };
  }

  /** Whether a detail is of the same thought: by its name or, without one, by its place. */
  continues({ id, index }: ReasoningDetail): boolean {
    if (id) return this.#details.some((detail) => detail.id === id);
    return this.#details.some((detail) => detail.index === index);
  }

  add(detail: ReasoningDetail): void {
    this.#details.push(detail);
    const delta = textOfDetail(detail);
    if (delta === '' || !this.#rules.showsReasoning) return;
    if (this.#summary === '') {
      this.#emit('response.reasoning_summary_part.added', { summary_index: 0, part: partOf('') });
    }
    this.#summary += delta;
    this.#emit('response.reasoning_summary_text.delta', { summary_index: 0, delta });
  }

  end(status: ItemStatus) {
    const text = this.#summary;
    if (text !== '') {
      this.#emit('response.reasoning_summary_text.done', { summary_index: 0, text });
      this.#emit('response.reasoning_summary_part.done', { summary_index: 0, part: partOf(text) });
    }
    const item = { id: this.#id, type: 'reasoning', status, summary: text === '' ? [] : [partOf(text)] };
    const { includesReasoning, seal } = this.#rules;
    const sealed = sealReasoning(mendDetails(this.#details) as ReasoningDetail[], seal);
    if (sealed === null) return { shown: item, carried: item };
    const whole = { ...item, encrypted_content: sealed };
    return { shown: includesReasoning ? whole : item, carried: { ...whole, summary: [] } };
  }
}

function partOf(text: string) {
  return { type: 'summary_text', text };
}
