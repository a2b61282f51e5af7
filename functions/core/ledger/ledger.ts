import { MeshError } from '../errors.ts';
import { type FxRate, picoUsdToNanos } from '../money/fx.ts';
import { type Currency, formatAmount, type Nanos } from '../money/money.ts';
import type { PicoUsd } from '../money/price.ts';
import { toNanos } from '../money/to-nanos.ts';
import { documentId } from '../store/document-id.ts';
import type { Document, Documents, Fields, Transaction, Value, Write } from '../store/documents.ts';
import { transact } from '../store/transact.ts';
import { readOwner, type StoredOwner, writeOwner } from './owners.ts';

/**
 * The ledger: what was put in, charged and given back, a line each. The money fields of a line never change.
 *
 *     entries/{entry}    topups, adjustments, refunds, charges, overages
 *     holds/{request}    the most that a running request can cost; gone once it is posted or voided
 *
 * Requests are charged through leases (`leases.ts`); this file knows what is written for them, and `outbox.ts` what tells
 * the consumers of charges. Topups, adjustments and refunds are transactions here, each around an entry whose id comes from
 * its `reference`: a transaction that runs twice, or a caller who asks twice, finds it and changes nothing.
 */
export const HOLDS = 'holds';
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

/** What a request may cost at most, taken from a lease. */
export interface Hold {
  readonly requestId: string;
  readonly ownerId: string;
  readonly keyId: string;
  readonly currency: Currency;
  /** Grows with a metered stream. */
  readonly amount: Nanos;
  /** Fixed here for post, event and response. */
  readonly fx: FxRate;
}

export interface Charge {
  cost: PicoUsd;
  /** What else the entry and the event say: ids, tokens, times. Never content. */
  facts: Fields;
  /** The trace that the event of the charge goes on with, where one is followed. */
  trace?: { traceId: string; spanId: string; sampled: boolean } | null;
}

export interface Posting {
  /** What the owner was charged, in the hold's currency. */
  amount: Nanos;
  /** The part of it that went beyond the hold, an entry of its own. */
  overage: Nanos;
  /** The part of the cost that nothing could pay: ours. */
  writtenOff: Nanos;
}

/** Thrown when a hold was posted or voided already. Nothing was changed. */
export class HoldResolved extends Error {
  constructor(requestId: string) {
    super(`The hold of ${requestId} was resolved before.`);
    this.name = 'HoldResolved';
  }
}

/** The document of a hold, in its lease's own commit. */
export function holdWrite(hold: Hold, leaseId: string, createdAt: Date, more: Fields): Write {
  const data = {
    request_id: hold.requestId,
    owner_id: hold.ownerId,
    key_id: hold.keyId,
    lease_id: leaseId,
    currency: hold.currency,
    amount: hold.amount,
    ...fromFx(hold.fx),
    created_at: createdAt,
    ...more,
  };
  return { kind: 'set', collection: HOLDS, id: documentId(hold.requestId), data, expect: 'absent' };
}

export function voidWrite({ requestId }: Pick<Hold, 'requestId'>): Write {
  return { kind: 'delete', collection: HOLDS, id: documentId(requestId), expect: 'any' };
}

/** An entry, as a commit makes it. */
export type EntryWrite = Extract<Write, { kind: 'set' }>;

/** What a post writes but the lease and the notes of its commit. */
export interface PostWrites {
  /** Goes into its commit through `chargeWrites`, with what tells the consumers. */
  charge: EntryWrite;
  /** What went beyond the hold, and the hold's end. */
  others: Write[];
}

export function postWrites(hold: Hold, charge: Charge, posting: Posting, createdAt: Date): PostWrites {
  const { requestId, ownerId, keyId, currency } = hold;
  const common = { owner_id: ownerId, key_id: keyId, currency, created_at: createdAt };
  const entry = (entryId: string, data: Fields): EntryWrite => ({
    kind: 'set',
    collection: ENTRIES,
    id: documentId(entryId),
    data: { ...data, ...common, entry_id: entryId },
    expect: 'absent',
  });
  const overage = { kind: 'overage', amount: posting.overage, request_id: requestId };
  return {
    charge: entry(requestId, {
      ...charge.facts,
      ...fromFx(hold.fx),
      kind: 'charge',
      amount: posting.amount - posting.overage,
      overage: posting.overage,
      written_off: posting.writtenOff,
      cost_pico_usd: charge.cost,
    }),
    others: [...(posting.overage > 0n ? [entry(`${requestId}.overage`, overage)] : []), voidWrite(hold)],
  };
}

/** Who pays for a cost: the hold first, then what more there is, then we. */
export function splitCost(cost: Nanos, held: Nanos, more: Nanos): Posting {
  const fromHold = cost < held ? cost : held;
  const beyond = cost - fromHold;
  const overage = beyond < more ? beyond : more;
  return { amount: fromHold + overage, overage, writtenOff: beyond - overage };
}

/** What a charge costs the owner, rounded up once. */
export function costInNanos({ cost }: Charge, { currency, fx }: Pick<Hold, 'currency' | 'fx'>): Nanos {
  return picoUsdToNanos(cost, currency, fx);
}

/** Money that comes from outside, or goes back there. */
export interface Topup {
  ownerId: string;
  /** Positive. */
  amount: Nanos;
  currency: Currency;
  /** The caller's name for it: the same one adds it once. */
  reference: string;
  reason?: string | null;
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
  /** Adds money. The same `reference` adds it once; with another amount it is a `conflict`. */
  topup(topup: Topup, audit?: Write): Promise<Entry>;
  /** Corrects a balance. A `conflict` where less is available than it takes. */
  adjust(adjustment: Adjustment, audit?: Write): Promise<Entry>;
  /** Gives a charge back, as much as is left of it at most. Caps count what was spent, refunded or not. */
  refund(refund: Refund, audit?: Write): Promise<Entry>;
}

/** `now`: Unix milliseconds by the store's clock. */
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

function fromFx({ rate, asOf, source }: FxRate): Fields {
  return { fx_rate: rate, fx_as_of: asOf, fx_source: source };
}
