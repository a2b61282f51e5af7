import { type FxRate, inBothCurrencies, picoUsdToNanos } from '../money/fx.ts';
import type { Currency, Nanos } from '../money/money.ts';
import type { PicoUsd } from '../money/price.ts';
import { documentId } from '../store/document-id.ts';
import type { Fields, Write } from '../store/documents.ts';
import { ENTRIES } from './entries.ts';

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

/** An entry, as a commit makes it. */
export type EntryWrite = Extract<Write, { kind: 'set' }>;

/** What a post writes but the lease. */
export interface PostWrites {
  /** Is numbered by its lease. */
  charge: EntryWrite;
  /** What went beyond the hold. */
  others: Write[];
}

/** `expiresAt`: when its lines may go; without it they are kept for ever. */
export function postWrites(
  hold: Hold,
  charge: Charge,
  posting: Posting,
  createdAt: Date,
  expiresAt?: Date,
): PostWrites {
  const { requestId, currency } = hold;
  const entry = (entryId: string, data: Fields) =>
    entryWrite(hold, entryId, createdAt, expiresAt === undefined ? data : { ...data, expires_at: expiresAt });
  const overage = { kind: 'overage', amount: posting.overage, request_id: requestId };
  return {
    charge: entry(requestId, {
      ...charge.facts,
      ...fromFx(hold.fx),
      kind: 'charge',
      amount: posting.amount - posting.overage,
      held: hold.amount,
      overage: posting.overage,
      written_off: posting.writtenOff,
      ...inBothCurrencies(posting.amount, currency, charge.cost, hold.fx),
      cost_pico_usd: charge.cost,
    }),
    others: posting.overage > 0n ? [entry(`${requestId}.overage`, overage)] : [],
  };
}

/** A line of a request's owner and key. */
export function entryWrite(hold: Hold, entryId: string, createdAt: Date, data: Fields): EntryWrite {
  const { ownerId, keyId, currency } = hold;
  return {
    kind: 'set',
    collection: ENTRIES,
    id: documentId(entryId),
    data: { ...data, owner_id: ownerId, key_id: keyId, currency, created_at: createdAt, entry_id: entryId },
    expect: 'absent',
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

/** The rate of a hold, as documents have it. */
export function fromFx({ rate, asOf, source }: FxRate): Fields {
  return { fx_rate: rate, fx_as_of: asOf, fx_source: source };
}
