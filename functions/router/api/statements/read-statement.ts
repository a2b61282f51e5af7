import { type Entry, type EntryKind, toEntry } from '../../../core/ledger/entries.ts';
import { toOwnerBalance } from '../../../core/ledger/owners.ts';
import type { Sums } from '../../../core/ledger/rollups.ts';
import { BUILT_IN_RATE, RATES, toRate, USD_INR } from '../../../core/money/exchange-rates.ts';
import type { FxRate } from '../../../core/money/fx.ts';
import type { Currency, Nanos } from '../../../core/money/money.ts';
import type { Document, Documents } from '../../../core/store/documents.ts';
import type { Place } from '../usage/cursor.ts';
import type { Range } from '../usage/range.ts';
import { type EntryPage, readEntries } from '../usage/read-entries.ts';
import { readRollups } from '../usage/read-rollups.ts';
import { type Row, toRows, totalOf } from '../usage/usage-rows.ts';
import { monthsUntil } from './month.ts';

/** Topups, adjustments and refunds of a month that are listed; all of them are in its sums. */
export const MAX_STATEMENT_LINES = 1_000;
/** Lines that are read at once. */
const PAGE = 500;

/** What is no charge: those are kept for a time only, and told by the rollups, which are kept for ever. */
const kinds = ['topup', 'adjustment', 'refund'] as const satisfies readonly EntryKind[];
export type StatementKind = (typeof kinds)[number];

/** What became of an owner's money in a month. Amounts are in the owner's currency. */
export interface Statement {
  ownerId: string;
  name: string;
  currency: Currency;
  range: Range;
  opening: Nanos;
  /** Of each kind together; an adjustment may take away. */
  sums: Readonly<Record<StatementKind, Nanos>>;
  /** The oldest first. */
  lines: readonly Entry[];
  /** Whether there are more of them than are listed. */
  truncated: boolean;
  /** By model and provider, what cost most first; in both currencies, as they were charged. */
  charges: readonly Row[];
  charged: Sums;
  /** `opening` and all sums, without the charges. */
  closing: Nanos;
  /** Rupees per dollar that were in force in that time, the oldest first. */
  rates: readonly FxRate[];
}

/**
 * The statement of a month: everything that was ever put in and charged before it is its opening balance, so what it closes with
 * is what the next one opens with.
 */
export async function readStatement(documents: Documents, owner: Document, range: Range): Promise<Statement> {
  const { ownerId, currency } = toOwnerBalance(owner);
  const [others, before, charges, rates] = await Promise.all([
    readOthers(documents, ownerId, range),
    chargedBefore(documents, ownerId, owner.data.created_at as Date, range.start),
    toRows(readRollups(documents, { ownerId, keyId: null, grain: 'day', range }), ['model', 'provider']),
    ratesOf(documents, range),
  ]);
  const charged = totalOf(charges);
  const opening = others.before - before;
  const { topup, adjustment, refund } = others.sums;
  return {
    ownerId,
    name: String(owner.data.name),
    currency,
    range,
    opening,
    ...others,
    charges,
    charged,
    closing: opening + topup + adjustment + refund - charged.amount,
    rates,
  };
}

/** Lines that are no charges: what came before, and those of the time. */
async function readOthers(documents: Documents, ownerId: string, { start, end }: Range) {
  const sums: Record<StatementKind, Nanos> = { topup: 0n, adjustment: 0n, refund: 0n };
  const lines: Entry[] = [];
  let before: Nanos = 0n;
  for (const kind of kinds) {
    let after: Place | null = null;
    do {
      const query = { ownerId, kind, start: null, end, after, limit: PAGE, wanted: () => true };
      const page: EntryPage = await readEntries(documents, query);
      for (const entry of page.entries.map(toEntry)) {
        if (entry.createdAt < start) before += entry.amount;
        else {
          sums[kind] += entry.amount;
          lines.push(entry);
        }
      }
      after = page.next;
    } while (after !== null);
  }
  lines.sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime());
  return { before, sums, lines: lines.slice(0, MAX_STATEMENT_LINES), truncated: lines.length > MAX_STATEMENT_LINES };
}

/** All that was ever charged before a time, month by month, so that a long history is not too much at once. */
async function chargedBefore(documents: Documents, ownerId: string, since: Date, end: Date): Promise<Nanos> {
  let charged: Nanos = 0n;
  for (const range of monthsUntil(since, end)) {
    for await (const { amount } of readRollups(documents, { ownerId, keyId: null, grain: 'day', range })) {
      charged += amount;
    }
  }
  return charged;
}

/** The rates that were stored in a time, after the one that was there when it began. */
async function ratesOf(documents: Documents, { start, end }: Range): Promise<FxRate[]> {
  const stored = await documents.query({ collection: RATES, orderBy: { field: 'as_of', direction: 'desc' } });
  const fetchedAt = ({ data }: Document) => (data.fetched_at as Date).getTime();
  const history = stored.filter(({ id }) => id !== USD_INR).sort((a, b) => fetchedAt(a) - fetchedAt(b));
  const first = history.findLast((each) => fetchedAt(each) < start.getTime());
  const others = history.filter((each) => fetchedAt(each) >= start.getTime() && fetchedAt(each) < end.getTime());
  return [first === undefined ? BUILT_IN_RATE : toRate(first), ...others.map(toRate)];
}
