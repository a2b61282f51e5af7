import { formatRate } from '../../../core/money/fx.ts';
import { formatAmount } from '../../../core/money/money.ts';
import { escapeHtml } from '../../http/escape-html.ts';
import type { Statement } from './read-statement.ts';

/** Nothing is loaded and nothing runs: what stands in the page is all of it. */
export const STATEMENT_CSP =
  "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

const STYLE = `
body { font: 15px/1.45 system-ui, sans-serif; max-width: 52rem; margin: 2rem auto; padding: 0 1rem; color: #111; background: #fff }
h1 { font-size: 1.5rem; margin: 0 } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem }
table { border-collapse: collapse; width: 100% } caption { text-align: left }
th, td { text-align: left; padding: .3rem .6rem .3rem 0; border-bottom: 1px solid #ccc; vertical-align: top }
.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap } tfoot td, tfoot th { font-weight: 600 }
@page { margin: 18mm } @media print { body { margin: 0; max-width: none } thead { display: table-header-group } tr { break-inside: avoid } }
`;

/** A statement as a page to be printed. `month`: as it was asked for; `isOver`: whether it cannot change any more. */
export function renderStatement(statement: Statement, month: string, isOver: boolean): string {
  const { ownerId, name, currency, opening, closing, sums, lines, truncated, charges, charged, rates } = statement;
  const money = (nanos: bigint) => `${formatAmount(nanos)} ${currency}`;
  const summary: [string, bigint][] = [
    ['Opening balance', opening],
    ['Topups', sums.topup],
    ['Adjustments', sums.adjustment],
    ['Refunds', sums.refund],
    ['Charges', -charged.amount],
  ];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Statement ${month} · ${escapeHtml(name)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>Statement ${month}</h1>
<p>${escapeHtml(name)} (${escapeHtml(ownerId)})${isOver ? '' : '<br>This month is not over: the figures are those of now.'}</p>
<table>
<tbody>
${summary.map(([label, amount]) => `<tr><th scope="row">${label}</th>${number(money(amount))}</tr>`).join('\n')}
</tbody>
<tfoot><tr><th scope="row">Closing balance</th>${number(money(closing))}</tr></tfoot>
</table>
<h2>Topups, adjustments and refunds</h2>
${table(
  ['Date', 'Kind', 'Reference', 'Reason', ''],
  lines.map(({ createdAt, kind, reference, reason, amount }) => [
    text(createdAt.toISOString().slice(0, 10)),
    text(kind),
    text(reference ?? ''),
    text(reason ?? ''),
    number(money(amount)),
  ]),
)}
${truncated ? `<p>The first ${lines.length} are listed; all are in the sums.</p>` : ''}
<h2>Charges by model</h2>
${table(
  ['Model', 'Provider', 'Requests', 'Tokens in', 'Tokens out', 'USD', 'INR'],
  [...charges, { names: ['All', ''], sums: charged }].map(({ names: [model, provider], sums: of }) => [
    text(model ?? ''),
    text(provider ?? ''),
    ...[of.requests, of.input_tokens, of.output_tokens].map((count) => number(String(count))),
    ...[of.usd, of.inr].map((nanos) => number(formatAmount(nanos))),
  ]),
)}
<h2>Exchange rates that were in force</h2>
${table(
  ['Day', 'Source', 'Rupees per dollar'],
  rates.map(({ asOf, source, rate }) => [text(asOf), text(source), number(formatRate(rate))]),
)}
</body>
</html>
`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return '<p>None.</p>';
  const columns = head.map((name) => `<th scope="col">${name}</th>`).join('');
  return `<table>
<thead><tr>${columns}</tr></thead>
<tbody>
${rows.map((cells) => `<tr>${cells.join('')}</tr>`).join('\n')}
</tbody>
</table>`;
}

function text(value: string): string {
  return `<td>${escapeHtml(value)}</td>`;
}

function number(value: string): string {
  return `<td class="n">${escapeHtml(value)}</td>`;
}
