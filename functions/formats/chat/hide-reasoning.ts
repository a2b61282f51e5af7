import type { ChunkDelta, CompletionMessage } from '../pivot/chat-completion.ts';

/** A message or a part of one without its reasoning, for whoever asked not to see it. */
export function hideReasoning<T extends CompletionMessage | ChunkDelta>(message: T): T {
  const { reasoning: _text, reasoning_details: _details, ...rest } = message;
  return rest as T;
}
