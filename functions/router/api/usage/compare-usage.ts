import type { Sums } from '../../../core/ledger/rollups.ts';
import { formatAmount } from '../../../core/money/money.ts';
import type { Range } from './range.ts';
import { type Group, isTime } from './usage-groups.ts';
import { encodeTotal, type Row, rowId, totalOf } from './usage-rows.ts';

/** The time right before another one, as long as that. */
export function rangeBefore({ start, end }: Range): Range {
  return { start: new Date(2 * start.getTime() - end.getTime()), end: start };
}

/** What was used in the time before, and by how many per cent it is more now. */
export function encodePrevious({ start, end }: Range, now: readonly Row[], before: readonly Row[]) {
  const [sums, earlier] = [totalOf(now), totalOf(before)];
  return {
    start: start.toISOString(),
    end: end.toISOString(),
    total: encodeTotal(before),
    change_percent: {
      requests: percentOf(sums.requests, earlier.requests),
      total_tokens: percentOf(tokensOf(sums), tokensOf(earlier)),
      cost_usd: percentOf(sums.usd, earlier.usd),
    },
  };
}

/** What each row cost in the time before, in dollars; null where rows have times of their own, which were not then. */
export function costsBefore(before: readonly Row[], groups: readonly Group[]): ((row: Row) => string) | null {
  if (groups.some(isTime)) return null;
  const costs = new Map(before.map((row) => [rowId(row), row.sums.usd]));
  return (row) => formatAmount(costs.get(rowId(row)) ?? 0n);
}

function tokensOf({ input_tokens, output_tokens }: Sums): bigint {
  return input_tokens + output_tokens;
}

/** To one decimal; null where there was nothing. */
function percentOf(now: bigint, before: bigint): number | null {
  return before === 0n ? null : Number(((now - before) * 1_000n) / before) / 10;
}
