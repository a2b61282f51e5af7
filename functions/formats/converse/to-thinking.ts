import type { Endpoint } from '../../core/endpoints/endpoint.ts';
import type { ParsedChat } from '../pivot/upstream-format.ts';
import {
  budgetTokens,
  effortName,
  showsReasoning,
  toEffort,
  type WantedReasoning,
  wantedReasoning,
} from '../shared/reasoning.ts';
import type { Message, ToolConfig } from './wire.ts';

/** How a request asks for reasoning: fields of the model's own, and the effort where Converse has a field for it. */
export interface Thinking {
  fields: Record<string, unknown>;
  effort: string | null;
  /** Whether the model reasons, which rules out sampling parameters. */
  on: boolean;
}

const nothing: Thinking = { fields: {}, effort: null, on: false };

/** Each family of models has fields of its own; where the caller said nothing, nothing is sent. */
export function toThinking(
  parsed: ParsedChat,
  endpoint: Endpoint,
  messages: readonly Message[],
  tools: ToolConfig | null,
): Thinking {
  const wanted = wantedReasoning(parsed.chat);
  if (wanted === null || !endpoint.capabilities.has('reasoning')) return nothing;
  switch (endpoint.reasoning.issuer) {
    case 'anthropic-claude-v1':
      return toClaudeThinking(wanted, parsed, endpoint, messages, tools);
    case 'amazon-nova-v1':
      return toNovaReasoning(wanted, parsed, tools);
    default:
      return endpoint.reasoning.send === 'effort' ? toNamedEffort(wanted, parsed, endpoint) : nothing;
  }
}

/**
 * Thinking is left out where Claude would refuse the request because of it: with a tool choice that forces a call, after a
 * prefill, and, with a budget, where the client lost the thinking of the turn that goes on. What the caller forces wins
 * over how long the model may think about it.
 * https://docs.aws.amazon.com/bedrock/latest/userguide/claude-messages-extended-thinking.html
 */
function toClaudeThinking(
  wanted: WantedReasoning,
  parsed: ParsedChat,
  endpoint: Endpoint,
  messages: readonly Message[],
  tools: ToolConfig | null,
): Thinking {
  if (!wanted.on) return { ...nothing, fields: { thinking: { type: 'disabled' } } };
  const isRefused = forcesCall(tools) || messages.at(-1)?.role === 'assistant';
  if (endpoint.reasoning.send === 'budget') {
    const budget = budgetTokens(wanted, parsed.maxOutputTokens);
    if (isRefused || budget === null || hasLostThinking(messages)) return nothing;
    return { fields: { thinking: { type: 'enabled', budget_tokens: budget } }, effort: null, on: true };
  }
  const effort = toClaudeEffort(wanted, parsed, endpoint, !isRefused);
  if (isRefused) return { ...nothing, effort };
  // The newest models leave the text out unless they are asked for it.
  const display = showsReasoning(parsed.chat) ? 'summarized' : 'omitted';
  return { fields: { thinking: { type: 'adaptive', display } }, effort, on: true };
}

/** There is none above `high` without thinking. Null leaves it to the model. */
function toClaudeEffort(
  wanted: WantedReasoning,
  parsed: ParsedChat,
  endpoint: Endpoint,
  thinks: boolean,
): string | null {
  const effort = toEffort(wanted, parsed.maxOutputTokens, endpoint);
  return !thinks && (effort === 'xhigh' || effort === 'max') ? 'high' : effort;
}

/**
 * Nova takes no output limit together with `high`, and an answer without a limit could cost more than was held for it:
 * `medium` is the most that is asked for.
 * https://docs.aws.amazon.com/nova/latest/nova2-userguide/extended-thinking.html
 */
function toNovaReasoning(wanted: WantedReasoning, parsed: ParsedChat, tools: ToolConfig | null): Thinking {
  if (!wanted.on) return { ...nothing, fields: { reasoningConfig: { type: 'disabled' } } };
  if (forcesCall(tools)) return nothing;
  const effort = effortName(wanted, parsed.maxOutputTokens);
  const maxReasoningEffort = effort === 'minimal' || effort === 'low' ? 'low' : 'medium';
  return { fields: { reasoningConfig: { type: 'enabled', maxReasoningEffort } }, effort: null, on: true };
}

/** OpenAI's open models on Bedrock, which take sampling parameters as well. */
function toNamedEffort(wanted: WantedReasoning, parsed: ParsedChat, endpoint: Endpoint): Thinking {
  const effort = toEffort(wanted, parsed.maxOutputTokens, endpoint, 'medium');
  return effort === null ? nothing : { ...nothing, fields: { reasoning_effort: effort } };
}

function forcesCall(tools: ToolConfig | null): boolean {
  return tools?.toolChoice?.any !== undefined || tools?.toolChoice?.tool !== undefined;
}

/**
 * Whether the turn that tool results continue began without thinking. A turn, as Claude sees it, reaches back over all
 * tool results to the last message that is the user's own, and thinks from its start or not at all.
 */
function hasLostThinking(messages: readonly Message[]): boolean {
  let first: Message['content'][number] | undefined;
  for (const { role, content } of messages.toReversed()) {
    if (role === 'assistant') first = content[0];
    else if (!content.some((block) => block.toolResult !== undefined)) break;
  }
  return first !== undefined && first.reasoningContent === undefined;
}
