import type { FinishReason } from '../pivot/chat-completion.ts';
import { mapFinishReason, plainEnd } from '../shared/finish-reason.ts';
import { isRecord } from '../shared/is-record.ts';

/**
 * Why a response ended. One that is `incomplete` was cut off, whatever it says of that. Throws `upstream_error` where it was cut
 * off for a reason that nobody knows.
 */
export function finishOf(
  response: Readonly<Record<string, unknown>>,
  { hasToolCalls, refused }: { hasToolCalls: boolean; refused: boolean },
): FinishReason {
  if (response.status === 'incomplete') {
    const details = isRecord(response.incomplete_details) ? response.incomplete_details : {};
    return mapFinishReason(details.reason, false) === 'content_filter' ? 'content_filter' : 'length';
  }
  if (refused) return 'content_filter';
  return plainEnd(hasToolCalls);
}
