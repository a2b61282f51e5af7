import type { ChatRequest, ReasoningDetail } from '../pivot/chat-request.ts';

/** The format of what is still sealed. No endpoint has it, so that none of it can leave as it is. */
export const SEALED = 'mesh-sealed';

/** The same conversation, with what `open` makes of each thought that is still sealed. */
export function openDetails(chat: ChatRequest, open: (detail: ReasoningDetail) => ReasoningDetail[]): ChatRequest {
  return {
    ...chat,
    messages: chat.messages.map((message) => {
      if (message.role !== 'assistant' || !message.reasoning_details) return message;
      const details = message.reasoning_details.flatMap((detail) =>
        detail.format === SEALED ? open(detail) : [detail],
      );
      return { ...message, reasoning_details: details };
    }),
  };
}
