import type { ChatCompletion } from '../pivot/chat-completion.ts';
import type { AnswerBill, AnswerHead } from '../shared/answer.ts';
import { encodeUsage } from './encode-usage.ts';
import { hideReasoning } from './hide-reasoning.ts';

/** A whole chat completion as clients get it. Fields of the upstream that the router has never heard of stay. */
export function encodeCompletion(
  completion: ChatCompletion,
  { id, created, model, auto }: AnswerHead,
  bill: AnswerBill,
  showReasoning: boolean,
): string {
  const choices = showReasoning
    ? completion.choices
    : completion.choices.map((choice) => ({ ...choice, message: hideReasoning(choice.message) }));
  return JSON.stringify({
    system_fingerprint: null,
    ...completion,
    id,
    created,
    model,
    // As Mesh API's clients read it.
    ...(auto ? { x_auto_routed: true, x_resolved_model_id: model } : {}),
    object: 'chat.completion',
    choices,
    usage: encodeUsage(bill.usage, bill.usd),
    cost: bill.usd,
    mesh: bill.mesh,
  });
}
