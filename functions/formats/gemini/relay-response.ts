import { concealInAnswer } from '../../core/credentials.ts';
import type { Endpoint } from '../../core/endpoints/endpoint.ts';
import type { AnswerBill } from '../shared/answer.ts';
import { factsOfCompletion } from '../shared/chunk-facts.ts';
import type { WholePiece } from '../shared/facts.ts';
import { isRecord } from '../shared/is-record.ts';
import { parseReply } from '../shared/parse-reply.ts';
import { fromResponse } from './from-response.ts';
import { withMore, withOwnFields } from './own-fields.ts';
import { endsInOwnWay } from './relay-ends.ts';
import { failureOf } from './relay-failure.ts';

/** A whole response as it was written. Throws what it says went wrong, and `upstream_error` for what is no response. */
export function readResponse(text: string, endpoint: Endpoint): WholePiece<string> {
  const body = parseReply(text);
  const failed = failureOf(body);
  if (failed !== null) throw failed;
  const completion = fromResponse(isRecord(body) ? endsInOwnWay(body) : body, endpoint);
  const clean = concealInAnswer(body);
  return {
    whole: clean === body ? text : JSON.stringify(clean),
    facts: factsOfCompletion(completion, 'gemini'),
  };
}

/** A response, or a piece of one, with our own id and its model's public name; with the bill, where that is known. */
export function encodeRelayed(
  json: string,
  { id, model }: { id: string; model: string },
  bill: AnswerBill | null = null,
): string {
  const own = withOwnFields(json, { responseId: id, modelVersion: model });
  return bill === null ? own : withMore(own, { cost: bill.usd, mesh: bill.mesh });
}
