import { hash } from 'node:crypto';
import { textOf } from '../shared/text-of.ts';

/**
 * Ids for the calls of one answer. Gemini gives a call an id only sometimes; otherwise one is made of the answer's own id, so
 * that the same answer always has the same ids and two turns of a conversation do not share any.
 */
export class CallIds {
  #calls = 0;

  of(call: Record<string, unknown>, responseId: unknown): string {
    const number = this.#calls++;
    const answer = textOf(responseId) || hash('sha256', JSON.stringify(call), 'hex').slice(0, 16);
    return textOf(call.id) || `call_${answer}_${number}`;
  }
}
