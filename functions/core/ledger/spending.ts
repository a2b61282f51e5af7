import { convert, type FxRate } from '../money/fx.ts';
import { type Currency, most, type Nanos } from '../money/money.ts';
import { toNanos } from '../money/to-nanos.ts';
import type { Document, Fields, Value } from '../store/documents.ts';

/**
 * What a key or an owner has spent or set aside for leases: today, this week (from Monday), this month (UTC) and ever, and how many requests its
 * leases may run at once. One such record stands in the owner's document, one in `spending/` for each key; whoever grants a
 * lease changes both in the same transaction. Its day never goes back, so no clock can open a window a second time.
 */
export const SPENDING = 'spending';

export const capWindows = ['daily', 'weekly', 'monthly', 'total'] as const;
export type CapWindow = (typeof capWindows)[number];

/** Spend caps in nanos of the owner's currency; null for none. */
export type SpendCaps = Readonly<Record<CapWindow, Nanos | null>>;

export const noCaps: SpendCaps = { daily: null, weekly: null, monthly: null, total: null };

export interface Spending {
  /** `2026-11-23`, UTC. */
  readonly day: string;
  readonly daily: Nanos;
  readonly weekly: Nanos;
  readonly monthly: Nanos;
  readonly total: Nanos;
  /** Requests that open leases may run at once. */
  readonly slots: number;
}

/** What is left before a cap, and which window binds; null where there is no cap. */
export interface Room {
  amount: Nanos;
  window: CapWindow;
}

export function toSpending(value: Value | undefined): Spending {
  const stored = (value ?? {}) as Fields;
  const nanos = (field: string) => (stored[field] === undefined ? 0n : toNanos(stored[field]));
  return {
    day: String(stored.day ?? ''),
    daily: nanos('daily'),
    // Of before there were weekly caps it knows its day.
    weekly: nanos(stored.weekly === undefined ? 'daily' : 'weekly'),
    monthly: nanos('monthly'),
    total: nanos('total'),
    slots: Number(nanos('slots')),
  };
}

export function fromSpending(spending: Spending): { readonly [field: string]: Value } {
  return { ...spending, slots: BigInt(spending.slots) };
}

const DAY_MS = 86_400_000;
/** The last day that was asked for: every request asks for today. */
const last = { number: Number.NaN, text: '' };

/** The UTC day of a Unix time in milliseconds. */
export function dayOf(milliseconds: number): string {
  const number = Math.floor(milliseconds / DAY_MS);
  if (number !== last.number) {
    last.text = new Date(milliseconds).toISOString().slice(0, 10);
    last.number = number;
  }
  return last.text;
}

/** The Monday (`2026-11-23`) of the week that a day (UTC) is in, as ISO 8601 has it; empty for no day. */
export function startOfWeek(day: string): string {
  const at = Date.parse(day);
  return Number.isNaN(at) ? '' : dayOf(at - daysOfWeekBefore(at) * DAY_MS);
}

/** How many days of its week came before the day of a moment. The first of January 1970 was a Thursday. */
function daysOfWeekBefore(at: number): number {
  return (Math.floor(at / DAY_MS) + 3) % 7;
}

/** The record as it stands on a day: windows that have ended begin anew. A day before the record's own changes nothing. */
export function onDay(spending: Spending, day: string): Spending {
  if (day <= spending.day) return spending;
  const sameMonth = day.slice(0, 7) === spending.day.slice(0, 7);
  const weekly = startOfWeek(day) === startOfWeek(spending.day) ? spending.weekly : 0n;
  return { ...spending, day, daily: 0n, weekly, monthly: sameMonth ? spending.monthly : 0n };
}

/** Adds what was set aside (or, below zero, gives back) on `day`: windows that have ended since stay as they are. */
export function addSpending(spending: Spending, day: string, amount: Nanos, slots: number): Spending {
  const daily = day === spending.day ? spending.daily + amount : spending.daily;
  const sameWeek = startOfWeek(day) === startOfWeek(spending.day);
  const weekly = sameWeek ? spending.weekly + amount : spending.weekly;
  return {
    day: spending.day,
    daily,
    // A record that knew only its day when weeks began may have more to give back than its week has.
    weekly: most(weekly, daily),
    monthly: day.slice(0, 7) === spending.day.slice(0, 7) ? spending.monthly + amount : spending.monthly,
    total: spending.total + amount,
    slots: spending.slots + slots,
  };
}

/** What is left in each window with a cap, never below zero. */
export function roomsOf(spending: Spending, caps: SpendCaps): Room[] {
  return capWindows.flatMap((window) => {
    const cap = caps[window];
    if (cap === null) return [];
    const left = cap - spending[window];
    return [{ amount: left > 0n ? left : 0n, window }];
  });
}

/** The window with the least left; null without any cap. */
export function roomOf(spending: Spending, caps: SpendCaps): Room | null {
  let least: Room | null = null;
  for (const room of roomsOf(spending, caps)) if (least === null || room.amount < least.amount) least = room;
  return least;
}

/** Caps as a document names them, window by window. Throws a `TypeError` like `toSpendCaps`. */
export function toNamedCaps(value: Value | undefined): Record<CapWindow, Nanos | null> {
  const named = (value ?? {}) as Fields;
  const caps: Record<CapWindow, Nanos | null> = { ...noCaps };
  for (const window of capWindows) {
    const amount = named[window];
    if (amount !== undefined && amount !== null) caps[window] = toNanos(amount);
  }
  return caps;
}

/**
 * The caps that a key's or an owner's document names; `spend_cap_usd` is taken at `fx` where the owner pays in rupees. Throws a
 * `TypeError` where one of them is no amount: a damaged cap is not no cap.
 */
export function toSpendCaps({ data }: Pick<Document, 'data'>, currency: Currency, fx: FxRate): SpendCaps {
  const caps = toNamedCaps(data.spend_caps);
  if (data.spend_cap_usd !== undefined && data.spend_cap_usd !== null) {
    const window = (data.spend_cap_window ?? 'total') as CapWindow;
    const amount = convert(toNanos(data.spend_cap_usd), 'USD', currency, fx);
    const other = caps[window];
    caps[window] = other === null || amount < other ? amount : other;
  }
  return caps;
}

/** When a window ends, Unix milliseconds; null for `total`. */
export function endOfWindow(window: CapWindow, day: string): number | null {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number);
  const start = Date.UTC(year, month - 1, date);
  if (window === 'daily') return start + DAY_MS;
  if (window === 'weekly') return start + (7 - daysOfWeekBefore(start)) * DAY_MS;
  return window === 'monthly' ? Date.UTC(year, month, 1) : null;
}
