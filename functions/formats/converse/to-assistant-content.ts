import type { Endpoint } from '../../core/endpoints/endpoint.ts';
import type { AssistantMessage, ReasoningDetail, ToolCall } from '../pivot/chat-request.ts';
import { parseExactJson } from '../shared/exact-json.ts';
import { interleave } from '../shared/interleave.ts';
import { invalid } from '../shared/refusals.ts';
import { toText } from './to-content.ts';
import { toToolName } from './to-tools.ts';
import type { ContentBlock, Json } from './wire.ts';

/** An assistant's earlier turn: its own signed thinking where it stood, then text and calls. `param` is the message's path. */
export function toAssistantContent(message: AssistantMessage, endpoint: Endpoint, param: string): ContentBlock[] {
  const calls = (message.tool_calls ?? []).map((call, index) => toToolUse(call, `${param}.tool_calls.${index}`));
  // What is dropped keeps its place until the end, so that the places counted by the others stay right.
  const thinking = (message.reasoning_details ?? []).map((detail) => ({
    index: detail.index ?? null,
    part: toReasoning(detail, endpoint),
  }));
  const others = [...toTexts(message, endpoint), ...calls];
  return interleave<ContentBlock[]>(thinking, others).flat();
}

/** Each part of text with the cache point that goes after it: together they are one place. */
function toTexts(message: AssistantMessage, endpoint: Endpoint): ContentBlock[][] {
  const { content, refusal } = message;
  const parts = typeof content === 'string' ? [{ type: 'text' as const, text: content }] : (content ?? []);
  const texts = parts.map((part) =>
    part.type === 'text' ? toText(part.text, part.cache_control, endpoint) : toText(part.refusal, null, endpoint),
  );
  return [...texts, toText(refusal ?? '', null, endpoint)].filter((blocks) => blocks.length > 0);
}

/**
 * Thinking goes back to its issuer alone and unchanged; the signature is refused with any other text. Without a signature
 * only endpoints that sign nothing take it. A summary is no block of this API.
 */
function toReasoning(detail: ReasoningDetail, endpoint: Endpoint): ContentBlock[] {
  const { issuer, replay } = endpoint.reasoning;
  if (replay === 'never' || detail.format !== issuer) return [];
  if (detail.type === 'reasoning.encrypted') return [{ reasoningContent: { redactedContent: detail.data } }];
  if (detail.type !== 'reasoning.text' || (!detail.signature && replay !== 'always')) return [];
  const signature = detail.signature ? { signature: detail.signature } : {};
  return [{ reasoningContent: { reasoningText: { text: detail.text ?? '', ...signature } } }];
}

function toToolUse(call: ToolCall, param: string): ContentBlock[] {
  const name = toToolName(call.function.name, `${param}.function.name`);
  const input = toInput(call.function.arguments, `${param}.function.arguments`);
  return [{ toolUse: { toolUseId: call.id, name, input } }];
}

function toInput(text: string, param: string): Json {
  if (text.trim() === '') return {};
  try {
    const input: unknown = parseExactJson(text);
    if (typeof input === 'object' && input !== null && !Array.isArray(input)) return input as Json;
  } catch {
    // Falls through: what could not be parsed is refused like what is no object.
  }
  throw invalid(param, `${param} is not a JSON object.`);
}
