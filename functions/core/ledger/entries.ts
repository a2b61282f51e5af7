import type { Currency, Nanos } from '../money/money.ts';
import { toNanos } from '../money/to-nanos.ts';
import type { Document } from '../store/documents.ts';

/** Lines of the ledger, `entries/{entry}`: topups, adjustments, refunds, charges, overages. The money fields never change. */
export const ENTRIES = 'entries';

export const entryKinds = ['topup', 'adjustment', 'refund', 'charge', 'overage'] as const;
export type EntryKind = (typeof entryKinds)[number];

/** A line of the ledger. */
export interface Entry {
  id: string;
  ownerId: string;
  kind: EntryKind;
  /** Positive, but for an adjustment, which may take away. */
  amount: Nanos;
  currency: Currency;
  reference: string | null;
  reason: string | null;
  createdAt: Date;
}

/** What a line adds to its owner's money. */
export function signedAmount({ kind, amount }: Pick<Entry, 'kind' | 'amount'>): Nanos {
  return kind === 'charge' || kind === 'overage' ? -amount : amount;
}

export function toEntry({ data }: Document): Entry {
  const { entry_id, owner_id, kind, amount, currency, reference, reason, created_at } = data;
  return {
    id: String(entry_id),
    ownerId: String(owner_id),
    kind: kind as EntryKind,
    amount: toNanos(amount),
    currency: currency as Currency,
    reference: typeof reference === 'string' ? reference : null,
    reason: typeof reason === 'string' ? reason : null,
    createdAt: created_at as Date,
  };
}
