import type { ToolCallDelta } from '../pivot/chat-completion.ts';
import { isRecord } from '../shared/is-record.ts';
import { parseJson } from '../shared/parse-json.ts';
import { textOf } from '../shared/text-of.ts';

interface Call {
  /** The upstream's own index, null where it gives none. */
  at: number | null;
  /** Empty where the upstream gives none. */
  id: string;
  /** Our index, once the name is known and the call has begun. */
  index: number | null;
  /** The arguments so far. */
  text: string;
}

/** What a delta says of the call that it belongs to. */
interface Place {
  at: number | null;
  id: string;
  named: boolean;
  text: string;
}

/**
 * Puts the tool-call deltas of one choice into OpenAI's form, whatever a compatible provider left out: calls are told apart
 * by index, id and name, since some give every call the index 0, some give no index, some a new id with every delta, and
 * some (adapters that turn each part of a Gemini stream into a chunk) say the index 0 of whole calls one after another.
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
      const text = toArguments(called.arguments);
      const place = { at: typeof at === 'number' ? at : null, id: textOf(id), named: name !== '', text };
      const call = this.#find(place, parts.length > 1 ? position : null) ?? this.#add(place);
      return this.#pass(call, name, text, unknown, answerId);
    });
  }

  /** What clients still need when the choice ends: a call that got no arguments has empty ones, which are valid JSON. */
  finish(): ToolCallDelta[] {
    return this.#calls.flatMap(({ index, text }) =>
      index === null || text !== '' ? [] : [{ index, function: { arguments: '{}' } }],
    );
  }

  #find({ at, id, named, text }: Place, position: number | null): Call | null {
    const isOtherId = (call: Call) => id !== '' && call.id !== '' && call.id !== id;
    const isNext = (call: Call) => id === '' && call.id === '' && /^\s*\{/.test(text) && isWhole(call.text);
    const isAnother = (call: Call) => named && (isOtherId(call) || isNext(call));
    if (at !== null) {
      const known = this.#calls.findLast((call) => call.at === at);
      return known === undefined || isAnother(known) ? null : known;
    }
    const sameId = id === '' ? undefined : this.#calls.find((call) => call.id === id);
    if (sameId !== undefined) return sameId;
    if (named) return null;
    return (position === null ? this.#calls.at(-1) : this.#calls[position]) ?? null;
  }

  #add({ at, id }: Place): Call {
    const call: Call = { at, id, index: null, text: '' };
    this.#calls.push(call);
    return call;
  }

  #pass(call: Call, name: string, text: string, unknown: object, answerId: string): ToolCallDelta[] {
    call.text += text;
    if (call.index !== null) {
      const says = text !== '' || Object.keys(unknown).length > 0;
      return says ? [{ ...unknown, index: call.index, function: { arguments: text } }] : [];
    }
    if (name === '') return [];
    call.index = this.#begun++;
    const id = call.id || toCallId(answerId, call.index);
    return [{ ...unknown, index: call.index, id, type: 'function', function: { name, arguments: call.text } }];
  }
}

/** OpenAI takes ids of 40 characters at most, should the conversation go on there. */
const MAX_ANSWER_ID = 24;

/** An id for a call that came without one: no two calls of a conversation may share theirs. */
export function toCallId(answerId: string, index: number): string {
  return `call_${answerId.slice(-MAX_ANSWER_ID)}_${index}`;
}

/** Whether arguments are complete, so that whatever follows belongs to another call. */
function isWhole(text: string): boolean {
  // Looked at before each delta: what does not end like an object is not parsed again and again.
  if (!text.trimEnd().endsWith('}')) return false;
  try {
    return isRecord(parseJson(text));
  } catch {
    return false;
  }
}

/** Arguments as text; some providers give the object itself. */
export function toArguments(value: unknown): string {
  return isRecord(value) ? JSON.stringify(value) : textOf(value);
}
