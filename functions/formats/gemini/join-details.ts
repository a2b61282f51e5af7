import type { ReasoningDetail } from '../pivot/chat-request.ts';

/** The details of a reply as a whole: a thought in several parts, up to the signature, which is always the last, is one. */
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
