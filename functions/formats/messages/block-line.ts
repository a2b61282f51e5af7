import { encodeEvent, type Typed } from './encode-event.ts';

/** A block that has to wait for those before it. */
interface Waiting {
  events: string;
  ended: boolean;
}

/**
 * The blocks of a message, one after another, as Anthropic sends them: its SDK for Node takes the last block that has begun for the
 * one that ends. Some providers write several calls in turns. What a later block says waits until those before it have ended.
 */
export class BlockLine {
  #next = 0;
  /** The index of the block whose turn it is. */
  #turn = 0;
  readonly #waiting = new Map<number, Waiting>();

  /** The index of a new block, and the events of its beginning as far as it is its turn. */
  begin(content_block: Typed): { at: number; events: string } {
    const at = this.#next++;
    return { at, events: this.#say(at, encodeEvent({ type: 'content_block_start', index: at, content_block })) };
  }

  add(at: number, delta: Typed): string {
    return this.#say(at, encodeEvent({ type: 'content_block_delta', index: at, delta }));
  }

  /** Ends a block, and says what waited for that. */
  end(at: number): string {
    let events = this.#say(at, encodeStop(at));
    if (at !== this.#turn) {
      this.#waitingAt(at).ended = true;
      return events;
    }
    for (let ended = true; ended; ) {
      this.#turn++;
      const next = this.#waiting.get(this.#turn);
      this.#waiting.delete(this.#turn);
      events += next?.events ?? '';
      ended = next?.ended ?? false;
    }
    return events;
  }

  #say(at: number, event: string): string {
    if (at === this.#turn) return event;
    this.#waitingAt(at).events += event;
    return '';
  }

  #waitingAt(at: number): Waiting {
    const known = this.#waiting.get(at);
    if (known !== undefined) return known;
    const waiting = { events: '', ended: false };
    this.#waiting.set(at, waiting);
    return waiting;
  }
}

export function encodeStop(index: number): string {
  return encodeEvent({ type: 'content_block_stop', index });
}
