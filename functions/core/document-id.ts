import { createHash } from 'node:crypto';

/**
 * The id of a document by the name of the thing: four hex digits of its hash, then the name. Names that grow with time
 * (ULIDs) would otherwise all be written to one end of the store's key range. Slashes would be taken for a path.
 */
export function documentId(name: string): string {
  return `${createHash('sha256').update(name).digest('hex').slice(0, 4)}_${name.replaceAll('/', '%2F')}`;
}
