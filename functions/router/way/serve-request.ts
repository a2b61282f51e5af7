import { ClientGone } from '../../core/client-gone.ts';
import type { Candidate } from '../../core/routing/quote.ts';
import { admit } from './admit.ts';
import type { Answer } from './answer.ts';
import type { Ask } from './ask.ts';
import { billFacts, describeBill, makeBill } from './bill.ts';
import { choose } from './choose.ts';
import { isCallerTimeout, withCost, withDeadline } from './deadline.ts';
import { abandonedDelivery, type Delivery } from './delivery.ts';
import { failureFacts } from './failure-facts.ts';
import { openAnswer } from './open-answer.ts';
import type { Operation, Parsed } from './operation.ts';
import type { Output } from './output.ts';
import { recallSession } from './recall-session.ts';
import { routingFacts, routingHeaders } from './routing-facts.ts';
import type { Services } from './services.ts';
import { ABORTED, type AttemptRecord, attemptInOrder, concludeAttempt } from './try-in-order.ts';

/**
 * The way of every request that is paid for, from what it needs to the charge, whatever its format:
 *
 *     choose endpoints → rates and hold → attempt in order → deliver → post → last frames
 *
 * Whose it is was found out before: an `Ask` has a key. Nothing is sent upstream before the money for it is held, and nothing
 * reaches the client before the hold is in the store. The admission taken here is resolved here, by exactly one post or one
 * void. A failure before the first byte voids it. From then on the delivery says what the client got, and that is what is
 * posted, however it ended.
 */
export async function serveRequest<Request, Frame, Whole>(
  ask: Ask,
  operation: Operation<Request, Frame, Whole>,
  parsed: Parsed<Request>,
  output: Output,
  services: Services,
): Promise<void> {
  const { health, clock, reporter } = services;
  const { request, user } = parsed;
  if (user) ask.endUser = services.hashUser(ask.key.ownerId, user);
  const needs = await operation.needs(request, ask.key);
  const session = await recallSession(ask, needs, services);
  const plan = choose(
    needs,
    (endpoint) => operation.exchange(request, ask, endpoint) !== null,
    ask.key,
    services.catalogueOf(ask.key),
    health,
    session?.home,
  );
  ask.decision = plan;
  const askedAt = clock.monotonic();
  const admission = await admit(ask, parsed, plan.candidates, needs, services);
  ask.queueMs = askedAt - ask.startedAt;
  ask.holdMs = clock.monotonic() - askedAt;
  const { candidates, hold } = admission;

  const records: AttemptRecord[] = [];
  ask.attempts = records;
  const routing = () => routingFacts(records, plan.model.id, plan.auto, ask.key.providerKeys.length > 0);
  const headers = () => ({
    ...routingHeaders(routing(), services.region),
    ...operation.surface.capHeaders?.(hold.caps()),
    ...operation.headers?.(request, records.at(-1)?.endpoint ?? null),
  });
  const answer: Answer = openAnswer({ ask, operation, parsed }, needs.input, plan.auto, output, headers, services);
  using deadline = withDeadline(ask.gone, parsed.timeoutMs);
  const { signal } = deadline;
  const attempt = (candidate: Candidate, patienceMs: number) => answer.attempt(candidate, patienceMs, signal);

  const { coolsAt } = plan;
  const streams = parsed.streamType !== null;
  let delivery: Delivery;
  let givenUp: unknown = null;
  try {
    await attemptInOrder({ candidates, key: ask.key.id, attempt, records, health, clock, signal, streams, coolsAt });
    await admission.confirmed();
    delivery = await answer.deliver(admission.meter, admission.passed);
  } catch (error) {
    answer.abandon();
    const last = records.at(-1);
    last?.pass.dropped();
    const isCallers = error instanceof ClientGone || isCallerTimeout(error);
    if (!isCallers || last?.outcome !== ABORTED) {
      const took = { streamed: streams, totalMs: clock.monotonic() - ask.startedAt };
      await admission.void(failureFacts(ask, plan.model.id, error, records, took));
      reporter.failed(ask);
      throw error;
    }
    // The client left, or its own timeout passed, while an endpoint was at work, which bills us the input.
    givenUp = error;
    delivery = { ...abandonedDelivery(last.candidate, isCallerTimeout(error) ? error : null), streamed: streams };
  }
  concludeAttempt(records.at(-1), delivery, health);

  const { endpoint, choices } = delivery.candidate;
  const bill = makeBill(delivery, needs.input, services.doubts.has(endpoint.id));
  // What an owner's own provider answers says nothing of ours.
  const isOurs = endpoint.ownKey === undefined;
  if (isOurs && bill.cut && delivery.usage !== null) services.doubtReports(endpoint, ask.id, delivery.usage);
  if (delivery.outcome === 'finished') {
    if (isOurs) services.answers.note(endpoint.modelId, bill.usage.output / choices);
    session?.served(endpoint, bill.usage, plan);
  }
  const totalMs = clock.monotonic() - ask.startedAt;
  const facts = billFacts(ask, plan.model.id, delivery, bill, records, totalMs);
  const posting = await admission.post(
    { cost: bill.cost, facts, trace: ask.span?.context ?? null },
    bill.usage.input + bill.usage.output,
  );
  const told = describeBill(ask, bill, delivery, hold, posting, routing(), totalMs);
  if (givenUp === null) answer.finish(delivery, told);
  reporter.answered(ask, { facts, delivery, bill, posting, totalMs });
  if (isCallerTimeout(givenUp)) throw withCost(givenUp, told);
}
