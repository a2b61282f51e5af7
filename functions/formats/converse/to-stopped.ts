import type { CompletionChoice } from '../pivot/chat-completion.ts';
import { isRecord } from '../shared/is-record.ts';

/** The stop sequence that an answer came to, as the models say it that do; it was asked for by its path. */
export function toStopped(fields: unknown): Pick<CompletionChoice, 'stop_reason'> {
  const said = isRecord(fields) ? fields.stop_sequence : null;
  return typeof said === 'string' ? { stop_reason: said } : {};
}
