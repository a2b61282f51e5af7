import type { EffortLevel } from '../../core/endpoints/effort.ts';
import type { Endpoint } from '../../core/endpoints/endpoint.ts';
import type { ChatRequest } from '../pivot/chat-request.ts';
import type { ParsedChat } from '../pivot/upstream-format.ts';
import { budgetTokens, toEffort, wantedReasoning } from '../shared/reasoning.ts';

/** The switch of Anthropic's compatible endpoint and of Fireworks. */
type Thinking = { type: 'enabled'; budget_tokens: number } | { type: 'disabled' };

export interface ReasoningFields {
  reasoning_effort?: EffortLevel;
  thinking?: Thinking;
  /** What else switches it off. */
  [field: string]: unknown;
}

/**
 * How a chat provider is asked for reasoning: by effort, or by a budget where the endpoint says so; not at all where the caller
 * did not. What switches it off is the provider's own. Where there is such a switch, the model thinks by itself, and while it
 * thinks it refuses a choice that forces a call: the choice wins. https://platform.kimi.ai/docs/guide/use-kimi-k2-thinking-model
 */
export function toReasoning(parsed: ParsedChat, endpoint: Endpoint): ReasoningFields {
  const wanted = wantedReasoning(parsed.chat);
  if (!endpoint.capabilities.has('reasoning')) return {};
  const { send, thinkingOff } = endpoint.reasoning;
  if (thinkingOff !== null && (wanted?.on === false || forcesCall(parsed.chat))) return thinkingOff;
  if (wanted === null) return {};
  if (send !== 'budget') {
    const effort = toEffort(wanted, parsed.maxOutputTokens, endpoint, 'medium');
    return effort === null ? {} : { reasoning_effort: effort };
  }
  if (!wanted.on) return { thinking: { type: 'disabled' } };
  const budget = budgetTokens(wanted, parsed.maxOutputTokens);
  return budget === null ? {} : { thinking: { type: 'enabled', budget_tokens: budget } };
}

function forcesCall({ tools, tool_choice }: ChatRequest): boolean {
  return Boolean(tools?.length) && tool_choice != null && tool_choice !== 'auto' && tool_choice !== 'none';
}
