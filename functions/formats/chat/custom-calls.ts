import type {
  ChatChunk,
  ChatCompletion,
  ChunkChoice,
  CompletionToolCall,
  ToolCallDelta,
} from '../pivot/chat-completion.ts';
import { CustomInput, fromInputArguments } from '../shared/custom-tools.ts';

/**
 * The calls of an answer, with those of custom tools in OpenAI's form for them, `{type: 'custom', custom: {name, input}}`. It is
 * the last step before they are written: to everything before, they are calls of functions. One for each answer.
 */
export class CustomCalls {
  readonly #names: ReadonlySet<string>;
  /** Inputs under way, by choice and index of the call. */
  readonly #inputs = new Map<string, CustomInput>();

  constructor(names: ReadonlySet<string> = new Set()) {
    this.#names = names;
  }

  completion(completion: ChatCompletion): ChatCompletion {
    if (this.#names.size === 0) return completion;
    const choices = completion.choices.map((choice) => {
      const { tool_calls } = choice.message;
      if (tool_calls === undefined) return choice;
      return { ...choice, message: { ...choice.message, tool_calls: tool_calls.map((call) => this.#call(call)) } };
    });
    return { ...completion, choices };
  }

  chunks(chunks: readonly ChatChunk[]): readonly ChatChunk[] {
    if (this.#names.size === 0) return chunks;
    return chunks.map((chunk) => ({ ...chunk, choices: chunk.choices.map((choice) => this.#choice(choice)) }));
  }

  #call(call: CompletionToolCall): CompletionToolCall {
    const { function: called, ...others } = call;
    if (!this.#names.has(called.name)) return call;
    const custom = { name: called.name, input: fromInputArguments(called.arguments) };
    return { ...others, type: 'custom', custom } as unknown as CompletionToolCall;
  }

  #choice(choice: ChunkChoice): ChunkChoice {
    const { tool_calls = [] } = choice.delta;
    const said = tool_calls.map((delta) => this.#delta(delta, choice.index));
    const owed = choice.finish_reason === null ? [] : this.#finish(choice.index);
    if (said.length + owed.length === 0) return choice;
    return { ...choice, delta: { ...choice.delta, tool_calls: [...said, ...owed] } };
  }

  #delta(delta: ToolCallDelta, choice: number): ToolCallDelta {
    const { function: called, ...others } = delta;
    const key = `${choice}/${delta.index}`;
    const { name, arguments: piece = '' } = called;
    if (name !== undefined && this.#names.has(name)) {
      const begun = new CustomInput();
      this.#inputs.set(key, begun);
      return custom({ ...others, type: 'custom' }, { name, input: begun.add(piece) });
    }
    const input = this.#inputs.get(key);
    return input === undefined ? delta : custom(others, { input: input.add(piece) });
  }

  /** What the inputs of a choice that ends still owe. */
  #finish(choice: number): ToolCallDelta[] {
    return [...this.#inputs].flatMap(([key, input]) => {
      const [at, index] = key.split('/').map(Number);
      const owed = at === choice ? input.finish() : '';
      return owed === '' ? [] : [custom({ index }, { input: owed })];
    });
  }
}

function custom(others: object, said: { name?: string; input: string }): ToolCallDelta {
  return { ...others, custom: said } as unknown as ToolCallDelta;
}
