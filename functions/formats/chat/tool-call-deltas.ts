import { isRecord } from '../is-record.ts';
import { textOf } from '../text-of.ts';
import type { ToolCallDelta } from './chat-completion.ts';

interface Call {
  /** The upstream's own index, null where it gives none. */
  at: number | null;
  /** Empty where the upstream gives none. */
  id: string;
  /** Our index, once the name is known and the call has begun. */
  index: number | null;
  hasArguments: boolean;
  /** Arguments that came before the name. */
  held: string;
}

/**
 * Puts the tool-call deltas of one choice into OpenAI's form, whatever a compatible provider left out: calls are told apart
 * by index, id and name, since some give every call the index 0, some give no index, and some a new id with every delta.
 */
export class ToolCallDeltas {
  readonly #calls: Call[] = [];
  #begun = 0;

  get any(): boolean {
    return this.#begun > 0;
  }

  /** `answerId` is what calls that come without an id are named after. */
  map(deltas: unknown, answerId: string): ToolCallDelta[] {
    const parts = Array.isArray(deltas) ? deltas.filter(isRecord) : [];
    return parts.flatMap((part, position) => {
      const { index: at, id, type: _, function: fn, ...unknown } = part;
      const called = isRecord(fn) ? fn : {};
      const name = textOf(called.name);
      const place = { at: typeof at === 'number' ? at : null, id: textOf(id), named: name !== '' };
      const call = this.#find(place, parts.length > 1 ? position : null) ?? this.#add(place);
      const text = toArguments(called.arguments);
      return this.#pass(call, name, text, unknown, answerId);
    });
  }

  /** What clients still need when the choice ends: a call that got no arguments has empty ones, which are valid JSON. */
  finish(): ToolCallDelta[] {
    return this.#calls.flatMap(({ index, hasArguments }) =>
      index === null || hasArguments ? [] : [{ index, function: { arguments: '{}' } }],
    );
  }

  #find({ at, id, named }: { at: number | null; id: string; named: boolean }, position: number | null): Call | null {
    const isAnother = (call: Call) => named && id !== '' && call.id !== '' && call.id !== id;
    if (at !== null) {
      const known = this.#calls.findLast((call) => call.at === at);
      return known === undefined || isAnother(known) ? null : known;
    }
    const sameId = id === '' ? undefined : this.#calls.find((call) => call.id === id);
    if (sameId !== undefined) return sameId;
    if (named) return null;
    return (position === null ? this.#calls.at(-1) : this.#calls[position]) ?? null;
  }

  #add({ at, id }: { at: number | null; id: string }): Call {
    const call: Call = { at, id, index: null, hasArguments: false, held: '' };
    this.#calls.push(call);
    return call;
  }

  #pass(call: Call, name: string, text: string, unknown: object, answerId: string): ToolCallDelta[] {
    if (text !== '') call.hasArguments = true;
    if (call.index !== null) {
      const says = text !== '' || Object.keys(unknown).length > 0;
      return says ? [{ ...unknown, index: call.index, function: { arguments: text } }] : [];
    }
    call.held += text;
    if (name === '') return [];
    call.index = this.#begun++;
    const id = call.id || toCallId(answerId, call.index);
    return [{ ...unknown, index: call.index, id, type: 'function', function: { name, arguments: call.held } }];
  }
}

/** OpenAI takes ids of 40 characters at most, should the conversation go on there. */
const MAX_ANSWER_ID = 24;

/** An id for a call that came without one: no two calls of a conversation may share theirs. */
export function toCallId(answerId: string, index: number): string {
  return `call_${answerId.slice(-MAX_ANSWER_ID)}_${index}`;
}

/** Arguments as text; some providers give the object itself. */
export function toArguments(value: unknown): string {
  return isRecord(value) ? JSON.stringify(value) : textOf(value);
}
