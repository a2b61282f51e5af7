import type { FinishReason } from '../pivot/chat-completion.ts';
import { isRecord } from '../shared/is-record.ts';

/**
 * Why a response ended. One that is `incomplete` for a reason that is not known yet was cut off like one that met its
 * limit, and must not look whole.
 */
export function mapFinishReason(
  response: Readonly<Record<string, unknown>>,
  { hasToolCalls, refused }: { hasToolCalls: boolean; refused: boolean },
): FinishReason {
  if (response.status === 'incomplete') {
    const details = isRecord(response.incomplete_details) ? response.incomplete_details : {};
    return details.reason === 'content_filter' ? 'content_filter' : 'length';
  }
  if (refused) return 'content_filter';
  return hasToolCalls ? 'tool_calls' : 'stop';
}
