import type { UserPart } from '../pivot/chat-request.ts';

/** A text alone is said as one, which more providers take than a list of it. */
export function oneText<Part extends UserPart>(parts: Part[]): string | Part[] {
  const [first] = parts;
  return parts.length === 1 && first?.type === 'text' && first.cache_control === undefined ? first.text : parts;
}
