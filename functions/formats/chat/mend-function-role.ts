type Fields = Readonly<Record<string, unknown>>;

/**
 * Conversations from before tools: `function_call` of an assistant's message is its one tool call, and the message of role
 * `function` after it the result. They have no ids, so each gets that of its place.
 */
export function mendFunctionRole(messages: readonly unknown[]): unknown[] {
  let open: string | null = null;
  return messages.map((message, at) => {
    if (typeof message !== 'object' || message === null) return message;
    const { function_call, ...rest } = message as Fields;
    if (rest.role === 'assistant' && function_call != null) {
      open = `call_function_${at}`;
      return { ...rest, tool_calls: [{ id: open, type: 'function', function: function_call }] };
    }
    if (rest.role !== 'function' || open === null) return message;
    const id = open;
    open = null;
    return { role: 'tool', tool_call_id: id, content: rest.content ?? '' };
  });
}
