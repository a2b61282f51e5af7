import { latencyAt } from '../../../core/ledger/latency-counts.ts';
import { addSums, noSums, type Rollup, type Sums } from '../../../core/ledger/rollups.ts';
import { type Currency, formatAmount } from '../../../core/money/money.ts';
import type { Document } from '../../../core/store/documents.ts';
import { type Cell, toCsvLine } from './csv.ts';
import { toMetadata } from './encode-event.ts';
import { type EntryGroup, type Group, isEntryGroup, isTime } from './usage-groups.ts';

/** Usage of one day or hour; of one request where it was read from that, which is `entry` then. */
export type Used = Rollup & { readonly entry?: Document };

/** What was used by all that a row's names have in common. Money of two currencies is never in one row. */
export interface Row {
  /** In the order of the groups; null where a request says nothing of it. */
  names: readonly (string | null)[];
  currency: Currency;
  sums: Sums;
}

/** Adds up what belongs together. In the order in which rows are answered: the newest first, and of one time what cost most. */
export async function toRows(used: AsyncIterable<Used>, groups: readonly Group[]): Promise<Row[]> {
  const rows = new Map<string, Row>();
  for await (const each of used) {
    const names = groups.map((group) => nameOf(each, group));
    const { currency } = each;
    const id = rowId({ names, currency });
    rows.set(id, { names, currency, sums: addSums(rows.get(id)?.sums ?? noSums, each) });
  }
  const times = groups.flatMap((group, at) => (isTime(group) ? [at] : []));
  return [...rows.values()].sort((a, b) => compareRows(a, b, times));
}

/** What rows of two times have in common that are about the same. */
export function rowId({ names, currency }: Pick<Row, 'names' | 'currency'>): string {
  return JSON.stringify([currency, ...names]);
}

/** All rows together. */
export function totalOf(rows: readonly Row[]): Sums {
  return rows.reduce((sums, row) => addSums(sums, row.sums), noSums);
}

function compareRows(a: Row, b: Row, times: readonly number[]): number {
  for (const at of times) {
    const order = compare(b.names[at] ?? '', a.names[at] ?? '');
    if (order !== 0) return order;
  }
  return compare(b.sums.usd, a.sums.usd) || compare(a.names.join('\n'), b.names.join('\n'));
}

function compare<T extends string | bigint>(a: T, b: T): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function nameOf(used: Used, group: Group): string | null {
  if (isEntryGroup(group)) return used.entry === undefined ? null : factOf(used.entry, group);
  switch (group) {
    case 'day':
      return used.period.slice(0, 10);
    case 'hour':
      return `${used.period}:00:00Z`;
    case 'key':
      return used.keyId;
    default:
      return used[group];
  }
}

function factOf({ data }: Document, group: EntryGroup): string | null {
  if (group.startsWith('metadata.')) {
    const kept = toMetadata(data.metadata) ?? {};
    const name = group.slice('metadata.'.length);
    return Object.hasOwn(kept, name) ? (kept[name] ?? null) : null;
  }
  const value = data[group === 'status' ? 'outcome' : group];
  return typeof value === 'string' ? value : null;
}

export function encodeSums(sums: Sums) {
  return {
    requests: Number(sums.requests),
    errors: Number(sums.errors),
    prompt_tokens: Number(sums.input_tokens),
    completion_tokens: Number(sums.output_tokens),
    total_tokens: Number(sums.input_tokens + sums.output_tokens),
    cached_tokens: Number(sums.cache_read_tokens),
    cache_write_tokens: Number(sums.cache_write_tokens),
    reasoning_tokens: Number(sums.reasoning_tokens),
    cost_usd: formatAmount(sums.usd),
    cost_inr: formatAmount(sums.inr),
  };
}

export function encodeRow({ names, currency, sums }: Row, groups: readonly Group[]) {
  return {
    ...Object.fromEntries(groups.map((group, at) => [group, names[at]])),
    ...encodeSums(sums),
    amount: formatAmount(sums.amount),
    currency,
  };
}

/** All rows together; `amount` only where they are all of one currency. */
export function encodeTotal(rows: readonly Row[]) {
  const total = totalOf(rows);
  const [currency = null, ...others] = new Set(rows.map((row) => row.currency));
  const isOne = currency !== null && others.length === 0;
  return {
    ...encodeSums(total),
    amount: isOne ? formatAmount(total.amount) : null,
    currency: isOne ? currency : null,
  };
}

/** How long requests took to their first token, the faster half of them and all but the slowest twentieth. Milliseconds. */
export function encodeLatency({ first_tokens }: Sums) {
  return { first_token_p50_ms: latencyAt(first_tokens, 0.5), first_token_p95_ms: latencyAt(first_tokens, 0.95) };
}

/** `more`: what else is said of a row, under a name. */
export function toCsv(
  groups: readonly Group[],
  rows: readonly Row[],
  more: Readonly<Record<string, (row: Row) => Cell>> = {},
): string {
  const header = [...groups, ...Object.keys(encodeSums(noSums)), 'amount', 'currency', ...Object.keys(more)];
  const cells = rows.map((row): Cell[] => [
    ...row.names,
    ...Object.values(encodeSums(row.sums)),
    formatAmount(row.sums.amount),
    row.currency,
    ...Object.values(more).map((of) => of(row)),
  ]);
  return [header, ...cells].map(toCsvLine).join('');
}
