import { parseChatRequest } from '../formats/chat/parse-chat-request.ts';
import { admit } from './admit.ts';
import { openAnswer } from './answer.ts';
import { ABORTED, type AttemptRecord, attemptInOrder } from './attempt.ts';
import { authenticate } from './authenticate.ts';
import { billFacts, describeBill, makeBill } from './bill.ts';
import { type Call, ClientGone } from './call.ts';
import { choose } from './choose.ts';
import { withDeadline } from './deadline.ts';
import { abandonedDelivery, type Delivery } from './delivery.ts';
import { logAnswer } from './log-answer.ts';
import { measureChat } from './measure-chat.ts';
import { readJson } from './read-json.ts';
import type { Router } from './router.ts';
import { routingFacts, routingHeaders } from './routing-facts.ts';

/**
 * `POST /v1/chat/completions`, from the key to the charge:
 *
 *     authenticate → parse → choose endpoints → rates and hold → attempt in order → deliver → post → last frame
 *
 * Nothing is sent upstream before the money for it is held, and nothing reaches the client before the hold is in the store.
 * The admission taken here is resolved here, by exactly one post or one void. A failure before the first byte voids it. From
 * then on the delivery says what the client got, and that is what is posted, however it ended.
 */
export async function complete(call: Call, router: Router): Promise<void> {
  const key = await authenticate(call, router.keys);
  const body = parseChatRequest(await readJson(call), key.defaults);
  const input = measureChat(body.chat);
  const plan = choose(body.chat, input, key, router.catalogue());
  const admission = await admit(call, key, body, plan.candidates, input, router);
  const { candidates, hold } = admission;

  const attempts: AttemptRecord[] = [];
  const routing = () => routingFacts(attempts, plan.model.id);
  const answer = openAnswer(call, body, router, () => routingHeaders(routing(), router.region));
  const signal = withDeadline(call, body.chat.timeout ?? null);

  let delivery: Delivery;
  try {
    await attemptInOrder(candidates, (candidate) => answer.attempt(candidate, signal), attempts, router.clock, signal);
    await admission.confirmed();
    delivery = await answer.deliver(admission.meter);
  } catch (error) {
    answer.abandon();
    const wasAtWork = error instanceof ClientGone && attempts.at(-1)?.outcome === ABORTED;
    const asked = wasAtWork ? candidates[attempts.length - 1] : undefined;
    if (asked === undefined) {
      await admission.void();
      throw error;
    }
    // The client left while an endpoint was at work, which bills us the input.
    delivery = abandonedDelivery(asked);
  }

  const bill = makeBill(delivery, input);
  const facts = billFacts(call, plan.model.id, delivery, bill, attempts, router.clock.monotonic() - call.startedAt);
  const posting = await admission.post({ cost: bill.cost, facts }, bill.usage.input + bill.usage.output);
  if (delivery.outcome !== 'client_gone') {
    answer.finish(delivery, describeBill(call, bill, delivery, hold, posting, routing()));
  }
  logAnswer(router.log, call, facts, posting);
}
