import { formatExactly, toNanos } from '../format/format-money.ts';
import type { Usage } from '../state/replies.ts';
import { Chart } from './chart.tsx';

const DAY_S = 86_400;

/** What was spent on each day of a time, in dollars; days without anything are days too. */
export function SpendByDay({ usage }: { usage: Usage }) {
  const byDay = new Map<number, bigint>();
  for (const { day, cost_usd } of usage.data) {
    if (day === undefined) continue;
    const at = Date.parse(day) / 1000;
    byDay.set(at, (byDay.get(at) ?? 0n) + (toNanos(cost_usd) ?? 0n));
  }
  const last = Math.floor(Date.parse(usage.end) / 1000 / DAY_S - 1e-6) * DAY_S;
  const first = Math.min(last - 6 * DAY_S, ...byDay.keys());
  if (byDay.size === 0) return null;
  const times = Array.from({ length: (last - first) / DAY_S + 1 }, (_, at) => first + at * DAY_S);
  return (
    <Chart
      label="Spend by day, in dollars"
      times={times}
      values={times.map((at) => Number(byDay.get(at) ?? 0n) / 1e9)}
      format={(value) => formatExactly(value.toFixed(9), 'USD')}
    />
  );
}
