import { z } from 'zod';
import { MeshError } from '../../../core/errors.ts';
import { addSums, type Grain, noSums, type Rollup, type Sums } from '../../../core/ledger/rollups.ts';
import { type Currency, formatAmount } from '../../../core/money/money.ts';
import { toOwnerId, toReader } from '../../access/actor.ts';
import type { Call } from '../../http/call.ts';
import { parseBody } from '../../http/parse-body.ts';
import type { Reply } from '../../http/route.ts';
import type { Services } from '../../way/services.ts';
import { readAsRollups } from './add-up-entries.ts';
import { type Cell, sendCsv, toCsvLine, wantsCsv } from './csv.ts';
import { entryFilterFields, toEntryFilter } from './entry-filter.ts';
import { DAY_MS, type Range, rangeFields, toRange, widen } from './range.ts';
import { readRollups, stepOf } from './read-rollups.ts';

/** The longest time that is answered by the hour. */
export const MAX_HOURLY_DAYS = 31;
export const DEFAULT_ROWS = 1_000;
export const MAX_ROWS = 10_000;
const MAX_NAME = 256;

const groups = ['day', 'hour', 'model', 'provider', 'key'] as const;
type Group = (typeof groups)[number];
const name = z.string().min(1).max(MAX_NAME).optional();

export const usageBody = z.strictObject({
  ...rangeFields,
  group_by: z.array(z.enum(groups)).max(groups.length).default(['day']),
  owner_id: name,
  key_id: name,
  model: name,
  provider: name,
  ...entryFilterFields,
  /** Of the rows; what is added up in `total` is never less than everything. */
  limit: z.int().min(1).max(MAX_ROWS).default(DEFAULT_ROWS),
  format: z.enum(['json', 'csv']).optional(),
});
type UsageBody = z.output<typeof usageBody>;

/** What was used by all that a row's names have in common. Money of two currencies is never in one row. */
interface Row {
  names: readonly string[];
  currency: Currency;
  sums: Sums;
}

/** `POST /v1/usage`: what was used, added up. With an inference key its own owner's usage, with the admin key anybody's. */
export async function queryUsage(call: Call, services: Services): Promise<Reply | undefined> {
  const reader = await toReader(call, services);
  const body = await parseBody(call, usageBody);
  const ownerId = await toOwnerId(services, reader, body.owner_id);
  const grain: Grain = body.group_by.includes('hour') ? 'hour' : 'day';
  const range = widen(toRange(body, services.now()), stepOf[grain]);
  if (grain === 'hour') checkHours(range);
  const rows = await addUp(services, ownerId, grain, range, body);
  const shown = rows.slice(0, body.limit);
  if (wantsCsv(call, body.format)) {
    await sendCsv(call, toCsv(body.group_by, shown), 'usage', rows.length > shown.length);
    return undefined;
  }
  return {
    status: 200,
    body: {
      start: range.start.toISOString(),
      end: range.end.toISOString(),
      data: shown.map((row) => encodeRow(row, body.group_by)),
      total: encodeTotal(rows),
      truncated: rows.length > shown.length,
    },
  };
}

function checkHours({ start, end }: Range): void {
  if (end.getTime() - start.getTime() <= (MAX_HOURLY_DAYS + 1) * DAY_MS) return;
  const message = `At most ${MAX_HOURLY_DAYS} days can be asked about by the hour.`;
  throw new MeshError('invalid_request_error', { param: 'start', message });
}

/** Rows in the order in which they are answered: the newest first, and of one time what cost most. */
async function addUp(
  { documents }: Services,
  ownerId: string | null,
  grain: Grain,
  range: Range,
  body: UsageBody,
): Promise<Row[]> {
  const { group_by, model, provider } = body;
  const rows = new Map<string, Row>();
  for await (const rollup of readUsage(documents, ownerId, grain, range, body)) {
    if (model !== undefined && rollup.model !== model) continue;
    if (provider !== undefined && rollup.provider !== provider) continue;
    const names = group_by.map((group) => nameOf(rollup, group));
    const { currency } = rollup;
    const id = JSON.stringify([currency, ...names]);
    rows.set(id, { names, currency, sums: addSums(rows.get(id)?.sums ?? noSums, rollup) });
  }
  const times = group_by.flatMap((group, at) => (group === 'day' || group === 'hour' ? [at] : []));
  return [...rows.values()].sort((a, b) => compareRows(a, b, times));
}

/** Usage as it was added up, or, where something is asked for that rollups do not know, the owner's requests one by one. */
function readUsage(
  documents: Services['documents'],
  ownerId: string | null,
  grain: Grain,
  range: Range,
  body: UsageBody,
): AsyncGenerator<Rollup> {
  const keyId = body.key_id ?? null;
  const wanted = toEntryFilter(body);
  if (wanted === null) return readRollups(documents, { ownerId, keyId, grain, range });
  if (ownerId === null) {
    throw new MeshError('invalid_request_error', { param: 'owner_id', message: 'Say whose requests are looked at.' });
  }
  return readAsRollups(documents, { ownerId, keyId, grain, range, wanted });
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

function nameOf(rollup: Rollup, group: Group): string {
  switch (group) {
    case 'day':
      return rollup.period.slice(0, 10);
    case 'hour':
      return `${rollup.period}:00:00Z`;
    case 'key':
      return rollup.keyId;
    default:
      return rollup[group];
  }
}

function encodeSums(sums: Sums) {
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

function encodeRow({ names, currency, sums }: Row, groupBy: readonly Group[]) {
  return {
    ...Object.fromEntries(groupBy.map((group, at) => [group, names[at]])),
    ...encodeSums(sums),
    amount: formatAmount(sums.amount),
    currency,
  };
}

/** All rows together; `amount` only where they are all of one currency. */
function encodeTotal(rows: readonly Row[]) {
  const total = rows.reduce((sums, row) => addSums(sums, row.sums), noSums);
  const [currency = null, ...others] = new Set(rows.map((row) => row.currency));
  const isOne = currency !== null && others.length === 0;
  return {
    ...encodeSums(total),
    amount: isOne ? formatAmount(total.amount) : null,
    currency: isOne ? currency : null,
  };
}

function toCsv(groupBy: readonly Group[], rows: readonly Row[]): string {
  const header = [...groupBy, ...Object.keys(encodeSums(noSums)), 'amount', 'currency'];
  const cells = rows.map((row): Cell[] => [
    ...row.names,
    ...Object.values(encodeSums(row.sums)),
    formatAmount(row.sums.amount),
    row.currency,
  ]);
  return [header, ...cells].map(toCsvLine).join('');
}
