import type { AnswerBill } from '../shared/answer.ts';
import { isRecord } from '../shared/is-record.ts';
import { encodeStop } from './block-line.ts';
import { encodeEvent } from './encode-event.ts';
import { STOPPED_BY_LIMIT } from './encode-stop.ts';
import { encodeEnd, type MessageHead } from './encode-stream.ts';
import { encodeEstimate, encodeUsage } from './encode-usage.ts';
import type { RelayedEvent } from './relay-decoder.ts';

/**
 * Writes an endpoint's events as they came, but for the id and the model of the message, and what the answer cost. Counts are added
 * where there are none: clients break without.
 */
export class RelayedEvents {
  readonly #head: MessageHead;
  /** Indexes of blocks that have begun and not ended. */
  readonly #open = new Set<number>();
  #begun = false;
  #stopped = false;

  constructor(head: MessageHead) {
    this.#head = head;
  }

  /** Whether anything was written. */
  get begun(): boolean {
    return this.#begun;
  }

  encode({ name, data, event }: RelayedEvent, bill: AnswerBill | null = null): string {
    this.#begun = true;
    const { index, type, message } = event;
    if (type === 'content_block_start') this.#open.add(Number(index));
    else if (type === 'content_block_stop') this.#open.delete(Number(index));
    else if (type === 'message_stop') this.#stopped = true;
    else if (type === 'message_start' && isRecord(message)) {
      const { id, model, inputEstimate } = this.#head;
      const usage = isRecord(message.usage) ? {} : { usage: encodeEstimate(inputEstimate) };
      return write(name, JSON.stringify({ ...event, message: { ...message, id, model, ...usage } }));
    } else if (type === 'message_delta' && bill !== null) {
      if (!isRecord(event.usage) || 'cost' in event || 'mesh' in event) {
        const usage = isRecord(event.usage) ? event.usage : encodeUsage(bill.usage);
        return write(name, JSON.stringify({ ...event, usage, ...toldOf(bill) }));
      }
      return write(name, `${data.slice(0, data.lastIndexOf('}'))},${JSON.stringify(toldOf(bill)).slice(1)}`);
    }
    return write(name, data);
  }

  /** What was held back, with the bill. `stopped`: the money ended before the answer did, so what is open is closed. */
  end(held: readonly RelayedEvent[], bill: AnswerBill, stopped: boolean): string {
    let events = '';
    for (const event of held) events += this.encode(event, bill);
    if (this.#stopped) return events;
    // The provider said why it ended, and its connection broke before it could say that this was all.
    if (!stopped) return `${events}${encodeEvent({ type: 'message_stop' })}`;
    for (const at of this.#open) events += encodeStop(at);
    return `${events}${encodeEnd({ delta: STOPPED_BY_LIMIT, usage: encodeUsage(bill.usage), ...toldOf(bill) })}`;
  }
}

function toldOf({ usd, mesh }: AnswerBill) {
  return { cost: usd, mesh };
}

/** Data of several lines stay so. */
function write(name: string, data: string): string {
  return `event: ${name}\ndata: ${data.includes('\n') ? data.replaceAll('\n', '\ndata: ') : data}\n\n`;
}
