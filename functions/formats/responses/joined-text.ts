import type { MessagePhase } from '../pivot/chat-request.ts';
import { PART_BREAK } from './from-reasoning-item.ts';

/**
 * The text of an answer, of which there may be several messages, one after the other: they become one text with breaks between
 * them, and `phases` says which was which. Parts are named `<message>/<part>`.
 */
export class JoinedText {
  #length = 0;
  /** The message that the last text was of. */
  #message = '';
  readonly #starts = new Map<string, number>();
  readonly #lengths = new Map<string, number>();
  readonly #phases = new Map<string, string>();

  get isEmpty(): boolean {
    return this.#length === 0;
  }

  /** A piece of a part that is not empty, as it goes on the text so far. */
  add(part: string, piece: string): string {
    const message = part.slice(0, part.lastIndexOf('/'));
    const before = this.#length > 0 && message !== this.#message ? PART_BREAK : '';
    this.#message = message;
    if (!this.#starts.has(part)) this.#starts.set(part, this.#length + before.length);
    this.#length += before.length + piece.length;
    this.#lengths.set(message, (this.#lengths.get(message) ?? 0) + piece.length);
    return before + piece;
  }

  setPhase(message: string, phase: unknown): void {
    if (typeof phase === 'string') this.#phases.set(message, phase);
  }

  /** The messages that have said something, in their order; none where no message was in a phase. */
  phases(): MessagePhase[] {
    if (this.#phases.size === 0) return [];
    return [...this.#lengths].map(([message, length], index) => ({
      index,
      phase: this.#phases.get(message) ?? null,
      length,
    }));
  }

  /** Where the text of a part starts; where more text would, if it has none yet. */
  startOf(part: string): number {
    return this.#starts.get(part) ?? this.#length;
  }
}
