import { mapFinishReason } from '../shared/finish-reason.ts';
import { isRecord } from '../shared/is-record.ts';

type Fields = Readonly<Record<string, unknown>>;

/** What stands for an end that other formats have no word for. */
const PLAIN = 'STOP';

/**
 * A response to be read for what is counted. A client of Google's knows what became of an answer that ended in a way of Gemini's own,
 * such as a call that is malformed, or one that is new; here it has ended, and was billed.
 */
export function endsInOwnWay(response: Fields): Record<string, unknown> {
  const { candidates } = response;
  if (!Array.isArray(candidates)) return response;
  return {
    ...response,
    candidates: candidates.map((each) => (isRecord(each) && !isKnown(each) ? { ...each, finishReason: PLAIN } : each)),
  };
}

function isKnown({ finishReason }: Fields): boolean {
  try {
    mapFinishReason(finishReason, false);
    return true;
  } catch {
    return false;
  }
}
