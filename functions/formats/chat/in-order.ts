import type { RequestRules } from '../../core/endpoints/request-rules.ts';

type Fields = Record<string, unknown>;
type OrderRules = Pick<RequestRules, 'rolesAfterTool' | 'messageFields'>;

/** What the assistant is made to say between results of tools and a turn that may not follow them. */
export const BETWEEN = 'I have the results.';

/**
 * The same messages in an order that the provider takes: between results of tools and a message of another role than it takes
 * there the assistant says a few words, and a last message that the model is to go on with says so.
 */
export function inOrder(messages: readonly Fields[], { rolesAfterTool, messageFields }: OrderRules): Fields[] {
  const ordered: Fields[] = [];
  for (const message of messages) {
    const isAfterTool = ordered.at(-1)?.role === 'tool';
    if (isAfterTool && rolesAfterTool?.includes(String(message.role)) === false) {
      ordered.push({ role: 'assistant', content: BETWEEN });
    }
    ordered.push(message);
  }
  const last = ordered.at(-1);
  if (messageFields.includes('prefix') && last?.role === 'assistant' && last.tool_calls === undefined) {
    ordered[ordered.length - 1] = { ...last, prefix: true };
  }
  return ordered;
}
