import { ALERTS, type Alert, type AlertKind, alertId, alertWrite } from '../alerts/alerts.ts';
import { type Currency, formatAmount, type Nanos } from '../money/money.ts';
import type { Fields, Transaction } from '../store/documents.ts';
import type { StoredOwner } from './owners.ts';
import { type CapWindow, capWindows, type SpendCaps, type Spending, startOfWeek } from './spending.ts';

/** Per cent of a cap that are told of, the most first. Who has used 92 of them hears of 90, and not of 50 and 75 too. */
const shares: readonly [bigint, AlertKind][] = [
  [100n, 'cap_100'],
  [90n, 'cap_90'],
  [75n, 'cap_75'],
  [50n, 'cap_50'],
];
/** From here on a cap that refuses a request is as good as full. */
const FULL_FROM_PERCENT = 80n;
/** A balance is low below this part of the last topup, where the owner's `low_balance` does not say otherwise. */
const LOW_PART = 10n;

/** How far a cap is used. */
export interface CapUse {
  kind: AlertKind;
  subject: string;
  facts: Alert['facts'];
}

export interface CapsInUse {
  ownerId: string;
  keyId: string;
  /** The owner's, in which all caps and all spending are. */
  currency: Currency;
  own: Spending;
  ofKey: Spending;
  caps: { owner: SpendCaps; key: SpendCaps | null };
  /** What the lease at hand was granted and has not spent: set aside, and not used. */
  unspent: Nanos;
  /** A cap that has just refused a request, which is as good as full when most of it is used. */
  reached: { reason: string; window: CapWindow | null } | null;
}

/** The caps that are used so far that somebody should hear of it. What other instances have leased counts as used. */
export function capsInUse({ ownerId, keyId, currency, own, ofKey, caps, unspent, reached }: CapsInUse): CapUse[] {
  const scopes = [
    { scope: 'owner', id: ownerId, spending: own, caps: caps.owner },
    { scope: 'key', id: keyId, spending: ofKey, caps: caps.key },
  ] as const;
  const uses: CapUse[] = [];
  for (const { scope, id, spending, caps: ofScope } of scopes) {
    for (const window of capWindows) {
      const cap = ofScope?.[window] ?? 0n;
      if (cap <= 0n) continue;
      const used = spending[window] - unspent;
      const percent = (used * 100n) / cap;
      const reachedShare = shares.find(([share]) => percent >= share)?.[1];
      if (reachedShare === undefined) continue;
      const isFull = percent >= FULL_FROM_PERCENT && reached?.reason === `${scope}_cap` && reached.window === window;
      // Another cap, or another day, week or month, is another matter.
      const period = periodOf(window, spending.day);
      uses.push({
        kind: isFull ? 'cap_100' : reachedShare,
        subject: `${id}|${window}|${period}|${formatAmount(cap)}`,
        facts: {
          owner_id: ownerId,
          ...(scope === 'key' ? { key_id: keyId } : {}),
          scope,
          window,
          currency,
          cap: formatAmount(cap),
          used: formatAmount(used > 0n ? used : 0n),
        },
      });
    }
  }
  return uses;
}

function periodOf(window: CapWindow, day: string): string {
  switch (window) {
    case 'daily':
      return day;
    case 'weekly':
      return startOfWeek(day);
    case 'monthly':
      return day.slice(0, 7);
    case 'total':
      return 'ever';
  }
}

/** Of what should be told, what has not been told yet. Reads, so it comes before the transaction's first write. */
export async function dueAlerts(
  tx: Transaction,
  uses: readonly CapUse[],
  balance: { owner: StoredOwner; remaining: Nanos } | null,
  now: number,
): Promise<Alert[]> {
  const all = balance === null ? uses : [...uses, ...lowBalance(balance.owner, balance.remaining)];
  const due: Alert[] = [];
  for (const use of all) {
    if ((await tx.get(ALERTS, alertId(use))) === null) due.push({ ...use, at: new Date(now) });
  }
  return due;
}

export function writeAlerts(tx: Transaction, alerts: readonly Alert[]): void {
  for (const alert of alerts) tx.write(alertWrite(alert));
}

/** What an owner's available money is low below: its own `low_balance`, else a tenth of the last topup. */
export function lowBelow({ low_balance, last_topup_amount }: Fields): Nanos {
  if (typeof low_balance === 'bigint') return low_balance;
  return typeof last_topup_amount === 'bigint' ? last_topup_amount / LOW_PART : 0n;
}

/** The subject of the alert that an owner is low: another for each topup. */
export function lowSubject(ownerId: string, { last_topup }: Fields): string {
  return `${ownerId}|${String(last_topup ?? '')}`;
}

/** Once for each topup. */
function lowBalance({ document, ownerId, currency }: StoredOwner, remaining: Nanos): CapUse[] {
  const threshold = lowBelow(document.data);
  if (remaining >= threshold) return [];
  const facts = {
    owner_id: ownerId,
    currency,
    remaining: formatAmount(remaining),
    threshold: formatAmount(threshold),
  };
  return [{ kind: 'low_balance', subject: lowSubject(ownerId, document.data), facts }];
}
