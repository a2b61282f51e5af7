import type { ChunkDelta, CompletionMessage } from '../pivot/chat-completion.ts';

/** A message or a part of one whose reasoning has both names that clients read: OpenRouter's, and DeepSeek's beside it. */
export function withReasoningContent<T extends CompletionMessage | ChunkDelta>(
  message: T,
): T & { reasoning_content?: string } {
  const { reasoning } = message;
  return reasoning == null ? message : { ...message, reasoning_content: reasoning };
}
