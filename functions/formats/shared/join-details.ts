import type { ReasoningDetail } from '../pivot/chat-request.ts';

/**
 * Streams give a thought in pieces of the same index, and many clients keep the pieces as they came. Pieces without an
 * index belong together up to the signature, which is always the last.
 */
export function joinDetails(details: readonly ReasoningDetail[]): ReasoningDetail[] {
  const joined: ReasoningDetail[] = [];
  for (const detail of details) {
    const last = joined.at(-1);
    const continues =
      last?.type === 'reasoning.text' &&
      detail.type === 'reasoning.text' &&
      last.index === detail.index &&
      last.format === detail.format &&
      !last.signature;
    if (continues) {
      const text = (last.text ?? '') + (detail.text ?? '');
      joined[joined.length - 1] = { ...last, text, signature: detail.signature ?? null };
    } else {
      joined.push(detail);
    }
  }
  return joined;
}
