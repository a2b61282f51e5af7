import type Anthropic from '@anthropic-ai/sdk';
import type { Endpoint } from '../../core/endpoints/endpoint.ts';
import { MeshError } from '../../core/errors.ts';
import type { AssistantMessage, ReasoningDetail, ToolCall } from '../pivot/chat-request.ts';
import { parseExactJson } from '../shared/exact-json.ts';
import { interleave } from '../shared/interleave.ts';
import { toText } from './to-content.ts';
import { toToolName } from './to-tools.ts';

type Block = Anthropic.ContentBlockParam;
type Thinking = Anthropic.ThinkingBlockParam | Anthropic.RedactedThinkingBlockParam;

/** An assistant's earlier turn: its own signed thinking where it stood, then text and calls. `param` is the message's path. */
export function toAssistantContent(message: AssistantMessage, endpoint: Endpoint, param: string): Block[] {
  const calls = (message.tool_calls ?? []).map((call, index) => toToolUse(call, `${param}.tool_calls.${index}`));
  // What is dropped keeps its place until the end, so that the places counted by the others stay right.
  const thinking = (message.reasoning_details ?? []).map((detail) => ({
    index: detail.index ?? null,
    part: toThinkingBlock(detail, endpoint),
  }));
  return interleave<Block | null>(thinking, [...toTexts(message), ...calls]).filter((block) => block !== null);
}

function toTexts(message: AssistantMessage): Block[] {
  const { content, refusal } = message;
  const parts = typeof content === 'string' ? [{ type: 'text' as const, text: content }] : (content ?? []);
  return [
    ...parts.flatMap((part) => (part.type === 'text' ? toText(part.text, part.cache_control) : toText(part.refusal))),
    ...toText(refusal ?? ''),
  ];
}

/**
 * Thinking goes back to its issuer alone and unchanged; the signature is refused with any other text. Without a signature
 * only endpoints that sign nothing take it. A summary is no block of this API.
 */
function toThinkingBlock(detail: ReasoningDetail, endpoint: Endpoint): Thinking | null {
  const { issuer, replay } = endpoint.reasoning;
  if (replay === 'never' || detail.format !== issuer) return null;
  if (detail.type === 'reasoning.encrypted') return { type: 'redacted_thinking', data: detail.data };
  if (detail.type !== 'reasoning.text' || (!detail.signature && replay !== 'always')) return null;
  return { type: 'thinking', thinking: detail.text ?? '', signature: detail.signature ?? '' };
}

function toToolUse(call: ToolCall, param: string): Anthropic.ToolUseBlockParam {
  return {
    type: 'tool_use',
    id: call.id,
    name: toToolName(call.function.name, `${param}.function.name`),
    input: toInput(call.function.arguments, `${param}.function.arguments`),
  };
}

function toInput(text: string, param: string): object {
  if (text.trim() === '') return {};
  try {
    const input: unknown = parseExactJson(text);
    if (typeof input === 'object' && input !== null && !Array.isArray(input)) return input;
  } catch {
    // Falls through: what could not be parsed is refused like what is no object.
  }
  throw new MeshError('invalid_request_error', { param, message: `${param} is not a JSON object.` });
}
