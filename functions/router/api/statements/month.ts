import type { Range } from '../usage/range.ts';

/** After its end a month may still have charges that are not counted yet. */
export const STATEMENT_WAIT_MS = 3_600_000;

const MONTH = /^(\d{4})-(0[1-9]|1[0-2])$/;

/** The time of a month (UTC) that is named as `2026-11`; null for what names none. */
export function toMonth(text: string): Range | null {
  const [, year, month] = MONTH.exec(text) ?? [];
  return year === undefined ? null : monthFrom(Number(year), Number(month) - 1);
}

/** The months from the one that a moment is in until another one begins, the first first. */
export function monthsUntil(from: Date, end: Date): Range[] {
  const months: Range[] = [];
  for (let month = monthFrom(from.getUTCFullYear(), from.getUTCMonth()); month.start < end; ) {
    months.push(month);
    month = monthFrom(month.end.getUTCFullYear(), month.end.getUTCMonth());
  }
  return months;
}

/** The last month whose statements change no more. `now`: Unix milliseconds. */
export function closedMonth(now: number): { month: string; range: Range } {
  const open = new Date(now - STATEMENT_WAIT_MS);
  const range = monthFrom(open.getUTCFullYear(), open.getUTCMonth() - 1);
  return { month: range.start.toISOString().slice(0, 'YYYY-MM'.length), range };
}

function monthFrom(year: number, month: number): Range {
  return { start: new Date(Date.UTC(year, month, 1)), end: new Date(Date.UTC(year, month + 1, 1)) };
}
