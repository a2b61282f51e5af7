import { type CapWindow, capWindows, endOfWindow, type SpendCaps, type Spending } from '../ledger/spending.ts';
import type { Nanos } from '../money/money.ts';
import type { StoredLease } from './lease-store.ts';

/** How far a spend cap is used. */
export interface CapUse {
  scope: 'owner' | 'key';
  window: CapWindow;
  cap: Nanos;
  /** What was spent, and what other leases have set aside. */
  used: Nanos;
  /** When it begins anew, Unix milliseconds; null where it never does. */
  resetsAt: number | null;
}

/** How the caps stood when a lease was granted. */
export interface CapsAtGrant {
  /** The day (UTC) of their windows. */
  day: string;
  /** What the lease had spent by then. */
  spent: Nanos;
  uses: readonly CapUse[];
}

/** `lease`: as it is after a grant, which `own` and `ofKey` count. */
export function capsAtGrant(
  own: Spending,
  ofKey: Spending,
  caps: { owner: SpendCaps; key: SpendCaps | null },
  { day, granted, spent }: Pick<StoredLease, 'day' | 'granted' | 'spent'>,
): CapsAtGrant {
  const usesOf = (scope: CapUse['scope'], spending: Spending, limits: SpendCaps): CapUse[] =>
    capWindows.flatMap((window) => {
      const cap = limits[window];
      if (cap === null) return [];
      const used = spending[window] - (granted - spent);
      return [{ scope, window, cap, used, resetsAt: endOfWindow(window, day) }];
    });
  const ofScopes = [usesOf('owner', own, caps.owner), caps.key === null ? [] : usesOf('key', ofKey, caps.key)];
  return { day, spent, uses: ofScopes.flat() };
}

/** The same with what its lease has spent since; nothing where that has moved into another day, until it is granted more. */
export function capsNow(then: CapsAtGrant, { spent, day }: Pick<StoredLease, 'spent' | 'day'>): CapUse[] {
  if (day !== then.day) return [];
  return then.uses.map((use) => ({ ...use, used: use.used + spent - then.spent }));
}
