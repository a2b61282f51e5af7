import { hash } from 'node:crypto';

/** Ids that are kept with their names: a request's documents are named and found some ten times within a moment. */
const MAX_KEPT = 4_096;
const kept = new Map<string, string>();

/**
 * The id of a document named for something that counts up, as ULIDs do: `a1b2_req_01J…`. Four hex digits of a hash go
 * first, because ids in sequence make a hot spot of one server. A slash, which would be taken for a path, becomes `%2F`.
 * https://firebase.google.com/docs/firestore/best-practices#document_ids
 */
export function documentId(id: string): string {
  const known = kept.get(id);
  if (known !== undefined) return known;
  const made = `${hash('sha256', id, 'hex').slice(0, 4)}_${id.replaceAll('/', '%2F')}`;
  if (kept.size >= MAX_KEPT) kept.clear();
  kept.set(id, made);
  return made;
}
