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
 * Earlier reasoning as items, each made of the details that share its id (or its position, without an id). It goes back to its
 * issuer alone, and only with its encrypted content: nothing is stored, so the id alone names nothing. Each position that its
 * details took is held.
 */
export function toReasoningItems(details: readonly ReasoningDetail[], endpoint: Endpoint): PlacedReasoning[] {
  const groups: ReasoningDetail[][] = [];
  for (const detail of details) {
    const group = groups.find((others) => others.some((other) => areOfOneItem(other, detail)));
    if (group === undefined) groups.push([detail]);
    else group.push(detail);
  }
  return groups.flatMap((group) => {
    const [first = null, ...others] = new Set(group.map((detail) => detail.index ?? null));
    return [{ index: first, part: toItem(group, endpoint) }, ...others.map((index) => ({ index, part: null }))];
  });
}

function areOfOneItem(a: ReasoningDetail, b: ReasoningDetail): boolean {
  if (a.format !== b.format) return false;
  if (a.id && b.id) return a.id === b.id;
  return a.index === b.index && (a.index !== undefined || a.id === b.id);
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
