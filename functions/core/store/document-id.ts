import { hash } from 'node:crypto';
import { memoized } from '../memoized.ts';

/** Hex digits of the hash that an id begins with. */
const HASH_DIGITS = 4;
/** A longer name is one that nobody was given, and no store has to take it: it becomes its hash. Firestore's ids have 1,500 at most. */
const MAX_NAME_BYTES = 1_400;
/** Ids that are kept with their names: a request's documents are named and found some ten times within a moment. */
const MAX_KEPT = 4_096;

/**
 * The id of a document named for something that counts up, as ULIDs do: `a1b2_req_01J…`. Four hex digits of a hash go
 * first, because ids in sequence make a hot spot of one server. A slash, which would be taken for a path, becomes `%2F`.
 * https://firebase.google.com/docs/firestore/best-practices#document_ids
 */
export const documentId: (id: string) => string = memoized((id) => {
  const digits = hash('sha256', id, 'hex');
  const name = id.replaceAll('/', '%2F');
  return `${digits.slice(0, HASH_DIGITS)}_${Buffer.byteLength(name) > MAX_NAME_BYTES ? digits : name}`;
}, MAX_KEPT);

/** Which of so many shards a document is in, by the hash that its id begins with. */
export function shardOf(id: string, shards: number): bigint {
  return BigInt(Number.parseInt(id.slice(0, HASH_DIGITS), 16) % shards);
}
