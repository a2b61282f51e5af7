import type { ToolCallDelta } from '../pivot/chat-completion.ts';
import { CallArguments } from '../shared/call-arguments.ts';
import { CallIds } from '../shared/call-ids.ts';
import { isRecord } from '../shared/is-record.ts';
import { textOf } from '../shared/text-of.ts';
import { toArguments } from '../shared/to-arguments.ts';

interface Call {
  /** The upstream's own index, null where it gives none. */
  at: number | null;
  /** Empty where the upstream gives none. */
  id: string;
  /** As much of it as the upstream has said. */
  name: string;
  /** Our index, once the call has begun. */
  index: number | null;
  args: CallArguments;
  /** Fields that the router does not know, from before it began. */
  unknown: object;
}

/** What a delta says of the call that it belongs to. */
interface Place {
  at: number | null;
  id: string;
  name: string;
  text: string;
}

/**
 * Puts the tool-call deltas of one choice into OpenAI's form, whatever a compatible provider left out: calls are told apart
 * by index, id and name, since some give every call the index 0, some give no index, some a new id with every delta, and
 * some (adapters that turn each part of a Gemini stream into a chunk) say the index 0 of whole calls one after another. Calls
 * that share an id get one each: two calls with one id could not be answered.
 *
 * Names may come in pieces too, or longer each time, while clients take the first or put all behind each other. So a call
 * begins with its arguments, or where another or the end shows that it has none.
 */
export class ToolCallDeltas {
  readonly #calls: Call[] = [];
  readonly #ids = new CallIds();
  #begun = 0;

  get any(): boolean {
    return this.#calls.some(({ name }) => name !== '');
  }

  /** `answerId` is what calls that come without an id are named after. */
  map(deltas: unknown, answerId: string): ToolCallDelta[] {
    const parts = Array.isArray(deltas) ? deltas.filter(isRecord) : [];
    const mapped = parts.flatMap((part, position) => {
      const { index: at, id, type: _, function: fn, ...unknown } = part;
      const called = isRecord(fn) ? fn : {};
      const name = textOf(called.name);
      const text = toArguments(called.arguments);
      const place = { at: typeof at === 'number' ? at : null, id: textOf(id), name, text };
      const known = this.#find(place, parts.length > 1 ? position : null);
      const before = known === null ? this.#beginNamed(answerId) : [];
      return [...before, ...this.#pass(known ?? this.#add(place), place, unknown, answerId)];
    });
    return joinDeltas(mapped);
  }

  /** What clients still need when the choice ends. */
  finish(answerId: string): ToolCallDelta[] {
    const begun = this.#beginNamed(answerId);
    const owed = this.#calls.flatMap(({ index, args }) => {
      const rest = index === null ? '' : args.finish();
      return index === null || rest === '' ? [] : [{ index, function: { arguments: rest } }];
    });
    return [...begun, ...owed];
  }

  #find({ at, id, name, text }: Place, position: number | null): Call | null {
    const isOtherId = (call: Call) => id !== '' && call.id !== '' && call.id !== id;
    const isAgain = (call: Call) =>
      call.name === name && (text === call.args.text || (text === '{}' && !call.args.text));
    const isNext = (call: Call) =>
      id === '' && call.id === '' && /^\s*\{/.test(text) && call.args.isWhole && !isAgain(call);
    const isAnother = (call: Call) => name !== '' && (isOtherId(call) || isNext(call));
    if (at !== null) {
      const known = this.#calls.findLast((call) => call.at === at);
      return known === undefined || isAnother(known) ? null : known;
    }
    const sameId = id === '' ? undefined : this.#calls.find((call) => call.id === id);
    if (sameId !== undefined) return sameId;
    if (name !== '') return null;
    return (position === null ? this.#calls.at(-1) : this.#calls[position]) ?? null;
  }

  #add({ at, id }: Place): Call {
    const call: Call = { at, id, name: '', index: null, args: new CallArguments(), unknown: {} };
    this.#calls.push(call);
    return call;
  }

  #pass(call: Call, { name, text }: Place, unknown: object, answerId: string): ToolCallDelta[] {
    const added = call.args.add(text);
    if (call.index !== null) {
      const says = added !== '' || Object.keys(unknown).length > 0;
      return says ? [{ ...unknown, index: call.index, function: { arguments: added } }] : [];
    }
    call.name = joinName(call.name, name);
    call.unknown = { ...call.unknown, ...unknown };
    return call.name === '' || (text === '' && call.args.text === '') ? [] : [this.#begin(call, answerId)];
  }

  /** Begins the calls that waited for more of their names. */
  #beginNamed(answerId: string): ToolCallDelta[] {
    const waiting = this.#calls.filter(({ name, index }) => name !== '' && index === null);
    return waiting.map((call) => this.#begin(call, answerId));
  }

  #begin(call: Call, answerId: string): ToolCallDelta {
    const { name, unknown, args } = call;
    call.index = this.#begun++;
    const id = this.#ids.of(call.id, answerId);
    return { ...unknown, index: call.index, id, type: 'function', function: { name, arguments: args.text } };
  }
}

/** A name with another piece of it: what follows, or all of it again. */
function joinName(known: string, piece: string): string {
  return piece.startsWith(known) ? piece : known + piece;
}

/** One delta of each call: OpenAI's helper for Python loses the second of one list, and vLLM sends two when it guesses ahead. */
export function joinDeltas(deltas: readonly ToolCallDelta[]): ToolCallDelta[] {
  if (deltas.length < 2) return [...deltas];
  const byIndex = new Map<number, ToolCallDelta>();
  for (const delta of deltas) {
    const before = byIndex.get(delta.index);
    const text = `${before?.function.arguments ?? ''}${delta.function.arguments ?? ''}`;
    const called = { ...before?.function, ...delta.function, arguments: text };
    byIndex.set(delta.index, before === undefined ? delta : { ...before, ...delta, function: called });
  }
  return [...byIndex.values()];
}
