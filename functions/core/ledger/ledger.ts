import { MeshError } from '../errors.ts';
import { type Currency, formatAmount, type Nanos } from '../money/money.ts';
import { refuseSlip } from '../money/slips.ts';
import { toNanos } from '../money/to-nanos.ts';
import { documentId } from '../store/document-id.ts';
import type { Documents, Fields, Transaction, Value, Write } from '../store/documents.ts';
import { transact } from '../store/transact.ts';
import { ENTRIES, type Entry, type EntryKind, signedAmount, toEntry } from './entries.ts';
import { readOwner, type StoredOwner, writeOwner } from './owners.ts';

/** Money that comes from outside, or goes back there. */
export interface Topup {
  ownerId: string;
  /** Positive. */
  amount: Nanos;
  currency: Currency;
  /** The caller's name for it: the same one adds it once. */
  reference: string;
  reason?: string | null;
  /** That it is meant, though it is a thousand times more than the owner's last topup. */
  confirmed?: boolean;
}

/** A correction. Below zero it takes from what is available, never from what running requests hold. */
export type Adjustment = Topup;

export interface Refund {
  ownerId: string;
  /** The request whose charge is given back. */
  requestId: string;
  /** Null for all that is left of the charge. */
  amount: Nanos | null;
  reference: string;
  reason: string;
}

export interface Ledger {
  /**
   * Adds money. The same `reference` adds it once; with another amount it is a `conflict`. What looks like a slip is
   * `confirmation_required`, unless it is confirmed; so is an adjustment upwards.
   */
  topup(topup: Topup, audit?: Write): Promise<Entry>;
  /** Corrects a balance. A `conflict` where less is available than it takes. */
  adjust(adjustment: Adjustment, audit?: Write): Promise<Entry>;
  /** Gives a charge back, as much as is left of it at most. Caps count what was spent, refunded or not. */
  refund(refund: Refund, audit?: Write): Promise<Entry>;
}

/**
 * The ledger: what was put in, charged and given back, a line each. The money fields of a line never change.
 *
 * Requests are charged through leases (`leases.ts`); `holds.ts` knows what is written for them, and `outbox.ts` what tells the
 * consumers of charges. Topups, adjustments and refunds are transactions here, each around an entry whose id comes from
 * its `reference`: a transaction that runs twice, or a caller who asks twice, finds it and changes nothing.
 *
 * `now`: Unix milliseconds by the store's clock.
 */
export function createLedger({ documents, now }: { documents: Documents; now: () => number }): Ledger {
  /** `audit` is written with the entry, so that what is in the books says who put it there. */
  async function enter(
    entryId: string,
    ownerId: string,
    decide: (tx: Transaction, owner: StoredOwner) => Promise<Decided>,
    same: (earlier: Fields) => boolean,
    audit: Write | undefined,
  ): Promise<Entry> {
    const body = async (tx: Transaction) => {
      const id = documentId(entryId);
      const earlier = await tx.get(ENTRIES, id);
      const owner = await readOwner(tx, ownerId);
      if (earlier !== null) {
        const entry = toEntry(earlier);
        if (same(earlier.data)) return entry;
        throw new MeshError('conflict', {
          message: `The reference was used for ${formatAmount(entry.amount)} ${entry.currency}.`,
        });
      }
      const { fields, also = [], settings = {} } = await decide(tx, owner);
      const entry = { kind: fields.kind, amount: fields.amount };
      const createdAt = new Date(now());
      const data = {
        ...fields,
        entry_id: entryId,
        owner_id: ownerId,
        currency: owner.currency,
        created_at: createdAt,
      };
      const available = owner.available + signedAmount(entry);
      if (available < 0n) {
        throw new MeshError('conflict', {
          message: `Only ${formatAmount(owner.available)} ${owner.currency} is available.`,
          details: { available: formatAmount(owner.available), currency: owner.currency },
        });
      }
      tx.write({ kind: 'set', collection: ENTRIES, id, data, expect: 'absent' });
      writeOwner(tx, owner, { available, leased: owner.leased }, settings);
      for (const write of [...also, ...(audit === undefined ? [] : [audit])]) tx.write(write);
      return toEntry({ id, version: '', data });
    };
    return transact(documents, body);
  }

  function checkCurrency(owner: StoredOwner, currency: Currency): void {
    if (owner.currency === currency) return;
    throw new MeshError('invalid_request_error', {
      param: 'currency',
      message: `The owner's currency is ${owner.currency}.`,
    });
  }

  function checkAmount(owner: StoredOwner, { amount, currency, confirmed = false }: Topup): void {
    if (confirmed) return;
    const { last_topup_amount: last } = owner.document.data;
    const before = typeof last === 'bigint' ? { is: 'the last topup', amount: last } : null;
    refuseSlip({ param: 'amount', amount, currency }, before);
  }

  /** The line that is added, what else is written, and what the owner's document remembers of it. */
  interface Decided {
    fields: { kind: EntryKind; amount: Nanos; reference: string; reason: string | null; [field: string]: Value };
    also?: Write[];
    settings?: Fields;
  }

  const sameMoney =
    ({ amount, currency }: Topup) =>
    (earlier: Fields) =>
      earlier.amount === amount && earlier.currency === currency;

  return {
    topup(topup, audit) {
      const { ownerId, amount, currency, reference, reason = null } = topup;
      const entryId = `top_${ownerId}_${reference}`;
      const decide = async (_tx: Transaction, owner: StoredOwner): Promise<Decided> => {
        checkCurrency(owner, currency);
        checkAmount(owner, topup);
        return {
          fields: { kind: 'topup', amount, reference, reason },
          settings: { last_topup: entryId, last_topup_amount: amount },
        };
      };
      return enter(entryId, ownerId, decide, sameMoney(topup), audit);
    },

    adjust(adjustment, audit) {
      const { ownerId, amount, currency, reference, reason = null } = adjustment;
      const decide = async (_tx: Transaction, owner: StoredOwner): Promise<Decided> => {
        checkCurrency(owner, currency);
        checkAmount(owner, adjustment);
        return { fields: { kind: 'adjustment', amount, reference, reason } };
      };
      return enter(`adj_${ownerId}_${reference}`, ownerId, decide, sameMoney(adjustment), audit);
    },

    refund({ ownerId, requestId, amount, reference, reason }, audit) {
      const decide = async (tx: Transaction): Promise<Decided> => {
        const charge = await tx.get(ENTRIES, documentId(requestId));
        if (charge === null || charge.data.owner_id !== ownerId || charge.data.kind !== 'charge') {
          throw new MeshError('not_found', { message: 'This owner has no such charge.' });
        }
        const refunded = charge.data.refunded === undefined ? 0n : toNanos(charge.data.refunded);
        const left = toNanos(charge.data.amount) + toNanos(charge.data.overage) - refunded;
        const back = amount ?? left;
        if (back > left || back <= 0n) {
          throw new MeshError('conflict', {
            message: `${formatAmount(left)} is left of this charge.`,
            details: { left: formatAmount(left) },
          });
        }
        return {
          fields: { kind: 'refund', amount: back, reference, reason, request_id: requestId, in_full: amount === null },
          also: [
            {
              kind: 'set',
              collection: ENTRIES,
              id: charge.id,
              data: { ...charge.data, refunded: refunded + back },
              expect: { version: charge.version },
            },
          ],
        };
      };
      const same = (earlier: Fields) =>
        earlier.request_id === requestId && (amount === null ? earlier.in_full === true : earlier.amount === amount);
      return enter(`ref_${ownerId}_${reference}`, ownerId, decide, same, audit);
    },
  };
}
