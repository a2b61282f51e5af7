import { callersTraces } from '../../core/ledger/callers-traces.ts';
import { formatDecimal } from '../../core/money/money.ts';
import type { Log, LogFields } from '../../platform/log.ts';
import type { Ask } from '../way/ask.ts';
import type { AnswerReport } from '../way/reporter.ts';

/** Bills are in 10⁻¹² USD. */
const PICO_DECIMALS = 12;

/** One line for a request that was charged: the entry's facts that are plain values, but for what a caller may have erased. `trace`: the fields it is found with. */
export function logAnswer(log: Log, ask: Ask, { facts, posting, bill }: AnswerReport, trace: LogFields): void {
  const cost_usd = formatDecimal(bill.cost, PICO_DECIMALS);
  // Copied at once: to add some thirty fields one by one costs four times as much.
  const fields: Record<string, unknown> = {
    request_id: ask.id,
    settled: posting !== null,
    cost_usd,
    ...facts,
    ...trace,
  };
  if (posting?.lost) fields.lost = true;
  for (const name in facts) {
    const value = facts[name];
    if (typeof value === 'bigint') fields[name] = Number(value);
    else if (typeof value === 'object' && value !== null) fields[name] = undefined;
  }
  for (const name of callersTraces) fields[name] = undefined;
  log.info('answered', fields as LogFields);
}
