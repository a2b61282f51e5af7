const DAY_MS = 86_400_000;

/**
 * How long the lines of charges are kept, unless the operator says otherwise: as long as a payment by card may be disputed. What they
 * add up to is kept for ever: in balances, in what keys have spent, and in rollups.
 */
export const ENTRY_DAYS = 120;

/** The least. Charges younger than that are all there, whatever is said, so that books are added up line by line. */
export const MIN_ENTRY_DAYS = 35;
export const MAX_ENTRY_DAYS = 3_650;

/** When the lines of a charge may go; undefined where they are kept for ever (no days). */
export function chargeExpiry(chargedAt: Date, days: number): Date | undefined {
  return days === 0 ? undefined : new Date(chargedAt.getTime() + days * DAY_MS);
}

/** From when on the lines of all charges are still there; null where they are kept for ever (no days). */
export function keptSince(now: number, days: number): Date | null {
  return days === 0 ? null : new Date(now - days * DAY_MS);
}

/** The first day (UTC) of which all charges are still there. Unix milliseconds in and out. */
export function firstWholeDay(now: number): number {
  return (Math.ceil(now / DAY_MS) - MIN_ENTRY_DAYS) * DAY_MS;
}
