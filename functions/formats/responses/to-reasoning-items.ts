import type OpenAI from 'openai';
import type { Endpoint } from '../../core/endpoints/endpoint.ts';
import type { ReasoningDetail } from '../pivot/chat-request.ts';

/** Without an id where the client lost it: what counts is the encrypted content. */
export type ReasoningItem = Omit<OpenAI.Responses.ResponseReasoningItem, 'id'> & { id?: string };

export interface PlacedReasoning {
  /** Position among the parts of the turn, null where unknown. */
  index: number | null;
  /** Null for reasoning that does not go back. It still holds its place. */
  part: ReasoningItem | null;
}

/**
 * Earlier reasoning as items, each made of the details that share its position (or its id, without a position). It goes
 * back to its issuer alone, and only with its encrypted content: nothing is stored, so the id alone names nothing.
 */
export function toReasoningItems(details: readonly ReasoningDetail[], endpoint: Endpoint): PlacedReasoning[] {
  const groups = new Map<string, ReasoningDetail[]>();
  for (const detail of details) {
    const key = `${detail.format}/${detail.index ?? `id ${detail.id}`}`;
    groups.set(key, [...(groups.get(key) ?? []), detail]);
  }
  return [...groups.values()].map((group) => ({ index: group[0]?.index ?? null, part: toItem(group, endpoint) }));
}

function toItem(group: readonly ReasoningDetail[], { reasoning }: Endpoint): ReasoningItem | null {
  if (reasoning.replay === 'never' || group[0]?.format !== reasoning.issuer) return null;
  let id: string | null = null;
  let encrypted = '';
  let summary = '';
  let text = '';
  for (const detail of group) {
    if (detail.type === 'reasoning.encrypted') {
      encrypted += detail.data;
      id = detail.id ?? id;
    }
    if (detail.type === 'reasoning.summary') summary += detail.summary;
    if (detail.type === 'reasoning.text') text += detail.text ?? '';
    id ??= detail.id ?? null;
  }
  if (encrypted === '') return null;
  return {
    type: 'reasoning',
    ...(id === null ? {} : { id }),
    summary: summary === '' ? [] : [{ type: 'summary_text', text: summary }],
    ...(text === '' ? {} : { content: [{ type: 'reasoning_text', text }] }),
    encrypted_content: encrypted,
  };
}
