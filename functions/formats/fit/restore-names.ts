import type { ChatChunk, ChatCompletion } from '../pivot/chat-completion.ts';
import type { ToolNames } from './tool-names.ts';

/** A chunk whose calls have the names by which the caller knows its tools. */
export function restoreChunk(chunk: ChatChunk, names: ToolNames): ChatChunk {
  if (names.same) return chunk;
  const choices = chunk.choices.map((choice) => {
    const { tool_calls } = choice.delta;
    if (tool_calls === undefined) return choice;
    return { ...choice, delta: { ...choice.delta, tool_calls: tool_calls.map((call) => restore(call, names)) } };
  });
  return { ...chunk, choices };
}

/** The same of a whole answer. */
export function restoreCompletion(completion: ChatCompletion, names: ToolNames): ChatCompletion {
  if (names.same) return completion;
  const choices = completion.choices.map((choice) => {
    const { tool_calls } = choice.message;
    if (tool_calls === undefined) return choice;
    return { ...choice, message: { ...choice.message, tool_calls: tool_calls.map((call) => restore(call, names)) } };
  });
  return { ...completion, choices };
}

/** Only the first part of a call has its name. */
function restore<T extends { function: { name?: string } }>(call: T, names: ToolNames): T {
  const { name } = call.function;
  return name === undefined ? call : { ...call, function: { ...call.function, name: names.restore(name) } };
}
