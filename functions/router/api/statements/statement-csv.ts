import { formatRate } from '../../../core/money/fx.ts';
import { formatAmount } from '../../../core/money/money.ts';
import { type Cell, toCsvLine } from '../usage/csv.ts';
import type { Statement } from './read-statement.ts';

const columns = [
  ...['kind', 'at', 'id', 'reference', 'reason', 'model', 'provider', 'requests', 'prompt_tokens', 'completion_tokens'],
  ...['amount', 'currency', 'usd', 'inr'],
] as const;
type CsvRow = Partial<Record<(typeof columns)[number], Cell>>;

/** A statement as CSV: the amounts of all rows but the last add up to that of the last, for charges are taken away. */
export function toStatementCsv(statement: Statement): string {
  const { currency, range, opening, closing, lines, charges, rates } = statement;
  const rows: CsvRow[] = [
    ...rates.map(({ rate, asOf, source }) => ({
      kind: 'rate',
      at: asOf,
      reference: source,
      usd: '1',
      inr: formatRate(rate),
    })),
    { kind: 'opening', at: range.start.toISOString(), amount: formatAmount(opening), currency },
    ...lines.map(({ kind, createdAt, id, reference, reason, amount }) => ({
      kind,
      at: createdAt.toISOString(),
      id,
      reference,
      reason,
      amount: formatAmount(amount),
      currency,
    })),
    ...unlisted(statement),
    ...charges.map(({ names: [model = null, provider = null], sums }) => ({
      kind: 'charges',
      model,
      provider,
      requests: Number(sums.requests),
      prompt_tokens: Number(sums.input_tokens),
      completion_tokens: Number(sums.output_tokens),
      amount: formatAmount(-sums.amount),
      currency,
      usd: formatAmount(-sums.usd),
      inr: formatAmount(-sums.inr),
    })),
    { kind: 'closing', at: range.end.toISOString(), amount: formatAmount(closing), currency },
  ];
  return [columns, ...rows.map((row) => columns.map((name) => row[name] ?? null))].map(toCsvLine).join('');
}

/** What the lines that are not listed come to, so that it adds up all the same. */
function unlisted({ lines, sums, truncated, currency }: Statement): CsvRow[] {
  if (!truncated) return [];
  const listed = lines.reduce((sum, { amount }) => sum + amount, 0n);
  const all = sums.topup + sums.adjustment + sums.refund;
  return [{ kind: 'others', amount: formatAmount(all - listed), currency }];
}
