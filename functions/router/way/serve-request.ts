import type { Candidate } from '../../core/routing/quote.ts';
import { type ParsedBody, parseChatRequest } from '../../formats/chat/parse-request.ts';
import { authenticate } from '../access/authenticate.ts';
import type { Key } from '../access/key-cache.ts';
import { requestDefaults } from '../access/request-defaults.ts';
import { type Call, ClientGone } from '../http/call.ts';
import { readJson } from '../http/read-body.ts';
import { measureChat } from '../operations/shared/measure-chat.ts';
import { admit } from './admit.ts';
import { openAnswer } from './answer.ts';
import { billFacts, describeBill, makeBill } from './bill.ts';
import { choose } from './choose.ts';
import { withDeadline } from './deadline.ts';
import { abandonedDelivery, type Delivery } from './delivery.ts';
import { failedRequest } from './failed-request.ts';
import { type Output, toClient } from './output.ts';
import { reportAnswer } from './report/report-answer.ts';
import { routingFacts, routingHeaders } from './routing-facts.ts';
import type { Services } from './services.ts';
import { ABORTED, type AttemptRecord, attemptInOrder, concludeAttempt } from './try-in-order.ts';

/**
 * `POST /v1/chat/completions`, from the key to the charge:
 *
 *     authenticate → parse → choose endpoints → rates and hold → attempt in order → deliver → post → last frame
 *
 * Nothing is sent upstream before the money for it is held, and nothing reaches the client before the hold is in the store.
 * The admission taken here is resolved here, by exactly one post or one void. A failure before the first byte voids it. From
 * then on the delivery says what the client got, and that is what is posted, however it ended.
 */
export async function complete(call: Call, services: Services): Promise<void> {
  const key = await authenticate(call, services.keys);
  const body = parseChatRequest(await readJson(call), requestDefaults(call, key));
  await serveChat(call, key, body, toClient(call), services);
}

/** The way of one chat request, once it is known whose it is. */
export async function serveChat(
  call: Call,
  key: Key,
  body: ParsedBody,
  output: Output,
  services: Services,
): Promise<void> {
  const { health, clock } = services;
  const input = measureChat(body.chat);
  const plan = choose(body.chat, input, key, services.catalogue(), health);
  call.decision = plan.explain;
  const admission = await admit(call, key, body, plan.candidates, input, services);
  const { candidates, hold } = admission;

  const records: AttemptRecord[] = [];
  call.attempts = records;
  const routing = () => routingFacts(records, plan.model.id, plan.auto);
  const answer = openAnswer(call, body, output, services, () => routingHeaders(routing(), services.region));
  const signal = withDeadline(call, body.chat.timeout ?? null);
  const attempt = (candidate: Candidate, patienceMs: number) => answer.attempt(candidate, patienceMs, signal);

  let delivery: Delivery;
  try {
    const streams = body.chat.stream === true;
    await attemptInOrder({ candidates, key: key.id, attempt, records, health, clock, signal, streams });
    await admission.confirmed();
    delivery = await answer.deliver(admission.meter);
  } catch (error) {
    answer.abandon();
    const last = records.at(-1);
    last?.pass.dropped();
    if (!(error instanceof ClientGone) || last?.outcome !== ABORTED) {
      await admission.void(failedRequest(call, key, plan.model.id, error, records, services.now()));
      throw error;
    }
    // The client left while an endpoint was at work, which bills us the input.
    delivery = abandonedDelivery(last.candidate);
  }
  concludeAttempt(records.at(-1), delivery, health);

  const bill = makeBill(delivery, input);
  const totalMs = clock.monotonic() - call.startedAt;
  const facts = billFacts(call, plan.model.id, delivery, bill, records, totalMs);
  const posting = await admission.post(
    { cost: bill.cost, facts, trace: call.span?.context ?? null },
    bill.usage.input + bill.usage.output,
  );
  if (delivery.outcome !== 'client_gone') {
    answer.finish(delivery, describeBill(call, bill, delivery, hold, posting, routing(), totalMs));
  }
  reportAnswer(services, call, { facts, delivery, bill, posting, totalMs });
}
