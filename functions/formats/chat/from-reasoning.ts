import type { ReasoningRules } from '../../core/endpoints/endpoint.ts';
import { type ReasoningDetail, reasoningDetail } from '../pivot/chat-request.ts';
import { isRecord } from '../shared/is-record.ts';
import { textOf } from '../shared/text-of.ts';

type Fields = Readonly<Record<string, unknown>>;

/** The fields of a message that carry reasoning under one name or another; the endpoint may name one more. */
export const reasoningFields = ['reasoning', 'reasoning_content', 'reasoning_details'];

export interface FoundReasoning {
  text: string;
  details: ReasoningDetail[];
}

/**
 * The reasoning of a message or delta. Providers that speak OpenRouter's `reasoning_details` keep theirs; plain text
 * becomes one detail before everything else, which is where models put it. vLLM says the same text under two names, so the
 * first name that has any wins.
 */
export function fromReasoning(message: Fields, { field, issuer }: ReasoningRules): FoundReasoning {
  const details = fromDetails(message.reasoning_details, issuer);
  const named =
    (field === null ? '' : textOf(message[field])) || textOf(message.reasoning) || textOf(message.reasoning_content);
  if (details.length > 0) return { text: named || details.map(textOfDetail).join(''), details };
  const text = named || thinkingText(message.content);
  return { text, details: text === '' ? [] : [{ type: 'reasoning.text', text, format: issuer, index: 0 }] };
}

/** The visible text of a reasoning detail. */
export function textOfDetail(detail: ReasoningDetail): string {
  if (detail.type === 'reasoning.text') return detail.text ?? '';
  return detail.type === 'reasoning.summary' ? detail.summary : '';
}

function fromDetails(details: unknown, issuer: string): ReasoningDetail[] {
  if (!Array.isArray(details)) return [];
  return details.flatMap((detail: unknown) => {
    const { success, data } = reasoningDetail.safeParse(detail);
    return success ? [{ ...data, format: data.format ?? issuer }] : [];
  });
}

/**
 * The text of a message's content. Mistral's reasoning models give a list of parts, thinking among them.
 * https://docs.mistral.ai/capabilities/reasoning/
 */
export function contentText(content: unknown): string {
  if (typeof content === 'string') return content;
  return partsOf(content)
    .map((part) => (part.type === 'text' ? textOf(part.text) : ''))
    .join('');
}

function thinkingText(content: unknown): string {
  return Array.isArray(content)
    ? partsOf(content)
        .map((part) => (part.type === 'thinking' ? contentText(part.thinking) : ''))
        .join('')
    : '';
}

function partsOf(content: unknown): Fields[] {
  return Array.isArray(content) ? content.filter(isRecord) : [];
}
