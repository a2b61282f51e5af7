import type Anthropic from '@anthropic-ai/sdk';
import type { Endpoint } from '../../core/endpoints/endpoint.ts';
import type { ParsedChat } from '../pivot/upstream-format.ts';
import { budgetTokens, showsReasoning, toEffort, wantedReasoning } from '../shared/reasoning.ts';

type Effort = NonNullable<Anthropic.OutputConfig['effort']>;

/**
 * What `thinking` says, or null where it is left out and the model does what it does by default.
 *
 * Thinking is also left out where the API would refuse the request because of it: with a tool choice that forces a call,
 * after a prefill, and, with a budget, where the client lost the thinking of the turn that goes on. What the caller forces
 * wins over how long the model may think about it.
 * https://docs.claude.com/en/docs/build-with-claude/extended-thinking
 */
export function toThinking(
  parsed: ParsedChat,
  endpoint: Endpoint,
  messages: readonly Anthropic.MessageParam[],
  toolChoice: Anthropic.ToolChoice | null,
): Anthropic.ThinkingConfigParam | null {
  const wanted = wantedReasoning(parsed.chat);
  if (wanted === null || !endpoint.capabilities.has('reasoning')) return null;
  if (!wanted.on) return { type: 'disabled' };
  if (toolChoice?.type === 'any' || toolChoice?.type === 'tool') return null;
  if (messages.at(-1)?.role === 'assistant') return null;
  switch (endpoint.reasoning.send) {
    case 'budget': {
      const budget = budgetTokens(wanted, parsed.maxOutputTokens);
      return budget === null || hasLostThinking(messages) ? null : { type: 'enabled', budget_tokens: budget };
    }
    case 'adaptive':
      // The newest models leave the text out unless they are asked for it.
      return { type: 'adaptive', display: showsReasoning(parsed.chat) ? 'summarized' : 'omitted' };
    default:
      return null;
  }
}

/** `output_config.effort`; null leaves it to the model. */
export function toOutputEffort(parsed: ParsedChat, endpoint: Endpoint): Effort | null {
  const wanted = wantedReasoning(parsed.chat);
  if (!wanted?.on || endpoint.reasoning.send === 'budget' || !endpoint.capabilities.has('reasoning')) return null;
  return toEffort(wanted, parsed.maxOutputTokens, endpoint) as Effort | null;
}

/**
 * Whether the turn that tool results continue began without thinking. A turn, as the API sees it, reaches back over all
 * tool results to the last message that is the user's own, and thinks from its start or not at all.
 */
export function hasLostThinking(messages: readonly Anthropic.MessageParam[]): boolean {
  let first: Anthropic.ContentBlockParam | undefined;
  for (const { role, content } of messages.toReversed()) {
    if (typeof content === 'string') break;
    if (role === 'assistant') first = content[0];
    else if (!content.some((block) => block.type === 'tool_result')) break;
  }
  return first !== undefined && first.type !== 'thinking' && first.type !== 'redacted_thinking';
}
