import type { Usage } from '../../core/money/usage.ts';
import type { AnswerBill } from '../shared/answer.ts';

/** The counters of the Responses API. */
export function encodeUsage({ input, cacheRead, cacheWrite, cacheWrite1h, output, reasoning }: Usage) {
  return {
    input_tokens: input,
    input_tokens_details: { cached_tokens: cacheRead, cache_write_tokens: cacheWrite + cacheWrite1h },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: reasoning },
    total_tokens: input + output,
  };
}

/** What a response says of its price. `cost` in the counters is a number, as beside chat's. */
export function encodeBill({ usage, usd, mesh }: AnswerBill) {
  return { usage: { ...encodeUsage(usage), cost: Number(usd) }, cost: usd, mesh };
}
