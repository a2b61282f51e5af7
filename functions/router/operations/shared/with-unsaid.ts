import type { ChatRequest } from '../../../formats/pivot/chat-request.ts';

/** What is measured of a request: the pivot, and what a relay's model reads besides, as the text that it is. */
export function withUnsaid(chat: ChatRequest, unsaid: readonly unknown[]): ChatRequest {
  if (unsaid.length === 0) return chat;
  const others = unsaid.map((value) => ({ role: 'user' as const, content: JSON.stringify(value) }));
  return { ...chat, messages: [...chat.messages, ...others] };
}
