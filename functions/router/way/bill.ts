import type { Posted } from '../../core/leases/post-hold.ts';
import type { Hold } from '../../core/ledger/holds.ts';
import { formatRate, inBothCurrencies, picoUsdToNanos } from '../../core/money/fx.ts';
import { formatAmount } from '../../core/money/money.ts';
import { costOf, type PicoUsd } from '../../core/money/price.ts';
import type { InputMeasure } from '../../core/routing/quote.ts';
import type { Fields } from '../../core/store/documents.ts';
import type { AnswerBill } from '../../formats/shared/answer.ts';
import { type Ask, explain } from './ask.ts';
import { type BilledUsage, billedUsage, type Delivery } from './delivery.ts';
import { describeAttempts } from './failure-facts.ts';
import { requestFacts } from './request-facts.ts';
import type { AttemptRecord } from './try-in-order.ts';

export interface Bill extends BilledUsage {
  /** Exact, in 10⁻¹² USD. */
  cost: PicoUsd;
}

/** What a delivery costs, at the price of the endpoint that served it. `doubted`: whether its reports are. */
export function makeBill(delivery: Delivery, input: InputMeasure, doubted: boolean): Bill {
  const billed = billedUsage(delivery, input, doubted);
  return { ...billed, cost: costOf(billed.usage, delivery.candidate.endpoint.price) };
}

/** What the entry and the event remember of a request: ids, counts and times, never content. */
export function billFacts(
  ask: Ask,
  requestedModel: string,
  { candidate, outcome, error, streamed, beganAt, finishReason }: Delivery,
  { usage, basis }: Bill,
  attempts: readonly AttemptRecord[],
  totalMs: number,
): Fields {
  const { endpoint } = candidate;
  return {
    ...requestFacts(ask, requestedModel, streamed),
    model: endpoint.modelId,
    endpoint: endpoint.id,
    provider: endpoint.provider,
    region: endpoint.region,
    own_key: endpoint.ownKey,
    outcome,
    finish_reason: outcome === 'spend_limit' ? 'length' : (finishReason ?? undefined),
    basis,
    input_tokens: BigInt(usage.input),
    cache_read_tokens: BigInt(usage.cacheRead),
    cache_write_tokens: BigInt(usage.cacheWrite + usage.cacheWrite1h),
    output_tokens: BigInt(usage.output),
    reasoning_tokens: BigInt(usage.reasoning),
    // As its client saw it, whatever was tried before; a whole answer comes all at once.
    first_token_ms: BigInt(Math.round(beganAt === null ? totalMs : beganAt - ask.startedAt)),
    total_ms: BigInt(Math.round(totalMs)),
    error: error?.code,
    provider_code: error?.providerCode,
    // The last attempt began well; whether it ended well is known only now.
    attempts: describeAttempts(attempts, error),
  };
}

/** The bill as the client reads it. `posting` is null where the charge was not confirmed in time. */
export function describeBill(
  ask: Ask,
  { usage, basis, cost }: Bill,
  { outcome }: Delivery,
  { currency, fx }: Hold,
  posting: Posted | null,
  routing: object | null,
  totalMs: number,
): AnswerBill {
  const amount = posting?.amount ?? picoUsdToNanos(cost, currency, fx);
  const { usd, inr } = inBothCurrencies(amount, currency, cost, fx);
  return {
    usage,
    usd: formatAmount(usd),
    mesh: {
      request_id: ask.id,
      cost: {
        currency,
        amount: formatAmount(amount),
        usd: formatAmount(usd),
        inr: formatAmount(inr),
        fx_rate: formatRate(fx.rate),
        fx_as_of: fx.asOf,
        basis,
      },
      total_ms: Math.round(totalMs),
      settled: posting !== null,
      // Why an answer ends before it was finished, where its client could change that.
      ...(outcome === 'spend_limit' ? { stopped: outcome } : {}),
      routing,
      ...explain(ask),
    },
  };
}
