import type { Endpoint, FormatName } from '../../core/endpoints/endpoint.ts';
import type {
  ChatChunk,
  ChatCompletion,
  ChunkChoice,
  ChunkDelta,
  CompletionChoice,
  FinishReason,
  ToolCallDelta,
} from '../pivot/chat-completion.ts';
import type { ChatRequest, Tool } from '../pivot/chat-request.ts';
import type { AnswerFit } from './answer-fit.ts';

/**
 * Formats without a JSON mode. Their structured output does not help: every object of its schema has to name all of its fields,
 * so that one of which nothing is known could only be empty.
 * https://docs.claude.com/en/docs/build-with-claude/structured-outputs#json-schema-limitations
 */
const withoutJsonMode: ReadonlySet<FormatName> = new Set(['messages', 'converse']);

/** The tool whose arguments are the answer; what it adds to the input is measured where JSON is asked for. */
export const jsonTool: Tool = {
  type: 'function',
  function: {
    name: 'json_answer',
    description:
      'Gives your answer. The user can read nothing else: call it with the whole answer, the fields of the JSON object that was asked for.',
    parameters: { type: 'object', properties: {}, additionalProperties: true },
  },
};

/**
 * The same request where its format has no JSON mode and `json_object` was asked for: with a tool that has to be called, alone or
 * instead of one of the caller's own. Where one of those has to be called anyway there is no answer yet that could be JSON.
 */
export function askForJson(chat: ChatRequest, endpoint: Endpoint): ChatRequest {
  if (chat.response_format?.type !== 'json_object' || !withoutJsonMode.has(endpoint.format)) return chat;
  const asked = { ...chat, response_format: null };
  const name = nameFor(chat);
  if (name === null) return asked;
  const own = chat.tools ?? [];
  const isFree = own.length > 0 && chat.tool_choice !== 'none';
  return {
    ...asked,
    tools: [...own, { ...jsonTool, function: { ...jsonTool.function, name } }],
    tool_choice: isFree ? 'required' : { type: 'function', function: { name } },
  };
}

/** A name that no tool of the caller has; null where one of these has to be called. */
function nameFor({ tools, tool_choice }: ChatRequest): string | null {
  if (tool_choice === 'required' || (typeof tool_choice === 'object' && tool_choice !== null)) return null;
  const taken = new Set(tools?.map((tool) => tool.function.name));
  let { name } = jsonTool.function;
  while (taken.has(name)) name += '_';
  return name;
}

/** A choice under way. */
interface OpenChoice {
  /** The index of the call that is the answer; null as long as there is none. */
  answer: number | null;
  /** What the model wrote beside it, which counts only where it does not call. */
  text: string;
  /** Indexes of the caller's own tools' calls, in order. */
  own: number[];
}

/** An answer whose JSON came as the arguments of that tool, with the JSON as its content. */
export class JsonAnswer implements AnswerFit {
  readonly #name: string;
  readonly #open = new Map<number, OpenChoice>();

  /** Null where the endpoint was asked for no such answer. */
  static of(chat: ChatRequest, endpoint: Endpoint): JsonAnswer | null {
    const name = askForJson(chat, endpoint) === chat ? null : nameFor(chat);
    return name === null ? null : new JsonAnswer(name);
  }

  private constructor(name: string) {
    this.#name = name;
  }

  completion(completion: ChatCompletion): ChatCompletion {
    return { ...completion, choices: completion.choices.map((choice) => this.#whole(choice)) };
  }

  #whole(choice: CompletionChoice): CompletionChoice {
    const { tool_calls = [], ...message } = choice.message;
    const answer = tool_calls.find((call) => call.function.name === this.#name);
    if (answer === undefined) return choice;
    const own = tool_calls.filter((call) => call.function.name !== this.#name);
    return {
      ...choice,
      message: { ...message, content: answer.function.arguments, ...(own.length > 0 ? { tool_calls: own } : {}) },
      finish_reason: finishOf(choice.finish_reason, own.length > 0),
    };
  }

  /** What the model writes is held back until it is known whether it is all there is: no text may stand before the JSON. */
  chunk(chunk: ChatChunk): ChatChunk {
    const choices = chunk.choices.map((choice) => this.#choice(choice));
    return { ...chunk, choices: choices.filter(({ delta, finish_reason }) => finish_reason || saysSomething(delta)) };
  }

  #choice({ delta: { content, tool_calls = [], ...others }, finish_reason, ...choice }: ChunkChoice): ChunkChoice {
    const open = this.#open.get(choice.index) ?? { answer: null, text: '', own: [] };
    this.#open.set(choice.index, open);
    open.text += content ?? '';
    let said = '';
    const calls: ToolCallDelta[] = [];
    for (const call of tool_calls) {
      const isAnswer = call.function.name === this.#name;
      if (isAnswer) open.answer ??= call.index;
      if (call.index === open.answer) said += call.function.arguments ?? '';
      else if (!isAnswer) calls.push(...ownCall(call, open));
    }
    if (finish_reason !== null && open.answer === null) said = open.text;
    const delta: ChunkDelta = {
      ...others,
      ...(said === '' ? {} : { content: said }),
      ...(calls.length > 0 ? { tool_calls: calls } : {}),
    };
    return { ...choice, delta, finish_reason: finish_reason && finishOf(finish_reason, open.own.length > 0) };
  }
}

/** A call of one of the caller's own tools, counted among these; nothing of a second answer. */
function ownCall(call: ToolCallDelta, { own }: OpenChoice): ToolCallDelta[] {
  if (call.function.name !== undefined && !own.includes(call.index)) own.push(call.index);
  const index = own.indexOf(call.index);
  return index === -1 ? [] : [{ ...call, index }];
}

/** An answer that was a call has ended by itself. */
function finishOf(reason: FinishReason, hasCalls: boolean): FinishReason {
  return reason === 'tool_calls' && !hasCalls ? 'stop' : reason;
}

function saysSomething(delta: ChunkDelta): boolean {
  return Object.keys(delta).length > 0;
}
