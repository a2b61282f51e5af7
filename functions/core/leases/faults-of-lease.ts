import type { Nanos } from '../money/money.ts';
import { toNanos } from '../money/to-nanos.ts';
import type { Document } from '../store/documents.ts';
import { toLease } from './lease-store.ts';

/** A charge as its lease counts it. */
export interface Charged {
  /** What its owner paid, beyond the hold too. */
  amount: Nanos;
  nth: Nanos;
}

/** Puts an entry to those of its lease, where it is a charge and says which that is: charges of before do not. */
export function noteCharge(charges: Map<string, Charged[]>, { data }: Document): void {
  if (data.kind !== 'charge' || data.lease_id === undefined) return;
  const leaseId = String(data.lease_id);
  const charge = { amount: toNanos(data.amount) + toNanos(data.overage), nth: toNanos(data.nth) };
  const others = charges.get(leaseId);
  if (others === undefined) charges.set(leaseId, [charge]);
  else others.push(charge);
}

/** What is wrong with a lease, open or closed, given all charges that name it. */
export function faultsOfLease(document: Document, charges: readonly Charged[]): string[] {
  const { leaseId, granted, spent, held, running, posts } = toLease(document);
  const faults: string[] = [];
  const left = granted - spent - held;
  if (left < 0n) faults.push(`${leaseId} has spent or holds ${-left} more than it was granted`);
  if (held < 0n || running < 0) faults.push(`${leaseId} holds ${held} for ${running} requests`);
  if (running === 0 && held !== 0n) faults.push(`${leaseId} holds ${held}, and none of its requests runs`);
  // A lease of before does not know how many charges it posted, nor do they know of it.
  if (document.data.posts === undefined) return faults;
  const charged = charges.reduce((sum, { amount }) => sum + amount, 0n);
  if (charged !== spent) faults.push(`${leaseId} has spent ${spent}, but its charges add up to ${charged}`);
  const numbers = charges.map(({ nth }) => Number(nth)).sort((a, b) => a - b);
  if (numbers.length !== posts || numbers.some((nth, index) => nth !== index + 1)) {
    faults.push(`${leaseId} has posted ${posts} charges, but they are numbered ${numbers.join(' ') || 'not at all'}`);
  }
  return faults;
}
