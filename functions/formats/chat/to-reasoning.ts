import type OpenAI from 'openai';
import type { Endpoint } from '../../core/endpoints/endpoint.ts';
import type { ReasoningEffort } from '../pivot/chat-request.ts';
import type { ParsedChat } from '../pivot/upstream-format.ts';
import { budgetTokens, effortName, wantedReasoning } from '../shared/reasoning.ts';

/** The switch that Anthropic's compatible endpoint, Fireworks, DeepSeek, Moonshot and Z.AI share; the budget is the first two's. */
type Thinking = { type: 'enabled'; budget_tokens: number } | { type: 'disabled' };

export interface ReasoningFields {
  reasoning_effort?: NonNullable<OpenAI.ReasoningEffort>;
  thinking?: Thinking;
}

/** How a chat provider is asked for reasoning: by effort, or by a budget where the endpoint says so; not at all where the caller did not. */
export function toReasoning(parsed: ParsedChat, endpoint: Endpoint): ReasoningFields {
  const wanted = wantedReasoning(parsed.chat);
  if (wanted === null || !endpoint.capabilities.has('reasoning')) return {};
  if (endpoint.reasoning.send !== 'budget') {
    return { reasoning_effort: wanted.on ? toEffort(effortName(wanted, parsed.maxOutputTokens)) : 'none' };
  }
  if (!wanted.on) return { thinking: { type: 'disabled' } };
  const budget = budgetTokens(wanted, parsed.maxOutputTokens);
  return budget === null ? {} : { thinking: { type: 'enabled', budget_tokens: budget } };
}

/** Only the newest of OpenAI's models take `max`; the level below it is the highest that the others take. */
export function toEffort(effort: Exclude<ReasoningEffort, 'none'>): NonNullable<OpenAI.ReasoningEffort> {
  return effort === 'max' ? 'xhigh' : effort;
}
