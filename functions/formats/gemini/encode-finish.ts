import type { FinishReason } from '../pivot/chat-completion.ts';
import type { ApiFinishReason } from './wire.ts';

const reasons = {
  stop: 'STOP',
  length: 'MAX_TOKENS',
  tool_calls: 'STOP',
  content_filter: 'SAFETY',
} as const satisfies Record<FinishReason, ApiFinishReason>;

/** Why an answer ended, in Gemini's word. */
export function encodeFinish(reason: FinishReason): ApiFinishReason {
  return reasons[reason];
}
