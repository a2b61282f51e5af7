import { MeshError } from '../../core/errors.ts';
import type { Documents } from '../../core/store/documents.ts';

export interface Allowance {
  /** Has a document, with an `owner_id`, for each. */
  collection: string;
  ownerId: string;
  /** As many as an owner may have. */
  most: number;
  /** What they are, as the message says it: `templates`. */
  what: string;
}

/** Throws `conflict` where an owner has as many of something as it may have. */
export async function refuseTooMany(
  { documents }: { documents: Pick<Documents, 'query'> },
  { collection, ownerId, most, what }: Allowance,
): Promise<void> {
  const where = [{ field: 'owner_id', op: '==', value: ownerId } as const];
  const there = await documents.query({ collection, where, limit: most });
  if (there.length < most) return;
  throw new MeshError('conflict', { message: `There are ${most} ${what} already. Delete one first.` });
}
