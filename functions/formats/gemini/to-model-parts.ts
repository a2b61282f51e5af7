import type { Endpoint } from '../../core/endpoints/endpoint.ts';
import { MeshError } from '../../core/errors.ts';
import type { AssistantMessage, ReasoningDetail, ToolCall } from '../pivot/chat-request.ts';
import { parseExactJson } from '../shared/exact-json.ts';
import { interleave } from '../shared/interleave.ts';
import { isRecord } from '../shared/is-record.ts';
import { toText } from './to-parts.ts';
import { toFunctionName } from './to-tools.ts';
import type { Part } from './wire.ts';

type Encrypted = Extract<ReasoningDetail, { type: 'reasoning.encrypted' }>;
type Placed = { index: number | null; part: Part[] };

/**
 * What Google documents for calls whose signature is gone, as after a client that drops it or an answer of another model:
 * Gemini 3 refuses a step whose first call has none.
 * https://ai.google.dev/gemini-api/docs/thought-signatures#faqs
 */
export const SKIP_SIGNATURE = 'skip_thought_signature_validator';

/**
 * An assistant's earlier turn: its own signed thoughts and its text where they stood, then the calls. Every signature goes
 * back on the part it came with. `param` is the message's path.
 */
export function toModelParts(message: AssistantMessage, endpoint: Endpoint, param: string): Part[] {
  const details = message.reasoning_details ?? [];
  const signatures = toSignatures(message, endpoint);
  const calls = (message.tool_calls ?? []).map((call, index): Part[] => [
    {
      functionCall: toFunctionCall(call, `${param}.tool_calls.${index}`),
      ...toSignature(signatures.ofCall(call) ?? (index === 0 ? replacement(endpoint) : null)),
    },
  ]);
  const texts = toTexts(message);
  const thoughts = details
    .filter((detail) => detail.type !== 'reasoning.encrypted')
    .map((detail): Placed => ({ index: detail.index ?? null, part: toThought(detail, endpoint) }));
  const [ofText, ...others] = signatures.ofTexts;
  const separate = others.map((detail) => toSignedText([], detail));
  // Only a text with a signature says where it stood; any other stands before the calls.
  if (ofText === undefined) return interleave([...thoughts, ...separate], [texts, ...calls]).flat();
  const signed = toSignedText(texts, ofText);
  if (signed.index === null) return interleave([...thoughts, ...separate], [signed.part, ...calls]).flat();
  return interleave([...thoughts, signed, ...separate], calls).flat();
}

/** The signatures that belong to this issuer, by the part they go back on. Those beside a text or a call name none: they are Google's. */
function toSignatures({ reasoning_details, extra_content }: AssistantMessage, { reasoning }: Endpoint) {
  const { issuer, replay } = reasoning;
  const own = (reasoning_details ?? []).filter(
    (detail): detail is Encrypted =>
      detail.type === 'reasoning.encrypted' && detail.format === issuer && replay !== 'never',
  );
  const takesUnnamed = issuer === 'google-gemini-v1' && replay !== 'never';
  const ofTexts = own.filter((detail) => detail.id == null);
  const ofText = takesUnnamed && ofTexts.length === 0 ? extra_content?.google?.thought_signature : null;
  return {
    ofCall: (call: ToolCall): string | null =>
      (takesUnnamed && (call.thought_signature || call.extra_content?.google?.thought_signature)) ||
      (own.find((detail) => detail.id === call.id)?.data ?? null),
    ofTexts: ofText ? [{ type: 'reasoning.encrypted' as const, data: ofText }] : ofTexts,
  };
}

/** A text with several signatures came in several parts; a client has joined them, so the others go alone. */
function toSignedText(texts: readonly Part[], { data, index }: Encrypted): Placed {
  const last = texts.at(-1) ?? { text: '' };
  return { index: index ?? null, part: [...texts.slice(0, -1), { ...last, ...toSignature(data) }] };
}

function toSignature(signature: string | null): { thoughtSignature?: string } {
  return signature ? { thoughtSignature: signature } : {};
}

function replacement({ reasoning }: Endpoint): string | null {
  return reasoning.send === 'level' ? SKIP_SIGNATURE : null;
}

/**
 * Thoughts are summaries that the model does not need back, so they go only where they are signed. What is dropped keeps
 * its place, so that the places counted by the others stay right.
 */
function toThought(detail: ReasoningDetail, { reasoning }: Endpoint): Part[] {
  if (detail.type !== 'reasoning.text' || detail.format !== reasoning.issuer || reasoning.replay === 'never') return [];
  if (!detail.signature && reasoning.replay !== 'always') return [];
  return [{ text: detail.text ?? '', thought: true, ...toSignature(detail.signature ?? null) }];
}

function toTexts({ content, refusal }: AssistantMessage): Part[] {
  const parts = typeof content === 'string' ? [{ type: 'text' as const, text: content }] : (content ?? []);
  return [
    ...parts.flatMap((part) => toText(part.type === 'text' ? part.text : part.refusal)),
    ...toText(refusal ?? ''),
  ];
}

/** Without its `id`, which Vertex refuses; results come in the order of their calls instead. */
function toFunctionCall(call: ToolCall, param: string): { name: string; args: Record<string, unknown> } {
  return {
    name: toFunctionName(call.function.name, `${param}.function.name`),
    args: toArgs(call.function.arguments, `${param}.function.arguments`),
  };
}

function toArgs(text: string, param: string): Record<string, unknown> {
  if (text.trim() === '') return {};
  try {
    const args: unknown = parseExactJson(text);
    if (isRecord(args)) return args;
  } catch {
    // Falls through: what could not be parsed is refused like what is no object.
  }
  throw new MeshError('invalid_request_error', { param, message: `${param} is not a JSON object.` });
}
