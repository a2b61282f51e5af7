import type { ReasoningDetail } from '../pivot/chat-request.ts';
import { textOf } from '../shared/text-of.ts';
import { type Fields, partsOf, recordOf } from './event-fields.ts';
import { fromReasoningItem } from './from-reasoning-item.ts';
import { sealReasoning } from './item-seals.ts';
import type { OutputItemFields } from './open-item.ts';
import type { ResponsesRequest } from './parse-request.ts';

/** Where the deltas of an item belong, by the events that bring them. */
const DELTAS: Readonly<Record<string, string>> = {
  'response.function_call_arguments.delta': 'arguments',
  'response.custom_tool_call_input.delta': 'input',
};

/** The output items of an upstream of this format, as far as they have come. */
export class RelayItems {
  readonly #rules: Pick<ResponsesRequest, 'includesReasoning' | 'seal'>;
  readonly #issuer: string;
  /** By output index, as the upstream says them. */
  readonly #done = new Map<number, Fields>();
  readonly #open = new Map<number, Fields>();
  /** Text of the messages that are open. */
  readonly #texts = new Map<number, string>();

  constructor(rules: Pick<ResponsesRequest, 'includesReasoning' | 'seal'>, issuer: string) {
    this.#rules = rules;
    this.#issuer = issuer;
  }

  /** Whether no event has told of any. */
  get isEmpty(): boolean {
    return this.#done.size === 0 && this.#open.size === 0;
  }

  /** The fields of an event of an item, as its client gets them. */
  shown(type: string, fields: Readonly<Fields>): Fields {
    const index = Number(fields.output_index);
    if (type === 'response.output_item.added') this.#open.set(index, recordOf(fields.item));
    if (type === 'response.output_item.done') {
      this.#open.delete(index);
      this.#texts.delete(index);
      this.#done.set(index, recordOf(fields.item));
    }
    this.#grow(type, index, textOf(fields.delta));
    return fields.item === undefined ? { ...fields } : { ...fields, item: this.#shownItem(recordOf(fields.item)) };
  }

  /** Items as a response lists them. Those are all that there are. */
  shownAll(items: readonly unknown[]): Fields[] {
    this.#done.clear();
    for (const [index, item] of partsOf(items)) this.#done.set(index, item);
    return this.done();
  }

  /** Items that are done, as their client gets them. */
  done(): Fields[] {
    return this.#inOrder().map((item) => this.#shownItem(item));
  }

  /** The same as an id carries them. */
  carried(): OutputItemFields[] {
    return this.#inOrder().map((item) => carriedItem(item, this.#sealed(item)));
  }

  /** Items that were cut off, with their places in the output. */
  open(): [number, Fields][] {
    return [...this.#open].map(([index, item]) => [
      index,
      { ...withText(item, this.#texts.get(index)), status: 'incomplete' },
    ]);
  }

  #inOrder(): Fields[] {
    return [...this.#done].sort(([a], [b]) => a - b).map(([, item]) => item);
  }

  #grow(type: string, index: number, delta: string): void {
    const item = this.#open.get(index);
    if (item === undefined || delta === '') return;
    const field = DELTAS[type];
    if (field !== undefined) this.#open.set(index, { ...item, [field]: textOf(item[field]) + delta });
    if (type === 'response.output_text.delta') this.#texts.set(index, (this.#texts.get(index) ?? '') + delta);
  }

  #shownItem(item: Fields): Fields {
    if (item.type !== 'reasoning') return item;
    const { encrypted_content: _, ...rest } = item;
    const sealed = this.#rules.includesReasoning ? this.#sealed(item) : null;
    return sealed === null ? rest : { ...rest, encrypted_content: sealed };
  }

  #sealed(item: Fields): string | null {
    if (item.type !== 'reasoning') return null;
    return sealedItem(item, this.#issuer, this.#rules.seal);
  }
}

/** What an issuer wrote and has to get back, sealed for its owner; null where it wrote nothing of the kind. */
function sealedItem(item: Fields, issuer: string, seal: ResponsesRequest['seal']): string | null {
  const details = fromReasoningItem(item, issuer, () => 0).filter(isNeeded);
  // Its place is where its client sends the item.
  return details.length === 0
    ? null
    : sealReasoning(
        details.map(({ index: _, ...detail }) => detail),
        seal,
      );
}

/** The summary is in the item itself. */
function isNeeded({ type }: ReasoningDetail): boolean {
  return type !== 'reasoning.summary';
}

function carriedItem(
  { status: _status, encrypted_content: _, ...item }: Fields,
  sealed: string | null,
): OutputItemFields {
  const kept = sealed === null ? item : { ...item, encrypted_content: sealed };
  return { ...kept, id: textOf(item.id), type: textOf(item.type) };
}

function withText(item: Fields, text: string | undefined): Fields {
  if (item.type !== 'message' || text === undefined) return item;
  return { ...item, content: [{ type: 'output_text', text, annotations: [], logprobs: [] }] };
}
