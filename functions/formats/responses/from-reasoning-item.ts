import type { ReasoningDetail } from '../pivot/chat-request.ts';
import { isRecord } from '../shared/is-record.ts';
import { textOf } from '../shared/text-of.ts';

/** What is between the parts of one summary, and between the messages of one answer, when they become one text. */
export const PART_BREAK = '\n\n';

/**
 * A reasoning item as details that share its id and have a position each, which `take` gives: its summary, its text where a provider shows that, and what
 * has to come back for the model to remember it.
 */
export function fromReasoningItem(
  item: Readonly<Record<string, unknown>>,
  format: string,
  take: () => number,
): ReasoningDetail[] {
  const common = () => ({ ...(typeof item.id === 'string' ? { id: item.id } : {}), format, index: take() });
  const summary = joinParts(item.summary);
  const text = joinParts(item.content);
  const data = textOf(item.encrypted_content);
  return [
    ...(summary === '' ? [] : [{ type: 'reasoning.summary' as const, summary, ...common() }]),
    ...(text === '' ? [] : [{ type: 'reasoning.text' as const, text, ...common() }]),
    ...(data === '' ? [] : [{ type: 'reasoning.encrypted' as const, data, ...common() }]),
  ];
}

function joinParts(parts: unknown): string {
  if (!Array.isArray(parts)) return '';
  return parts
    .filter(isRecord)
    .map((part) => textOf(part.text))
    .filter((text) => text !== '')
    .join(PART_BREAK);
}
