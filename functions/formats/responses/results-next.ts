import type { ChatMessage } from '../pivot/chat-request.ts';

/**
 * The same messages, each result of a call right behind the turn of that call, as all formats but this one want it. Here there may
 * be something between: what Codex notes while a tool runs. What came between comes after.
 */
export function withResultsNext(messages: readonly ChatMessage[]): ChatMessage[] {
  const results = new Map<string, number[]>();
  for (const [at, message] of messages.entries()) {
    if (message.role !== 'tool') continue;
    const places = results.get(message.tool_call_id);
    if (places === undefined) results.set(message.tool_call_id, [at]);
    else places.push(at);
  }
  const moved = new Set<number>();
  return messages.flatMap((message, at) => {
    if (moved.has(at)) return [];
    if (message.role !== 'assistant' || !message.tool_calls) return [message];
    const places = message.tool_calls.flatMap(({ id }) => {
      const left = results.get(id) ?? [];
      // What came before any call of it answers none.
      while (left[0] !== undefined && left[0] < at) left.shift();
      const found = left.shift();
      if (found === undefined) return [];
      moved.add(found);
      return [found];
    });
    return [message, ...places.sort((a, b) => a - b).flatMap((place) => messages[place] ?? [])];
  });
}
