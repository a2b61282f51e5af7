import type { EntryWrite } from '../ledger/holds.ts';
import type { Nanos } from '../money/money.ts';
import { documentId } from '../store/document-id.ts';
import type { Write } from '../store/documents.ts';
import { LEASES, leaseProgress, leaseSums, type StoredLease } from './lease-store.ts';

/** How an operation changes what the running requests of its lease hold together, and how many they are. */
export interface HoldChange {
  held: Nanos;
  running: number;
}

export const noChange: HoldChange = { held: 0n, running: 0 };

/** What a post adds to its commit: its charge, and what the owner pays for it. */
export interface Post {
  charge: EntryWrite;
  spent: Nanos;
}

/** One operation of a lease's queue. */
export interface Step {
  writes: readonly Write[];
  post: Post | null;
  /** What is true with its writes: a hold that begins. */
  begins: HoldChange;
  /** What is true whatever becomes of its writes: a hold that ends, and what running requests took before it came. */
  anyway: HoldChange;
  resolve: () => void;
  reject: (error: Error) => void;
}

/** The operation that begins a hold, or ends one. `grown`: what running requests took more since the operation before it. */
export function toChange(holds: HoldChange, grown: Nanos): Pick<Step, 'begins' | 'anyway'> {
  const { held, running } = holds;
  if (running < 0) return { begins: noChange, anyway: { held: held + grown, running } };
  return { begins: holds, anyway: { held: grown, running: 0 } };
}

/** The commit of some operations: the lease as it is after them, and all that is written. */
export function toCommit(
  lease: StoredLease,
  steps: readonly Step[],
  expiresAt: number,
): { next: StoredLease; writes: Write[]; charges: EntryWrite[] } {
  const next = { ...lease, ...afterSteps(lease, steps), seq: lease.seq + 1, expiresAt };
  const progress: Write = {
    kind: 'update',
    collection: LEASES,
    id: documentId(lease.leaseId),
    data: { ...leaseProgress(next), ...leaseSums(next) },
    expect: { version: lease.version },
  };
  const charges = chargesOf(lease, steps);
  return { next, writes: [progress, ...charges, ...steps.flatMap(({ writes }) => writes)], charges };
}

/**
 * What a lease says of its requests after some operations. Only what they do themselves is added to what the last commit left:
 * what still waits is in neither.
 */
function afterSteps(
  lease: StoredLease,
  steps: readonly Step[],
): Pick<StoredLease, 'spent' | 'held' | 'running' | 'posts'> {
  let { spent, held, running, posts } = lease;
  for (const { begins, anyway, post } of steps) {
    held += begins.held + anyway.held;
    running += begins.running + anyway.running;
    if (post === null) continue;
    spent += post.spent;
    posts++;
  }
  return { spent, held, running, posts };
}

/** The charges of some operations, each with the lease that pays for it and its number there: 1, 2, 3 …, none missing. */
function chargesOf({ leaseId, posts }: StoredLease, steps: readonly Step[]): EntryWrite[] {
  const charges = steps.flatMap(({ post }) => post?.charge ?? []);
  return charges.map((charge, index) => numbered(charge, leaseId, posts + index + 1));
}

/** A charge as its lease counts it. */
export function numbered(charge: EntryWrite, leaseId: string, nth: number): EntryWrite {
  return { ...charge, data: { ...charge.data, lease_id: leaseId, nth: BigInt(nth) } };
}

/** What a lease needs for an operation before whatever else waits; nothing where it leaves more than it takes. */
export function needOf({ begins, anyway, post }: Step): Nanos {
  const need = begins.held + anyway.held + (post?.spent ?? 0n);
  return need > 0n ? need : 0n;
}
