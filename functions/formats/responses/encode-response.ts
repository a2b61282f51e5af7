import type { ChatCompletion, ChunkDelta, CompletionMessage } from '../pivot/chat-completion.ts';
import type { AnswerBill, AnswerHead } from '../shared/answer.ts';
import { interleave } from '../shared/interleave.ts';
import { carryingId } from './carriers.ts';
import { encodeBill } from './encode-usage.ts';
import { outcomeOf } from './outcome-of.ts';
import { OutputItems } from './output-items.ts';
import type { ResponsesRequest } from './parse-request.ts';
import { responseObject } from './response-object.ts';

/** A whole answer of any format as a response. Its items' ids carry them, unless the caller sends items themselves. */
export function encodeResponse(
  { choices }: ChatCompletion,
  request: ResponsesRequest,
  head: AnswerHead,
  bill: AnswerBill,
): string {
  const items = new OutputItems(head.id, request, () => {});
  const [choice] = choices;
  const outcome = outcomeOf(choice?.finish_reason ?? null, Boolean(choice?.message.refusal));
  if (choice !== undefined) {
    const [first, ...others] = deltasOf(choice.message);
    if (first !== undefined) items.take(first, choice.logprobs);
    for (const delta of others) items.take(delta, delta.content ? choice.logprobs : null);
  }
  items.end(outcome.status);
  const { refers, seal } = request;
  const response = responseObject(request, head);
  return JSON.stringify({
    ...response,
    status: outcome.status,
    ...(outcome.status === 'completed' ? { completed_at: response.created_at } : {}),
    incomplete_details: outcome.reason === null ? null : { reason: outcome.reason },
    output: items.done.map(({ shown, carried }) => {
      const id = refers ? carryingId(carried, seal) : null;
      return id === null ? shown : { ...shown, id };
    }),
    ...encodeBill(bill),
  });
}

/** The parts of a message in the order that they were said in, each as a stream would bring it. */
function deltasOf({
  content,
  refusal,
  annotations,
  tool_calls,
  reasoning,
  reasoning_details,
}: CompletionMessage): ChunkDelta[] {
  const said: ChunkDelta = {
    ...(content ? { content } : {}),
    ...(refusal ? { refusal } : {}),
    ...(annotations === undefined ? {} : { annotations }),
  };
  const calls = (tool_calls ?? []).map((call, index): ChunkDelta => ({ tool_calls: [{ ...call, index }] }));
  const others = Object.keys(said).length > 0 ? [said, ...calls] : calls;
  if (reasoning_details === undefined || reasoning_details.length === 0) {
    return reasoning ? [{ reasoning }, ...others] : others;
  }
  const thoughts = reasoning_details.map((detail) => ({
    index: detail.index ?? null,
    part: { reasoning_details: [detail] } as ChunkDelta,
  }));
  return interleave(thoughts, others);
}
