import type { ReasoningDetail } from '../pivot/chat-request.ts';
import type { OwnerSeal } from '../shared/owner-seal.ts';
import { isSealedThought, openThought, type ThoughtBlock } from './thoughts.ts';

type Fields = Readonly<Record<string, unknown>>;

/**
 * The messages of a relay. Thoughts that its own issuer signed stay as they are; those that we sealed are opened for it, and what
 * was sealed for another is taken out. A turn that nothing is left of goes too. `changed`: whether there were any.
 */
export function withoutForeignThoughts(
  messages: readonly Fields[],
  issuer: string,
  seal: OwnerSeal,
): { messages: readonly Fields[]; changed: boolean } {
  let changed = false;
  const kept = messages.flatMap((message): Fields[] => {
    const { role, content } = message;
    if (role !== 'assistant' || !Array.isArray(content) || !content.some(isSealedThought)) return [message];
    changed = true;
    const blocks = content.flatMap((block: unknown) =>
      isSealedThought(block) ? toNative(openThought(block, issuer, seal)) : [block],
    );
    return blocks.length === 0 ? [] : [{ ...message, content: blocks }];
  });
  return { messages: kept, changed };
}

/** A summary, or a text without a signature, is no thought that goes back. */
function toNative(details: readonly ReasoningDetail[] | null): ThoughtBlock[] {
  return (details ?? []).flatMap((detail): ThoughtBlock[] => {
    if (detail.type === 'reasoning.encrypted') return [{ type: 'redacted_thinking', data: detail.data }];
    if (detail.type !== 'reasoning.text' || !detail.signature) return [];
    return [{ type: 'thinking', thinking: detail.text ?? '', signature: detail.signature }];
  });
}
