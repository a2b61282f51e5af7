import { concealInAnswer } from '../../core/credentials.ts';
import type { AnswerBill, AnswerHead } from '../shared/answer.ts';
import { carryingId } from './carriers.ts';
import { encodeBill } from './encode-usage.ts';
import { type Fields, partsOf, recordOf } from './event-fields.ts';
import type { ResponsesRequest } from './parse-request.ts';
import { RelayItems } from './relay-items.ts';
import { responseObject } from './response-object.ts';

/** A whole answer of an upstream of this format as its client gets it. */
export function relayResponse(
  body: unknown,
  request: ResponsesRequest,
  head: AnswerHead,
  issuer: string,
  bill: AnswerBill,
): string {
  const response = concealInAnswer(recordOf(body));
  const items = new RelayItems(request, issuer);
  const shown = items.shownAll(partsOf(response.output).map(([, item]) => item));
  const carried = items.carried();
  const output = shown.map((item, at): Fields => {
    const itself = carried[at];
    const own = itself !== undefined && request.refers ? carryingId(itself, request.seal) : null;
    return own === null ? item : { ...item, id: own };
  });
  const { id, model } = head;
  // Whatever a server leaves out.
  const whole = { ...responseObject(request, head), ...response };
  return JSON.stringify({ ...whole, id, model, store: false, output, ...encodeBill(bill) });
}
