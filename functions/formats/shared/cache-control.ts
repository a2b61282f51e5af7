import type { CacheControl, ChatMessage, ChatRequest, Tool } from '../pivot/chat-request.ts';

/** Anthropic and Bedrock take this many cache markers in a request. */
export const MAX_CACHE_MARKERS = 4;

type Marked = { cache_control?: CacheControl | null | undefined };

/**
 * The same request with at most its last four cache markers, in the order in which the prompt is cached: tools, then
 * system, then the conversation. Later markers cover longer prefixes, so the first ones are the ones to lose.
 */
export function keepLastCacheMarkers(chat: ChatRequest): ChatRequest {
  const marked = markedParts(chat);
  if (marked.length <= MAX_CACHE_MARKERS) return chat;
  const dropped = new Set<Marked>(marked.slice(0, -MAX_CACHE_MARKERS));
  const unmark = <T extends Marked>(part: T): T => (dropped.has(part) ? { ...part, cache_control: undefined } : part);
  return {
    ...chat,
    tools: chat.tools?.map((tool): Tool => unmark(tool)),
    messages: chat.messages.map((message) => {
      const outer = message.role === 'tool' ? unmark(message) : message;
      if (!Array.isArray(outer.content)) return outer;
      return {
        ...outer,
        content: outer.content.map((part) => ('text' in part || 'type' in part ? unmark(part as Marked) : part)),
      } as ChatMessage;
    }),
  };
}

/** Whether a request asks for anything to be cached. */
export function hasCacheMarkers({ tools, messages }: ChatRequest): boolean {
  return (
    tools?.some(isMarked) === true ||
    messages.some(
      (message) =>
        (message.role === 'tool' && isMarked(message)) ||
        (Array.isArray(message.content) && (message.content as Marked[]).some(isMarked)),
    )
  );
}

function isMarked({ cache_control }: Marked): boolean {
  return cache_control != null;
}

function markedParts(chat: ChatRequest): Marked[] {
  const isSystem = (message: ChatMessage) => message.role === 'system' || message.role === 'developer';
  const inCacheOrder = [...chat.messages.filter(isSystem), ...chat.messages.filter((message) => !isSystem(message))];
  const parts: Marked[] = [...(chat.tools ?? [])];
  for (const message of inCacheOrder) {
    if (Array.isArray(message.content)) parts.push(...(message.content as Marked[]));
    if (message.role === 'tool') parts.push(message);
  }
  return parts.filter(isMarked);
}
