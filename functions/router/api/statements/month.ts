import type { Range } from '../usage/range.ts';

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

function monthFrom(year: number, month: number): Range {
  return { start: new Date(Date.UTC(year, month, 1)), end: new Date(Date.UTC(year, month + 1, 1)) };
}
