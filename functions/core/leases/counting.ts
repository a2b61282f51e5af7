import { hasNote } from '../ledger/outbox.ts';
import { toNanos } from '../money/to-nanos.ts';
import { documentId } from '../store/document-id.ts';
import type { Document, Transaction } from '../store/documents.ts';
import { LEASES, type StoredLease, toLease } from './lease-store.ts';
import { countedBy, isCounted, MARKS, type Mark, markAfter, toMark, writeMark } from './marks.ts';

/** Charges of one lease that wait for a missing one are looked for at the latest when so many do, or it is missing for so long. */
const MAX_BEYOND = 500;
export const MISSING_MS = 10_000;
/** Missing charges of a lease that one transaction counts at most. */
export const MAX_MISSING = 1_000;

/** A lease as it is counted: its documents, null where they are not there, and charges of it that are known of. */
export interface Counting {
  leaseId: string;
  lease: Document | null;
  mark: Document | null;
  charges: readonly Document[];
}

/** Charges of a lease that are missing: their messages were lost, or come late. */
export interface Gap {
  lease: StoredLease;
  mark: Mark;
  /** Unix milliseconds. */
  openedAt: number;
  numbers: ReadonlySet<number>;
}

/** What is counted of a lease, and what is written for that. */
export interface CountPlan extends Counting {
  /** Those among its charges that are counted now. */
  charges: readonly Document[];
  /** What is written: another mark, nothing, or that the lease goes with its mark. */
  after: Mark | 'same' | 'gone';
  gap: Gap | null;
}

/** A lease as it was before the transaction, null where that is not known. */
export interface Seen {
  lease: Document | null;
  isFirstRun: boolean;
}

/**
 * A lease whose only charge ended it has no mark: its entry says so, and none is looked for. It goes when it is counted, which fails
 * where it is gone, and the next run looks. Any other lease is there as long as its mark is, and as it is once it is
 * closed: that it was closed meanwhile is found when it is told of.
 */
export async function readCounting(
  tx: Transaction,
  leaseId: string,
  charges: readonly Document[],
  seen: Seen,
): Promise<Counting> {
  const id = documentId(leaseId);
  if (charges.some(({ data }) => data.alone === true)) {
    const closed = seen.isFirstRun && seen.lease?.data.status === 'closed' ? seen.lease : await tx.get(LEASES, id);
    return { leaseId, lease: closed, mark: null, charges };
  }
  const mark = await tx.get(MARKS, id);
  // Without a mark it is not counted yet, or gone with all that was counted: nothing but the transaction can tell.
  const lease = mark === null || seen.lease === null ? await tx.get(LEASES, id) : seen.lease;
  return { leaseId, lease, mark, charges };
}

/** Counts what a mark has not, each once. A lease that is not there was counted, and one that is closed goes when it is. */
export function planCount(counting: Counting): CountPlan {
  const { leaseId, lease: document, mark: stored } = counting;
  if (document === null) return { ...counting, charges: [], after: 'same', gap: null };
  const lease = toLease(document);
  const openedAt = document.data.opened_at instanceof Date ? document.data.opened_at.getTime() : 0;
  const before: Mark = stored === null ? { posts: 0, beyond: [], at: openedAt } : toMark(stored);
  const counted = new Map<number, number>();
  const charges = counting.charges.filter((charge) => {
    const nth = Number(toNanos(charge.data.nth));
    if (isCounted(before, nth) || counted.has(nth)) return false;
    counted.set(nth, (charge.data.created_at as Date).getTime());
    // One of before is counted by its own note.
    return !hasNote(charge);
  });
  const mark = markAfter(before, counted);
  const isClosed = document.data.status === 'closed';
  if (isClosed && countedBy(mark) >= lease.posts) return { ...counting, charges, after: 'gone', gap: null };
  const numbers = missingOf(mark, lease, Math.max(0, ...counted.values()));
  const gap = numbers.size === 0 ? null : { lease, mark, openedAt, numbers };
  return { leaseId, lease: document, mark: stored, charges, after: counted.size === 0 ? 'same' : mark, gap };
}

/** What is to be looked for: all that is missing of a lease that has ended; else what has been missing for long. */
function missingOf(mark: Mark, { open, posts }: StoredLease, newest: number): Set<number> {
  const last = mark.beyond.at(-1) ?? 0;
  const isOverdue = last > 0 && (mark.beyond.length > MAX_BEYOND || newest - mark.at > MISSING_MS);
  const numbers = new Set<number>();
  const end = open ? (isOverdue ? last : 0) : posts;
  for (let nth = mark.posts + 1; nth <= end && numbers.size < MAX_MISSING; nth++) {
    if (!isCounted(mark, nth)) numbers.add(nth);
  }
  return numbers;
}

export function writeCounting(tx: Transaction, { leaseId, lease, mark, after }: CountPlan): void {
  if (after === 'same' || lease === null) return;
  if (after !== 'gone') {
    writeMark(tx, mark, leaseId, after);
    return;
  }
  tx.write({ kind: 'delete', collection: LEASES, id: lease.id, expect: { version: lease.version } });
  if (mark !== null) tx.write({ kind: 'delete', collection: MARKS, id: mark.id, expect: { version: mark.version } });
}
