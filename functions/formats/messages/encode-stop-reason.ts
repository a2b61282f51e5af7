import type { FinishReason } from '../pivot/chat-completion.ts';

const reasons = {
  stop: 'end_turn',
  length: 'max_tokens',
  tool_calls: 'tool_use',
  content_filter: 'refusal',
} as const satisfies Record<FinishReason, string>;
export type StopReason = (typeof reasons)[FinishReason];

/** Why an answer ended, in Anthropic's word. Which of its stop sequences it came to is not known. */
export function encodeStopReason(reason: FinishReason): StopReason {
  return reasons[reason];
}
