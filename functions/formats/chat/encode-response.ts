import type { ChatCompletion } from '../pivot/chat-completion.ts';
import type { AnswerBill, AnswerHead } from '../shared/answer.ts';
import { encodeUsage } from './encode-usage.ts';
import { fingerprintOf } from './fingerprint-of.ts';
import { hideReasoning } from './hide-reasoning.ts';
import { withReasoningContent } from './with-reasoning-content.ts';

/** A whole chat completion as clients get it. Fields of the upstream that the router has never heard of stay. */
export function encodeCompletion(
  completion: ChatCompletion,
  { id, created, model, provider, auto, fingerprint }: AnswerHead,
  bill: AnswerBill,
  showReasoning: boolean,
): string {
  const shown = showReasoning ? withReasoningContent : hideReasoning;
  const choices = completion.choices.map((choice) => ({ ...choice, message: shown(choice.message) }));
  return JSON.stringify({
    ...completion,
    id,
    created,
    model,
    // As OpenRouter's clients read it.
    provider,
    system_fingerprint: fingerprintOf(completion) ?? fingerprint,
    // As Mesh API's clients read it.
    ...(auto ? { x_auto_routed: true, x_resolved_model_id: model } : {}),
    object: 'chat.completion',
    choices,
    usage: encodeUsage(bill.usage, bill.usd),
    cost: bill.usd,
    mesh: bill.mesh,
  });
}
