import type { ChatRequest, ReasoningDetail } from '../pivot/chat-request.ts';
import type { OwnerSeal } from '../shared/owner-seal.ts';
import { openDetails, SEALED } from '../shared/sealed-details.ts';
import { isSealedThought, openThought, type ThoughtBlock } from './thoughts.ts';

/** Who signed what no seal of ours is on. */
const NATIVE = 'anthropic-claude-v1';

/** A thought of an earlier turn, at its place among the parts of that turn. */
export function parseThought(block: ThoughtBlock, index: number): ReasoningDetail {
  const format = isSealedThought(block) ? SEALED : NATIVE;
  return block.type === 'redacted_thinking'
    ? { type: 'reasoning.encrypted', data: block.data, format, index }
    : { type: 'reasoning.text', text: block.thinking, signature: block.signature, format, index };
}

/** The same conversation, in which what was sealed for an issuer is open, and what was sealed otherwise is gone; null: for any. */
export function openThoughts(chat: ChatRequest, issuer: string | null, seal: OwnerSeal): ChatRequest {
  return openDetails(chat, (detail) => openThought(toBlock(detail), issuer, seal) ?? []);
}

function toBlock(detail: ReasoningDetail): ThoughtBlock {
  if (detail.type === 'reasoning.encrypted') return { type: 'redacted_thinking', data: detail.data };
  const { text, signature } = detail as Extract<ReasoningDetail, { type: 'reasoning.text' }>;
  return { type: 'thinking', thinking: text ?? '', signature: signature ?? '' };
}
