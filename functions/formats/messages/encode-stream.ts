import { fitArguments } from '../fit/call-arguments.ts';
import type { ChatChunk, ChunkChoice, ToolCallDelta } from '../pivot/chat-completion.ts';
import type { ReasoningDetail } from '../pivot/chat-request.ts';
import type { AnswerBill } from '../shared/answer.ts';
import { CallArguments } from '../shared/call-arguments.ts';
import type { OwnerSeal } from '../shared/owner-seal.ts';
import { BlockLine } from './block-line.ts';
import { encodeEvent } from './encode-event.ts';
import { encodeStop, STOPPED_BY_LIMIT, type Stop } from './encode-stop.ts';
import { encodeEstimate, encodeUsage } from './encode-usage.ts';
import { EncodedCallIds } from './encoded-call-ids.ts';
import { sealedBlock, Thought, type ThoughtBlock, wordsOfThought } from './thoughts.ts';

/** What is known before the first byte. */
export interface MessageHead {
  id: string;
  model: string;
  /** Likely tokens of the input. */
  inputEstimate: number;
}

interface OpenCall {
  at: number;
  args: CallArguments;
  /** What came of its arguments, as long as that is not the beginning of an object. */
  held: string | null;
}

/** An object begins. */
const OBJECT = /^\s*\{/;

/**
 * Turns chunks of the pivot into Anthropic's events. A message that was begun is ended by `end` alone, so that a stream that broke
 * never looks whole.
 * https://docs.claude.com/en/docs/build-with-claude/streaming
 */
export class MessageEvents {
  readonly #head: MessageHead;
  readonly #shows: boolean;
  readonly #seal: OwnerSeal;
  readonly #stops: readonly string[];
  readonly #ids = new EncodedCallIds();
  #started = false;
  /** The index of the choice that is said. */
  #answer: number | null = null;
  readonly #blocks = new BlockLine();
  #text: number | null = null;
  /** Whether the text that is open says no. */
  #refuses = false;
  #thought: { at: number; thought: Thought } | null = null;
  /** By the index of the call. */
  readonly #calls = new Map<number, OpenCall>();
  #stop: Stop = { stop_reason: 'end_turn', stop_sequence: null };

  /** `shows`: whether the client wants to see what the model thinks; `stops`: its stop sequences. */
  constructor(head: MessageHead, shows: boolean, seal: OwnerSeal, stops: readonly string[] = []) {
    this.#head = head;
    this.#shows = shows;
    this.#seal = seal;
    this.#stops = stops;
  }

  /** Events of a chunk; what ends the message is kept back. */
  encode({ choices }: ChatChunk): string {
    let events = '';
    // There is one answer in the format, and one was asked for.
    for (const choice of choices) {
      this.#answer ??= choice.index;
      if (choice.index === this.#answer) events += this.#start() + this.#choice(choice);
    }
    return events;
  }

  /** The rest, with what was really used. `stopped`: its money ended before it did. */
  end({ usage, usd, mesh }: AnswerBill, stopped: boolean): string {
    const events = `${this.#start()}${this.#close()}${this.#closeCalls(false)}`;
    const delta = stopped ? STOPPED_BY_LIMIT : this.#stop;
    return `${events}${encodeEnd({ delta, usage: encodeUsage(usage), cost: usd, mesh })}`;
  }

  #start(): string {
    if (this.#started) return '';
    this.#started = true;
    const { id, model, inputEstimate } = this.#head;
    return encodeEvent({
      type: 'message_start',
      message: {
        id,
        type: 'message',
        role: 'assistant',
        model,
        content: [],
        stop_reason: null,
        stop_sequence: null,
        usage: encodeEstimate(inputEstimate),
      },
    });
  }

  #choice(choice: ChunkChoice): string {
    const { delta, finish_reason } = choice;
    let events = '';
    for (const detail of delta.reasoning_details ?? []) events += this.#detail(this.#renamed(detail));
    if (delta.reasoning && !delta.reasoning_details) {
      events += this.#detail({ type: 'reasoning.text', text: delta.reasoning });
    }
    if (delta.content) events += this.#words(delta.content, false);
    if (delta.refusal) events += this.#words(delta.refusal, true);
    for (const call of delta.tool_calls ?? []) events += this.#call(call);
    if (finish_reason !== null) this.#stop = encodeStop({ ...choice, finish_reason }, this.#stops);
    return events;
  }

  /** A signature of a call is found by the call's id, which may be another here. */
  #renamed(detail: ReasoningDetail): ReasoningDetail {
    const isOfCall = detail.type === 'reasoning.encrypted' && detail.id != null && detail.format === 'google-gemini-v1';
    return isOfCall ? { ...detail, id: this.#ids.of(String(detail.id)) } : detail;
  }

  #detail(detail: ReasoningDetail): string {
    const open = this.#thought;
    if (open?.thought.add(detail)) return this.#thinking(open.at, detail);
    const closed = this.#close();
    if (detail.type === 'reasoning.encrypted') return `${closed}${this.#whole(sealedBlock(detail, this.#seal))}`;
    const { at, events } = this.#blocks.begin({ type: 'thinking', thinking: '', signature: '' });
    this.#thought = { at, thought: new Thought(detail, this.#shows) };
    return `${closed}${events}${this.#thinking(at, detail)}`;
  }

  #thinking(at: number, detail: ReasoningDetail): string {
    const thinking = detail.type === 'reasoning.encrypted' || !this.#shows ? '' : wordsOfThought(detail);
    return thinking === '' ? '' : this.#blocks.add(at, { type: 'thinking_delta', thinking });
  }

  #whole(block: ThoughtBlock): string {
    const { at, events } = this.#blocks.begin({ ...block });
    return `${events}${this.#blocks.end(at)}`;
  }

  /** A refusal is a text of its own. */
  #words(text: string, refuses: boolean): string {
    let events = '';
    if (this.#text === null || this.#refuses !== refuses) {
      events = this.#close();
      const begun = this.#blocks.begin({ type: 'text', text: '' });
      events += begun.events;
      this.#text = begun.at;
      this.#refuses = refuses;
    }
    return `${events}${this.#blocks.add(this.#text, { type: 'text_delta', text })}`;
  }

  #call({ index, id = '', function: { name = '', arguments: piece = '' } }: ToolCallDelta): string {
    let events = '';
    let open = this.#calls.get(index);
    if (open === undefined) {
      const closed = this.#close();
      const begun = this.#blocks.begin({ type: 'tool_use', id: this.#ids.of(id), name, input: {} });
      open = { at: begun.at, args: new CallArguments(), held: '' };
      events = closed + begun.events;
      this.#calls.set(index, open);
    }
    if (piece === '') return events;
    open.args.add(piece);
    return `${events}${this.#args(open, piece)}`;
  }

  /** What is no object is made one at its end: clients refuse others, and could not send the call back. */
  #args(open: OpenCall, piece: string): string {
    let passed = piece;
    if (open.held !== null) {
      passed = open.held + piece;
      open.held = OBJECT.test(passed) ? null : passed;
    }
    return open.held === null ? this.#blocks.add(open.at, { type: 'input_json_delta', partial_json: passed }) : '';
  }

  #closeCall({ at, held }: OpenCall): string {
    const owed = held?.trim()
      ? this.#blocks.add(at, { type: 'input_json_delta', partial_json: fitArguments(held) })
      : '';
    return `${owed}${this.#blocks.end(at)}`;
  }

  /** Ends what is open; a call only where it is whole, for pieces of others may come between its own. */
  #close(): string {
    let events = '';
    if (this.#text !== null) events += this.#blocks.end(this.#text);
    if (this.#thought !== null) {
      const { at, thought } = this.#thought;
      events += this.#blocks.add(at, { type: 'signature_delta', signature: thought.seal(this.#seal) });
      events += this.#blocks.end(at);
    }
    this.#text = null;
    this.#thought = null;
    return events + this.#closeCalls(true);
  }

  #closeCalls(wholeOnly: boolean): string {
    let events = '';
    for (const [index, call] of this.#calls) {
      if (wholeOnly && !call.args.isWhole) continue;
      events += this.#closeCall(call);
      this.#calls.delete(index);
    }
    return events;
  }
}

/** The last two events. */
export function encodeEnd(message: Readonly<Record<string, unknown>>): string {
  return `${encodeEvent({ type: 'message_delta', ...message })}${encodeEvent({ type: 'message_stop' })}`;
}
