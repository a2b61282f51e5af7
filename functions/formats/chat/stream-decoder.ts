import type { Endpoint } from '../../core/endpoints/endpoint.ts';
import { MeshError } from '../../core/errors.ts';
import type { ChatChunk, ChunkChoice, ChunkDelta, FinishReason } from '../pivot/chat-completion.ts';
import type { StreamDecoder, StreamProgress } from '../pivot/upstream-format.ts';
import { ChunkReader } from '../shared/chunk-reader.ts';
import { splicedAnswer } from '../shared/failure.ts';
import { mapFinishReason } from '../shared/finish-reason.ts';
import { isRecord } from '../shared/is-record.ts';
import { StableId } from '../shared/stable-id.ts';
import { textOf } from '../shared/text-of.ts';
import { failureInBody } from './failure.ts';
import { contentText, fromReasoning, reasoningFields } from './from-reasoning.ts';
import { withoutReasoning } from './from-response.ts';
import { toChunkUsage } from './to-usage.ts';
import { joinDeltas, ToolCallDeltas } from './tool-call-deltas.ts';

type Fields = Record<string, unknown>;

interface ChoiceState {
  calls: ToolCallDeltas;
  finished: boolean;
}

/**
 * Decodes a stream of chat completion chunks. They stay as they are but for what providers disagree about: tool calls,
 * reasoning, finish reasons, usage. `obfuscation` is dropped: OpenAI pads with it against eavesdroppers on its own
 * connection. A stream is whole when every choice that began has finished; `[DONE]` alone says nothing.
 */
export class ChatStreamDecoder implements StreamDecoder {
  readonly #endpoint: Endpoint;
  readonly #reader = new ChunkReader((event, name) => this.#event(event, name));
  readonly #choices = new Map<number, ChoiceState>();
  readonly #id = new StableId();

  constructor(endpoint: Endpoint) {
    this.#endpoint = endpoint;
  }

  get progress(): StreamProgress {
    return this.#reader.done ? 'ended' : 'open';
  }

  push(bytes: Uint8Array): ChatChunk[] {
    return this.#reader.push(bytes);
  }

