import type { FinishReason } from '../pivot/chat-completion.ts';
import type { ApiFinishReason } from './wire.ts';

/**
 * Gemini's reason as OpenAI's. `LANGUAGE` counts as filtered, since the rest of the answer is withheld. A reason without a
 * counterpart (`MALFORMED_FUNCTION_CALL`, `OTHER`, ones to come) is a stop: the model has ended, and clients fail on reasons
 * that they do not know. https://ai.google.dev/api/generate-content#FinishReason
 */
const known: Partial<Record<ApiFinishReason | 'MODEL_ARMOR', FinishReason>> = {
  MAX_TOKENS: 'length',
  CONTINUATION: 'length',
  SAFETY: 'content_filter',
  RECITATION: 'content_filter',
  LANGUAGE: 'content_filter',
  BLOCKLIST: 'content_filter',
  PROHIBITED_CONTENT: 'content_filter',
  SPII: 'content_filter',
  MODEL_ARMOR: 'content_filter',
  IMAGE_SAFETY: 'content_filter',
  IMAGE_PROHIBITED_CONTENT: 'content_filter',
  IMAGE_RECITATION: 'content_filter',
};

const reasons = new Map<string, FinishReason>(Object.entries(known));

/** Null while the model goes on: no reason, or the one that says that there is none. */
export function mapFinishReason(reason: unknown, hasToolCalls: boolean): FinishReason | null {
  if (typeof reason !== 'string' || reason === '' || reason === 'FINISH_REASON_UNSPECIFIED') return null;
  return reasons.get(reason) ?? (hasToolCalls ? 'tool_calls' : 'stop');
}
