import { fitArguments } from '../fit/call-arguments.ts';
import type { ChunkDelta, ToolCallDelta } from '../pivot/chat-completion.ts';
import type { ReasoningDetail } from '../pivot/chat-request.ts';
import { parseExactJson } from '../shared/exact-json.ts';
import type { OwnerSeal } from '../shared/owner-seal.ts';
import { toSignature } from './thought-seals.ts';

/** A part as clients get it. */
export type AnswerPart = Readonly<Record<string, unknown>>;

interface Call {
  id: string;
  name: string;
  args: string;
  /** What was thought before it. */
  thoughts: readonly ReasoningDetail[];
  /** Google's own signature of it. */
  signature: string | null;
}

/**
 * The parts of one candidate, as its deltas come. Calls come at the end and whole, as Gemini gives them: a client acts on each part
 * that it gets. What was thought is carried by the call that follows it, which clients keep, or else by an empty text at the end.
 */
export class AnswerParts {
  readonly #shows: boolean;
  readonly #seal: OwnerSeal;
  /** By the index of the call. */
  readonly #calls = new Map<number, Call>();
  #thoughts: ReasoningDetail[] = [];

  /** `shows`: whether the client wants to see what the model thinks. */
  constructor(shows: boolean, seal: OwnerSeal) {
    this.#shows = shows;
    this.#seal = seal;
  }

  /** Parts that can leave at once. */
  add({ reasoning, reasoning_details, content, refusal, tool_calls }: ChunkDelta): AnswerPart[] {
    const details: ReasoningDetail[] =
      reasoning_details ?? (reasoning ? [{ type: 'reasoning.text', text: reasoning }] : []);
    this.#thoughts.push(...details);
    for (const call of tool_calls ?? []) this.#call(call);
    return [
      ...(this.#shows ? details.flatMap(toThought) : []),
      ...[content, refusal].flatMap((text) => (text ? [{ text }] : [])),
    ];
  }

  /** The rest. `stopped`: the money ended before the answer did, so that a call may be half of one, which nobody should run. */
  end(stopped: boolean): AnswerPart[] {
    const calls = [...this.#calls.values()].flatMap((call) => this.#toCall(call, stopped));
    const signature = toSignature(this.#thoughts, this.#seal);
    const rest = this.#thoughts.length === 0 || signature === null ? [] : [{ text: '', thoughtSignature: signature }];
    return [...calls, ...rest];
  }

  #call({ index, id = '', function: called, thought_signature }: ToolCallDelta): void {
    const known = this.#calls.get(index);
    if (known === undefined) {
      const { name = '', arguments: args = '' } = called;
      this.#calls.set(index, { id, name, args, thoughts: this.#thoughts, signature: thought_signature || null });
      this.#thoughts = [];
    } else {
      known.args += called.arguments ?? '';
      known.signature ??= thought_signature || null;
    }
  }

  #toCall({ id, name, args, thoughts, signature }: Call, stopped: boolean): AnswerPart[] {
    const fitted = fitArguments(args);
    if (stopped && fitted !== args) return [];
    const signed = signature ?? (thoughts.length === 0 ? null : toSignature(thoughts, this.#seal));
    return [
      {
        functionCall: { id, name, args: parseExactJson(fitted) },
        ...(signed === null ? {} : { thoughtSignature: signed }),
      },
    ];
  }
}

function toThought(detail: ReasoningDetail): AnswerPart[] {
  if (detail.type === 'reasoning.encrypted') return [];
  const text = (detail.type === 'reasoning.text' ? detail.text : detail.summary) ?? '';
  return text === '' ? [] : [{ text, thought: true }];
}
