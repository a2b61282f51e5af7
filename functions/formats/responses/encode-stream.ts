import type { ChatChunk, FinishReason } from '../pivot/chat-completion.ts';
import type { AnswerBill, AnswerHead } from '../shared/answer.ts';
import type { Refusal } from '../shared/surface.ts';
import { carriersOf } from './carriers.ts';
import { encodeBill } from './encode-usage.ts';
import { EventWriter } from './event-writer.ts';
import { failedError } from './failed-response.ts';
import { type Ending, outcomeOf } from './outcome-of.ts';
import { OutputItems } from './output-items.ts';
import type { ResponsesRequest } from './parse-request.ts';
import { responseObject } from './response-object.ts';

type Fields = Readonly<Record<string, unknown>>;

/**
 * Chunks as the events of the Responses API: `response.created` and `response.in_progress` first, each item from its beginning to
 * its end, and at the end `response.completed`, `response.incomplete` or `response.failed`, without which clients take the stream
 * for broken and pay for another.
 */
export class ResponsesEvents {
  readonly #request: ResponsesRequest;
  readonly #response: Fields;
  readonly #writer = new EventWriter();
  readonly #items: OutputItems;
  #text = '';
  #begun = false;
  #finish: FinishReason | null = null;
  #refused = false;

  constructor(request: ResponsesRequest, head: AnswerHead) {
    this.#request = request;
    this.#response = responseObject(request, head);
    this.#items = new OutputItems(head.id, request, (type, fields) => this.#write(type, fields));
  }

  encode(chunks: readonly ChatChunk[]): string {
    for (const { choices } of chunks) {
      for (const { index, delta, finish_reason, logprobs } of choices) {
        // The Responses API has one answer.
        if (index !== 0) continue;
        if (delta.refusal) this.#refused = true;
        this.#items.take(delta, logprobs ?? null);
        this.#finish = finish_reason ?? this.#finish;
      }
    }
    return this.#taken();
  }

  /** What keeps a stream alive that has begun: of all that clients know, the event that says nothing new. */
  ping(): string {
    this.#write('response.in_progress', { response: this.#response });
    return this.#taken();
  }

  /** The end. `stopped`: its money ended before it did. */
  end(bill: AnswerBill, stopped: boolean): string {
    const outcome = outcomeOf(stopped ? 'length' : this.#finish, this.#refused);
    this.#items.end(outcome.status);
    const { refers, seal } = this.#request;
    const items = this.#items.done.filter((item) => item !== undefined);
    const output: Fields[] = items.map(({ shown }) => shown);
    if (refers) {
      const carried = items.map((item) => item.carried);
      for (const carrier of carriersOf(carried, seal)) {
        const output_index = output.push(carrier) - 1;
        this.#write('response.output_item.added', { output_index, item: carrier });
        this.#write('response.output_item.done', { output_index, item: carrier });
      }
    }
    this.#write(`response.${outcome.status}`, { response: this.#ended(outcome, output, encodeBill(bill)) });
    return this.#taken();
  }

  /** The end of a stream that broke: of an item that was not done there is no more. */
  fail(refusal: Refusal['body']): string {
    const output = this.#items.done.flatMap((item) => (item === undefined ? [] : [item.shown]));
    const response = { ...this.#response, status: 'failed', output, error: failedError(refusal) };
    this.#write('response.failed', { response });
    return this.#taken();
  }

  #ended({ status, reason }: Ending, output: readonly Fields[], bill: Fields): Fields {
    return {
      ...this.#response,
      status,
      ...(status === 'completed' ? { completed_at: this.#response.created_at } : {}),
      incomplete_details: reason === null ? null : { reason },
      output,
      ...bill,
    };
  }

  #write(type: string, fields: Fields): void {
    if (!this.#begun) {
      this.#begun = true;
      for (const name of ['response.created', 'response.in_progress']) {
        this.#text += this.#writer.write(name, { response: this.#response });
      }
    }
    this.#text += this.#writer.write(type, fields);
  }

  #taken(): string {
    const text = this.#text;
    this.#text = '';
    return text;
  }
}
