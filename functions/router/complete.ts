import { parseChatRequest } from '../formats/chat/parse-chat-request.ts';
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
import { takeHold } from './take-hold.ts';

/**
 * `POST /v1/chat/completions`, from the key to the charge:
 *
 *     authenticate → parse → choose endpoints → quote and hold → attempt in order → deliver → post → last frame
 *
 * Nothing is sent upstream before the most it can cost is held, and the hold taken here is resolved here, by exactly one
 * post or one void. A failure before the first byte voids it. From then on the delivery says what the client got, and
 * that is what is posted, however it ended.
 */
export async function complete(call: Call, router: Router): Promise<void> {
  const key = await authenticate(call, router.keys);
  const body = parseChatRequest(await readJson(call), key.defaults);
  const input = measureChat(body.chat);
  const { model, candidates } = choose(body.chat, input, key, router.catalogue());
  const hold = await takeHold(call, key, candidates, router);

  const attempts: AttemptRecord[] = [];
  const routing = () => routingFacts(attempts, model.id);
  const answer = openAnswer(call, body, router, () => routingHeaders(routing(), router.region));
  const signal = withDeadline(call, body.chat.timeout ?? null);

  let delivery: Delivery;
  try {
    await attemptInOrder(candidates, (candidate) => answer.attempt(candidate, signal), attempts, router.clock, signal);
    delivery = await answer.deliver();
  } catch (error) {
    const wasAtWork = error instanceof ClientGone && attempts.at(-1)?.outcome === ABORTED;
    const asked = wasAtWork ? candidates[attempts.length - 1] : undefined;
    if (asked === undefined) {
      await router.settler.void(hold);
      throw error;
    }
    // The client left while an endpoint was at work, which bills us the input.
    delivery = abandonedDelivery(asked);
  }

  const bill = makeBill(delivery, input);
  const facts = billFacts(call, model.id, delivery, bill, attempts, router.clock.monotonic() - call.startedAt);
  const posting = await router.settler.post(hold, { cost: bill.cost, facts });
  if (delivery.outcome !== 'client_gone') answer.finish(delivery, describeBill(call, bill, hold, posting, routing()));
  logAnswer(router.log, call, facts, posting !== null);
}