  end(): ChatChunk[] {
    const chunks = this.#reader.end();
    const states = [...this.#choices.values()];
    if (states.length === 0 || states.some((state) => !state.finished)) throw new MeshError('upstream_truncated');
    return chunks;
  }

  #event(event: Fields, name: string): ChatChunk[] {
    if (this.#id.leaves(textOf(event.id)) && this.#choices.size > 0 && beginsAnswer(event)) throw splicedAnswer();
    const plain = name === '' ? this.#plain(event) : null;
    if (plain !== null) return [plain];
    const failed = failureInBody(name === 'error' && !event.error ? { error: event } : event);
    if (failed !== null) throw failed;
    const usage = toChunkUsage(event, this.#endpoint.usage);
    const choices = (Array.isArray(event.choices) ? event.choices.filter(isRecord) : []).flatMap((choice, position) =>
      this.#choice(choice, position, textOf(event.id)),
    );
    if (choices.length === 0 && usage === null) return [];
    const { usage: _, obfuscation: _padding, ...rest } = event;
    return [{ ...rest, choices, ...(usage === null ? {} : { usage }) }];
  }

  /**
   * A piece of one choice's text and nothing else, as almost every event is, brought into our shape in its own object. Null
   * for any other, which is as it was.
   */
  #plain(event: Fields): ChatChunk | null {
    const { choices } = event;
    if (!Array.isArray(choices) || choices.length !== 1 || !hasOnly(event, eventFields, silentInEvent)) return null;
    const choice: unknown = choices[0];
    if (!isRecord(choice) || !isRecord(choice.delta) || !hasOnly(choice, choiceFields, silentInChoice)) return null;
    if (typeof choice.index !== 'number' || this.#choices.get(choice.index)?.finished !== false) return null;
    const { content } = choice.delta;
    if (typeof content !== 'string' || content === '') return null;
    if (!hasOnly(choice.delta, deltaFields, silentInDelta)) return null;
    choice.delta = { content };
    choice.finish_reason = null;
    event.usage = undefined;
    event.obfuscation = undefined;
    return event as unknown as ChatChunk;
  }

  #choice(choice: Fields, position: number, answerId: string): ChunkChoice[] {
    const failed = failureInBody(choice);
    if (failed !== null) throw failed;
    const index = typeof choice.index === 'number' ? choice.index : position;
    const isFirst = !this.#choices.has(index);
    const state = this.#stateOf(index);
    const delta = this.#delta(saidIn(choice, isFirst), state, answerId);
    const finish = finishOf(choice.finish_reason, state);
    if (finish !== null) {
      const last = state.calls.finish(answerId);
      if (last.length > 0) delta.tool_calls = joinDeltas([...(delta.tool_calls ?? []), ...last]);
    }
    const { usage: _, delta: _delta, message: _message, index: _index, finish_reason: _reason, ...rest } = choice;
    if (finish === null && !saysSomething(delta) && !saysSomething(rest)) return [];
    return [{ ...rest, index, delta, finish_reason: finish }];
  }

  #delta(delta: Fields, state: ChoiceState, answerId: string): ChunkDelta {
    const { text, details } = fromReasoning(delta, this.#endpoint.reasoning);
    const { role: _, content, refusal, tool_calls, ...rest } = withoutReasoning(delta, this.#endpoint.reasoning.field);
    const calls = state.calls.map(tool_calls, answerId);
    const contentPart = contentText(content);
    const refusalPart = textOf(refusal);
    return {
      ...rest,
      ...(contentPart === '' ? {} : { content: contentPart }),
      ...(refusalPart === '' ? {} : { refusal: refusalPart }),
      ...(calls.length > 0 ? { tool_calls: calls } : {}),
      ...(text === '' ? {} : { reasoning: text }),
      ...(details.length > 0 ? { reasoning_details: details } : {}),
    };
  }

  #stateOf(index: number): ChoiceState {
    const known = this.#choices.get(index);
    if (known !== undefined) return known;
    const state = { calls: new ToolCallDeltas(), finished: false };
    this.#choices.set(index, state);
    return state;
  }
}

/** What there may be in an event that is a piece of text, and what there may be as long as it is null. */
const eventFields = new Set(['id', 'created', 'model', 'choices', 'system_fingerprint', 'service_tier', 'obfuscation']);
const silentInEvent = new Set(['usage']);
const choiceFields = new Set(['index', 'delta']);
const silentInChoice = new Set(['finish_reason', 'logprobs']);
const deltaFields = new Set(['role', 'content']);
const silentInDelta = new Set(['refusal', 'tool_calls', ...reasoningFields]);

function hasOnly(fields: Fields, known: ReadonlySet<string>, silent: ReadonlySet<string>): boolean {
  for (const name in fields) {
    if (known.has(name) || (silent.has(name) && fields[name] === null)) continue;
    if (name !== 'object' || fields.object !== 'chat.completion.chunk') return false;
  }
  return true;
}

/** Some servers say all of an answer at once, as they do outside of streams, and some say all of it again at its end. */
function saidIn({ delta, message }: Fields, isFirst: boolean): Fields {
  if (isRecord(delta)) return delta;
  return isFirst && isRecord(message) ? message : {};
}

/** The reason, the first time that there is one; some providers say it again in every later chunk. */
function finishOf(reason: unknown, state: ChoiceState): FinishReason | null {
  const finish = mapFinishReason(reason, state.calls.any);
  if (finish === null || state.finished) return null;
  state.finished = true;
  return finish;
}

/** Whether an event says who speaks, as the first of an answer does. Some servers say it in each, and some never. */
function beginsAnswer({ choices }: Fields): boolean {
  const first: unknown = Array.isArray(choices) ? choices[0] : null;
  return isRecord(first) && isRecord(first.delta) && typeof first.delta.role === 'string';
}

/** Whether anything is left in it but empty values. */
function saysSomething(fields: object): boolean {
  return Object.values(fields).some((value: unknown) => {
    if (value === null || value === undefined || value === '') return false;
    return typeof value !== 'object' || Object.keys(value).length > 0;
  });
}
