import { isRecord } from '../shared/is-record.ts';

const REFUSED = 'The model refused to answer.';

/** What `message.refusal` says of an answer that stopped with `refusal`; null for any other. */
export function toRefusal(stopReason: unknown, stopDetails: unknown): string | null {
  if (stopReason !== 'refusal') return null;
  const explanation = isRecord(stopDetails) ? stopDetails.explanation : null;
  return typeof explanation === 'string' && explanation !== '' ? explanation : REFUSED;
}
