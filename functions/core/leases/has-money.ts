import { OWNERS, toOwnerBalance } from '../ledger/owners.ts';
import { documentId } from '../store/document-id.ts';
import { type LeaseContext, ownLeasesOf } from './lease-context.ts';

/**
 * Whether an owner has money. Where a lease of ours has some, nobody is asked; else one read says what may still be leased,
 * and what other instances have, who can be asked to give it back. What our own leases have spent is no money.
 */
export async function hasMoney(context: LeaseContext, ownerId: string): Promise<boolean> {
  const own = ownLeasesOf(context, ownerId).filter(({ open }) => open);
  if (own.some(({ free, running }) => free > 0n || running > 0)) return true;
  const document = await context.ports.documents.get(OWNERS, documentId(ownerId));
  if (document === null) return false;
  const { available, leased } = toOwnerBalance(document);
  const spent = own.reduce((sum, lease) => sum + lease.spent, 0n);
  return available > 0n || leased > spent;
}
