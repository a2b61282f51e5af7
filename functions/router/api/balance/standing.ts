import type { StoredLease } from '../../../core/leases/lease-store.ts';
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

/** What an owner's open leases have left, and what of it running requests hold. */
interface Leased {
  unspent: Nanos;
  held: Nanos;
}

const nothing: Leased = { unspent: 0n, held: 0n };
const HOLD_ID = 'request_id';

/** Throws `not_found`. Straight from the store; it is read in three steps, so it may be a moment old in itself. */
export async function standingOf(services: { documents: Documents }, ownerId: string): Promise<Standing> {
  const { documents } = services;
  const ofOwner = { field: 'owner_id', op: '==', value: ownerId } as const;
  const [leases, holds, owner] = await Promise.all([
    openLeasesOf(documents, ownerId),
    collect(everyDocument(documents, HOLDS, HOLD_ID, ofOwner)),
    findOwner(services, ownerId),
  ]);
  return toStanding(owner, addUp(leases, holds).get(ownerId));
}

/**
 * The same of many owners, in their order, given their documents in the order of `owner_id`: in a number of queries that goes
 * with what is leased and held, not with how many owners there are. Where nothing is leased nothing is asked.
 */
export async function standingsOf(documents: Documents, owners: readonly Document[]): Promise<[Document, Standing][]> {
  const leasing = owners.map(toOwnerBalance).filter(({ leased }) => leased > 0n);
  const [first, last] = [leasing[0]?.ownerId, leasing.at(-1)?.ownerId];
  if (first === undefined || last === undefined) return owners.map((owner) => [owner, toStanding(owner)]);
  const [leases, holds] = await Promise.all([
    openLeasesOfOwners(documents, first, last),
    collect(everyDocumentOfOwners(documents, { collection: HOLDS, field: HOLD_ID }, first, last)),
  ]);
  const leased = addUp(leases, holds);
  // Of an owner whose document had nothing leased, what was leased since is still in `available`.
  const mayHave = new Set(leasing.map(({ ownerId }) => ownerId));
  return owners.map((owner) => {
    const ownerId = String(owner.data.owner_id);
    return [owner, toStanding(owner, mayHave.has(ownerId) ? leased.get(ownerId) : undefined)];
  });
}

/** By owner. A hold that its instance left behind holds nothing once its lease is closed. */
function addUp(leases: readonly StoredLease[], holds: readonly Document[]): Map<string, Leased> {
  const sums = new Map<string, Leased>();
  const owners = new Map<string, string>();
  for (const { leaseId, ownerId, granted, spent } of leases) {
    owners.set(leaseId, ownerId);
    const { unspent, held } = sums.get(ownerId) ?? nothing;
    sums.set(ownerId, { unspent: unspent + granted - spent, held });
  }
  for (const { data } of holds) {
    const ownerId = owners.get(String(data.lease_id));
    if (ownerId === undefined) continue;
    const { unspent, held } = sums.get(ownerId) ?? nothing;
    sums.set(ownerId, { unspent, held: held + toNanos(data.amount) });
  }
  return sums;
}

function toStanding(owner: Document, { unspent, held }: Leased = nothing): Standing {
  const { ownerId, currency, available } = toOwnerBalance(owner);
  const reserved = least(held, unspent);
  const balance = available + unspent;
  return { ownerId, currency, balance, reserved, available: balance - reserved };
}
