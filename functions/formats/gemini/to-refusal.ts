import { textOf } from '../shared/text-of.ts';

/** What `message.refusal` says of an answer that a filter stopped. */
export function toRefusal(finishReason: unknown, finishMessage: unknown): string {
  return textOf(finishMessage) || `The provider stopped the answer: ${textOf(finishReason)}.`;
}

/** The same for a prompt that was not answered at all; null where the prompt was not blocked. */
export function toPromptRefusal(blockReason: unknown, message: unknown): string | null {
  const reason = textOf(blockReason);
  return reason === '' ? null : textOf(message) || `The provider refused the prompt: ${reason}.`;
}
