import { LEASES, type StoredLease, toLease } from '../../../core/leases/lease-store.ts';
import { HOLDS } from '../../../core/ledger/holds.ts';
import { type OwnerBalance, toOwnerBalance } from '../../../core/ledger/owners.ts';
import { least, type Nanos } from '../../../core/money/money.ts';
import { toNanos } from '../../../core/money/to-nanos.ts';
import type { Documents } from '../../../core/store/documents.ts';
import { findOwner } from '../../access/find-owner.ts';
import type { Services } from '../../way/services.ts';

/** An owner's leases that are open now. */
export async function openLeasesOf(documents: Documents, ownerId: string): Promise<StoredLease[]> {
  const found = await documents.query({
    collection: LEASES,
    where: [
      { field: 'owner_id', op: '==', value: ownerId },
      { field: 'status', op: '==', value: 'open' },
    ],
  });
  return found.map(toLease);
}

/** An owner's money as its owner sees it. */
export interface Standing extends Pick<OwnerBalance, 'ownerId' | 'currency'> {
  /** All that is there. */
  balance: Nanos;
  /** What running requests hold, and may give back. */
  reserved: Nanos;
  /** What new requests may spend, whether an instance has leased it already or not. */
  available: Nanos;
}

/** Throws `not_found`. Straight from the store; it is read in three steps, so it may be a moment old in itself. */
export async function standingOf(services: Services, ownerId: string): Promise<Standing> {
  const { documents } = services;
  const [leases, holds, owner] = await Promise.all([
    openLeasesOf(documents, ownerId),
    documents.query({ collection: HOLDS, where: [{ field: 'owner_id', op: '==', value: ownerId }] }),
    findOwner(services, ownerId),
  ]);
  const { currency, available } = toOwnerBalance(owner);
  const unspent = leases.reduce((sum, { granted, spent }) => sum + granted - spent, 0n);
  // A hold that its instance left behind holds nothing once its lease is closed.
  const open = new Set(leases.map(({ leaseId }) => leaseId));
  const running = holds.filter(({ data }) => open.has(String(data.lease_id)));
  const held = running.reduce((sum, { data }) => sum + toNanos(data.amount), 0n);
  const reserved = least(held, unspent);
  const balance = available + unspent;
  return { ownerId, currency, balance, reserved, available: balance - reserved };
}
