import type { AnswerBill, AnswerHead } from '../shared/answer.ts';
import type { Refusal } from '../shared/surface.ts';
import { textOf } from '../shared/text-of.ts';
import { carriersOf } from './carriers.ts';
import { encodeBill } from './encode-usage.ts';
import { type Fields, partsOf, recordOf } from './event-fields.ts';
import { EventWriter } from './event-writer.ts';
import { failedError } from './failed-response.ts';
import type { OutputItemFields } from './open-item.ts';
import type { ResponsesRequest } from './parse-request.ts';
import { RelayItems } from './relay-items.ts';
import { responseObject } from './response-object.ts';

/**
 * The events of an upstream of this format as its client gets them: the same, but for the numbers, the id and the model of the
 * response, reasoning, which is sealed for its owner, and the bill.
 */
export class RelayEvents {
  readonly #request: ResponsesRequest;
  readonly #head: AnswerHead;
  readonly #writer = new EventWriter();
  readonly #items: RelayItems;
  /** The response as the upstream last described it. */
  #response: Readonly<Fields> | null = null;

  /** `issuer`: whose reasoning it is. */
  constructor(request: ResponsesRequest, head: AnswerHead, issuer: string) {
    this.#request = request;
    this.#head = head;
    this.#items = new RelayItems(request, issuer);
  }

  encode(events: readonly Fields[]): string {
    return events.map((event) => this.#event(event)).join('');
  }

  /** What keeps a stream alive that has begun: of all that clients know, the event that says nothing new. */
  ping(): string {
    return this.#write('response.in_progress', { response: this.#described({}) });
  }

  /** The end. `held`: what the upstream ended with, nothing where its money ended before (`stopped`). */
  end(held: readonly Fields[], bill: AnswerBill, stopped: boolean): string {
    const last = held.findLast(({ response }) => response !== undefined) ?? {};
    const before = this.encode(held.filter((event) => event !== last));
    const type = stopped ? 'response.incomplete' : textOf(last.type) || 'response.completed';
    const status = type.slice('response.'.length);
    const described = recordOf(last.response);
    const closing = this.#close(stopped ? [] : partsOf(described.output));
    const output =
      Array.isArray(described.output) && described.output.length > 0 && !stopped
        ? this.#items.shownAll(described.output)
        : this.#items.done();
    const carriers = this.#request.refers ? carriersOf(this.#items.carried(), this.#request.seal) : [];
    const carrying = carriers.map((item) => this.#carrier(item, output)).join('');
    const response = {
      ...this.#described(described),
      status,
      error: null,
      ...(stopped ? { incomplete_details: { reason: 'max_output_tokens' } } : {}),
      output,
      ...encodeBill(bill),
    };
    return before + closing + carrying + this.#write(type, { response });
  }

  /** The end of a stream that broke: of an item that was not done there is no more. */
  fail(refusal: Refusal['body']): string {
    const response = {
      ...this.#described({}),
      status: 'failed',
      output: this.#items.done(),
      error: failedError(refusal),
    };
    return this.#write('response.failed', { response });
  }

  #event(event: Fields): string {
    const type = textOf(event.type);
    const { sequence_number: _, ...fields } = event;
    // A response is created once: where something came before that was said, it has been said already.
    if (type === 'response.created' && !this.#writer.isUnused) return '';
    if (fields.response !== undefined) {
      return this.#write(type, { ...fields, response: this.#described(recordOf(fields.response)) });
    }
    return this.#write(type, this.#items.shown(type, fields));
  }

  #described(given: Readonly<Fields>): Readonly<Fields> {
    const { id, model } = this.#head;
    const known = this.#response ?? responseObject(this.#request, this.#head);
    this.#response = { ...known, ...given, id, model, store: false };
    return this.#response;
  }

  /** Ends what nothing has ended, and says of a server that streams nothing but the end what there is: clients act on what is done. */
  #close(items: readonly [number, Fields][]): string {
    const isSilent = this.#items.isEmpty;
    const added = isSilent ? items.map(([index, item]) => this.#item('added', index, item)) : [];
    const open = isSilent ? items : this.#items.open();
    const done = open.map(([index, item]) => {
      const same = items.find(([, { id, call_id }]) => (id ?? call_id) === (item.id ?? item.call_id));
      return this.#item('done', index, same?.[1] ?? item);
    });
    return [...added, ...done].join('');
  }

  #item(state: 'added' | 'done', output_index: number, item: Fields): string {
    return this.#event({ type: `response.output_item.${state}`, output_index, item });
  }

  #carrier(item: OutputItemFields, output: Fields[]): string {
    const output_index = output.push(item) - 1;
    const fields = { output_index, item };
    return this.#write('response.output_item.added', fields) + this.#write('response.output_item.done', fields);
  }

  /** Clients want to hear that a response was created before anything else of it. */
  #write(type: string, fields: Readonly<Fields>): string {
    const isFirst = this.#writer.isUnused && type !== 'response.created';
    const created = isFirst
      ? this.#writer.write('response.created', { response: { ...this.#described({}), status: 'in_progress' } })
      : '';
    return created + this.#writer.write(type, fields);
  }
}
