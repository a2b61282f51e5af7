import { type StoredLease, toLease } from '../../../core/leases/lease-store.ts';
import { openLeasesOf, openLeasesOfOwners } from '../../../core/leases/open-leases.ts';
import { type OwnerBalance, toOwnerBalance } from '../../../core/ledger/owners.ts';
import type { Nanos } from '../../../core/money/money.ts';
import type { Document, Documents } from '../../../core/store/documents.ts';
import { findOwner } from '../../access/find-owner.ts';

/** An owner's money as its owner sees it. */
export interface Standing extends Pick<OwnerBalance, 'ownerId' | 'currency'> {
  /** All that is there. */
  balance: Nanos;
  /** What running requests hold, and may give back. */
  reserved: Nanos;
  /** What new requests may spend, whether an instance has leased it already or not. */
  available: Nanos;
}

/** What open leases have left, and what of it running requests hold: the rest comes back when it is wanted. */
export interface Leased {
  unspent: Nanos;
  held: Nanos;
}

const nothing: Leased = { unspent: 0n, held: 0n };

/** Throws `not_found`. Straight from the store; it is read in two steps, so it may be a moment old in itself. */
export async function standingOf(services: { documents: Documents }, ownerId: string): Promise<Standing> {
  const [{ all }, owner] = await Promise.all([leasedOf(services.documents, ownerId), findOwner(services, ownerId)]);
  return toStanding(owner, all);
}

/** What is leased for an owner's keys: the one answer to what is reserved, for balances, keys and caps alike. */
export async function leasedOf(
  documents: Documents,
  ownerId: string,
): Promise<{ all: Leased; ofKey(keyId: string): Leased }> {
  const leases = await openLeasesOf(documents, ownerId);
  return { all: addUp(leases), ofKey: (keyId) => addUp(leases.filter((lease) => lease.keyId === keyId)) };
}

/**
 * The same of many owners, given their documents in the order of `owner_id`: in a number of queries that goes with what is
 * leased, not with how many owners there are. Where nothing is leased nothing is asked. What it gives throws a `TypeError` for
 * an owner of whom something is damaged, and for no other.
 */
export async function standingsOf(
  documents: Documents,
  owners: readonly Document[],
): Promise<(owner: Document) => Standing> {
  const leasing = owners.filter(({ data }) => typeof data.leased === 'bigint' && data.leased > 0n).map(ownerIdOf);
  const [first, last] = [leasing[0], leasing.at(-1)];
  if (first === undefined || last === undefined) return (owner) => toStanding(owner);
  const leases = await openLeasesOfOwners(documents, first, last);
  const leasesOf = Map.groupBy(leases, ownerIdOf);
  // Of an owner whose document had nothing leased, what was leased since is still in `available`.
  const mayHave = new Set(leasing);
  return (owner) => {
    const ownerId = ownerIdOf(owner);
    if (!mayHave.has(ownerId)) return toStanding(owner);
    return toStanding(owner, addUp((leasesOf.get(ownerId) ?? []).map(toLease)));
  };
}

function ownerIdOf({ data }: Document): string {
  return String(data.owner_id);
}

/** Of one owner, or of one of its keys. */
function addUp(leases: readonly StoredLease[]): Leased {
  const sum = { unspent: 0n, held: 0n };
  for (const { granted, spent, held } of leases) {
    sum.unspent += granted - spent;
    sum.held += held;
  }
  return sum;
}

function toStanding(owner: Document, { unspent, held }: Leased = nothing): Standing {
  const { ownerId, currency, available } = toOwnerBalance(owner);
  const balance = available + unspent;
  return { ownerId, currency, balance, reserved: held, available: balance - held };
}
