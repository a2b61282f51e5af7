import { type StoredLease, toLease } from '../../../core/leases/lease-store.ts';
import { openLeasesOf, openLeasesOfOwners } from '../../../core/leases/open-leases.ts';
import { HOLDS } from '../../../core/ledger/holds.ts';
import { type OwnerBalance, toOwnerBalance } from '../../../core/ledger/owners.ts';
import { least, type Nanos } from '../../../core/money/money.ts';
import { toNanos } from '../../../core/money/to-nanos.ts';
import type { Document, Documents } from '../../../core/store/documents.ts';
import { collect, everyDocument, everyDocumentOfOwners } from '../../../core/store/every-document.ts';
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
const HOLD_ID = 'request_id';

/** Throws `not_found`. Straight from the store; it is read in three steps, so it may be a moment old in itself. */
export async function standingOf(services: { documents: Documents }, ownerId: string): Promise<Standing> {
  const [{ all }, owner] = await Promise.all([leasedOf(services.documents, ownerId), findOwner(services, ownerId)]);
  return toStanding(owner, all);
}

/** What is leased for an owner's keys: the one answer to what is reserved, for balances, keys and caps alike. */
export async function leasedOf(
  documents: Documents,
  ownerId: string,
): Promise<{ all: Leased; ofKey(keyId: string): Leased }> {
  const ofOwner = { field: 'owner_id', op: '==', value: ownerId } as const;
  const [leases, holds] = await Promise.all([
    openLeasesOf(documents, ownerId),
    collect(everyDocument(documents, HOLDS, HOLD_ID, ofOwner)),
  ]);
  return {
    all: addUp(leases, holds),
    ofKey: (keyId) =>
      addUp(
        leases.filter((lease) => lease.keyId === keyId),
        holds,
      ),
  };
}

/**
 * The same of many owners, given their documents in the order of `owner_id`: in a number of queries that goes with what is leased
 * and held, not with how many owners there are. Where nothing is leased nothing is asked. What it gives throws a `TypeError` for
 * an owner of whom something is damaged, and for no other.
 */
export async function standingsOf(
  documents: Documents,
  owners: readonly Document[],
): Promise<(owner: Document) => Standing> {
  const leasing = owners.filter(({ data }) => typeof data.leased === 'bigint' && data.leased > 0n).map(ownerIdOf);
  const [first, last] = [leasing[0], leasing.at(-1)];
  if (first === undefined || last === undefined) return (owner) => toStanding(owner);
  const [leases, holds] = await Promise.all([
    openLeasesOfOwners(documents, first, last),
    collect(everyDocumentOfOwners(documents, { collection: HOLDS, field: HOLD_ID }, first, last)),
  ]);
  const leasesOf = Map.groupBy(leases, ownerIdOf);
  const holdsOf = Map.groupBy(holds, ownerIdOf);
  // Of an owner whose document had nothing leased, what was leased since is still in `available`.
  const mayHave = new Set(leasing);
  return (owner) => {
    const ownerId = ownerIdOf(owner);
    if (!mayHave.has(ownerId)) return toStanding(owner);
    return toStanding(owner, addUp((leasesOf.get(ownerId) ?? []).map(toLease), holdsOf.get(ownerId) ?? []));
  };
}

function ownerIdOf({ data }: Document): string {
  return String(data.owner_id);
}

/** Of one owner, or of one of its keys. A hold that its instance left behind holds nothing once its lease is closed. */
function addUp(leases: readonly StoredLease[], holds: readonly Document[]): Leased {
  const open = new Set(leases.map(({ leaseId }) => leaseId));
  const sum = { unspent: 0n, held: 0n };
  for (const { granted, spent } of leases) sum.unspent += granted - spent;
  for (const { data } of holds) if (open.has(String(data.lease_id))) sum.held += toNanos(data.amount);
  return { ...sum, held: least(sum.held, sum.unspent) };
}

function toStanding(owner: Document, { unspent, held: reserved }: Leased = nothing): Standing {
  const { ownerId, currency, available } = toOwnerBalance(owner);
  const balance = available + unspent;
  return { ownerId, currency, balance, reserved, available: balance - reserved };
}
