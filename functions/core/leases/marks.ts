import { toNanos } from '../money/to-nanos.ts';
import { documentId } from '../store/document-id.ts';
import type { Document, Fields, Transaction } from '../store/documents.ts';

/**
 * `marks/{lease}`: which charges of a lease are counted. Charges are numbered 1, 2, 3 … by their lease, and have no other sign of
 * it. Only a lease that was counted while it was open has a mark, which goes with it; one that is not there was counted.
 */
export const MARKS = 'marks';

export interface Mark {
  /** All charges up to this number are counted. */
  posts: number;
  /** Those counted beyond it, since their messages came first; ascending. */
  beyond: readonly number[];
  /** When the last charge before the first gap was made, Unix milliseconds: what is missing was made about then or later. */
  at: number;
}

/** Throws a `TypeError` for one that was damaged. */
export function toMark({ data }: Document): Mark {
  if (!(data.at instanceof Date) || !Array.isArray(data.beyond)) throw new TypeError('A stored mark is damaged.');
  return {
    posts: Number(toNanos(data.posts)),
    beyond: data.beyond.map((nth) => Number(toNanos(nth))),
    at: data.at.getTime(),
  };
}

/** How many charges of its lease it counts. */
export function countedBy({ posts, beyond }: Pick<Mark, 'posts' | 'beyond'>): number {
  return posts + beyond.length;
}

export function isCounted({ posts, beyond }: Mark, nth: number): boolean {
  return nth <= posts || beyond.includes(nth);
}

/** The mark after some more charges, by their numbers with the times they were made at. */
export function markAfter(mark: Mark, counted: ReadonlyMap<number, number>): Mark {
  const beyond = new Set([...mark.beyond, ...counted.keys()]);
  let { posts, at } = mark;
  while (beyond.delete(posts + 1)) {
    posts++;
    at = Math.max(at, counted.get(posts) ?? at);
  }
  return { posts, beyond: [...beyond].filter((nth) => nth > posts).sort((a, b) => a - b), at };
}

/** Writes a mark, over `document`. */
export function writeMark(tx: Transaction, document: Document | null, leaseId: string, mark: Mark): void {
  const data: Fields = {
    lease_id: leaseId,
    posts: BigInt(mark.posts),
    beyond: mark.beyond.map(BigInt),
    at: new Date(mark.at),
  };
  const expect = document === null ? 'absent' : { version: document.version };
  tx.write({ kind: 'set', collection: MARKS, id: documentId(leaseId), data, expect });
}
