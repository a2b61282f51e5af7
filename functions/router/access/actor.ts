import { MeshError } from '../../core/errors.ts';
import type { Documents } from '../../core/store/documents.ts';
import type { Call } from '../http/call.ts';
import { authenticateReader, type Holders } from './authenticate.ts';
import { findOwner } from './find-owner.ts';

/** Who reads: an owner with one of its keys, or the administration (null). */
export interface Reader {
  ownerId: string | null;
}

export async function toReader(call: Call, services: Holders): Promise<Reader> {
  const key = await authenticateReader(call, services);
  return { ownerId: key?.ownerId ?? null };
}

/**
 * Whose usage is wanted: a reader's own, or that of the owner that it names; null where the administration names nobody.
 * Another owner than the reader's is `not_found`, like one that does not exist.
 */
export async function toOwnerId(
  services: { documents: Documents },
  reader: Reader,
  named: string | undefined,
): Promise<string | null> {
  if (reader.ownerId === null) {
    if (named !== undefined) await findOwner(services, named);
    return named ?? null;
  }
  if (named === undefined || named === reader.ownerId) return reader.ownerId;
  throw new MeshError('not_found', { message: 'There is no such owner.' });
}
