import indexFile from '../../emulators/firestore.indexes.json' with { type: 'json' };
import type { Documents, Query } from '../../functions/core/store/documents.ts';

/** What Firestore is told to index, and not to, beside every single field: the file that `infra/` deploys. */
export interface IndexFile {
  indexes: readonly { collectionGroup: string; fields: readonly { fieldPath: string; order: string }[] }[];
  fieldOverrides: readonly { collectionGroup: string; fieldPath: string; indexes: readonly unknown[] }[];
}

/**
 * The same store, which refuses a query that production would refuse for want of an index. Emulators and SQLite answer any.
 */
export function indexedDocuments(documents: Documents): Documents {
  const checked = (query: Query): Query => {
    const missing = missingIndex(query, indexFile);
    if (missing !== null) throw new Error(`emulators/firestore.indexes.json has no index of ${missing}.`);
    return query;
  };
  const { check } = documents;
  return {
    place: documents.place,
    get: (collection, id) => documents.get(collection, id),
    query: async (query) => documents.query(checked(query)),
    listen: (query, onChanges, onError) => documents.listen(checked(query), onChanges, onError),
    transaction: (body) => documents.transaction(body),
    commit: (writes) => documents.commit(writes),
    ...(check === undefined ? {} : { check: () => check.call(documents) }),
    now: () => documents.now(),
    close: () => documents.close(),
  };
}

/**
 * The index that a query lacks, in words; null where it has what it needs. Equalities are merged from the indexes of single
 * fields; with a range or an order it takes composite ones that end in that field, which together have all equalities.
 * https://firebase.google.com/docs/firestore/query-data/index-overview
 */
export function missingIndex({ collection, where = [], orderBy }: Query, file: IndexFile): string | null {
  const equal = [...new Set(where.filter(({ op }) => op === '==').map(({ field }) => field))];
  const ranged = where.find(({ op }) => op !== '==')?.field;
  const ordered = orderBy?.field ?? ranged;
  if (ranged !== undefined && ordered !== ranged) return `${collection}: a range of ${ranged}, ordered by ${ordered}`;
  const order = orderBy?.direction === 'desc' ? 'DESCENDING' : 'ASCENDING';
  const unindexed = file.fieldOverrides.filter((one) => one.collectionGroup === collection && one.indexes.length === 0);
  const isSingle = (field: string) => !unindexed.some(({ fieldPath }) => fieldPath === field);
  if (ordered === undefined || equal.includes(ordered) || equal.length === 0) {
    const fields = ordered === undefined ? equal : [...new Set([...equal, ordered])];
    const missing = fields.filter((field) => !isSingle(field));
    return missing.length === 0 ? null : `${collection}: ${missing.join(', ')}`;
  }
  const usable = file.indexes
    .filter(({ collectionGroup, fields }) => {
      const last = fields.at(-1);
      return collectionGroup === collection && last?.fieldPath === ordered && last.order === order;
    })
    .map(({ fields }) => fields.slice(0, -1).map(({ fieldPath }) => fieldPath))
    .filter((fields) => fields.every((field) => equal.includes(field)));
  const served = new Set(usable.flat());
  const missing = equal.filter((field) => !served.has(field));
  return missing.length === 0 ? null : `${collection}: ${equal.join(', ')}, ordered by ${ordered} ${order}`;
}
