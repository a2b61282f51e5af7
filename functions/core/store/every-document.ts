import { type Document, type Documents, type Filter, MAX_QUERY_DOCUMENTS } from './documents.ts';

/** Every document of a collection, a page at a time, by a field that is unique in it. */
export async function* everyDocument(
  documents: Pick<Documents, 'query'>,
  collection: string,
  field: string,
  filter?: Filter,
): AsyncGenerator<Document> {
  let after = '';
  for (;;) {
    const where: Filter[] = [...(filter ? [filter] : []), { field, op: '>', value: after }];
    const page = await documents.query({ collection, where, orderBy: { field, direction: 'asc' } });
    yield* page;
    if (page.length < MAX_QUERY_DOCUMENTS) return;
    after = String(page.at(-1)?.data[field]);
  }
}

/**
 * Every document of a collection that is of an owner from `first` to `last`, in the order of owners, in a number of queries that
 * goes with how many documents there are and not with how many owners. An owner with more than one answer holds has them read by
 * `field`, which is unique in the collection.
 */
export async function* everyDocumentOfOwners(
  documents: Pick<Documents, 'query'>,
  { collection, field, equal = {} }: { collection: string; field: string; equal?: Readonly<Record<string, string>> },
  first: string,
  last: string,
): AsyncGenerator<Document> {
  const where = Object.entries(equal).map(([name, value]): Filter => ({ field: name, op: '==', value }));
  let from: Filter = { field: 'owner_id', op: '>=', value: first };
  for (;;) {
    const page = await documents.query({
      collection,
      where: [...where, from, { field: 'owner_id', op: '<=', value: last }],
      orderBy: { field: 'owner_id', direction: 'asc' },
    });
    if (page.length < MAX_QUERY_DOCUMENTS) {
      yield* page;
      return;
    }
    // The last one's may go on beyond the page.
    const cut = String(page.at(-1)?.data.owner_id);
    yield* page.filter(({ data }) => data.owner_id !== cut);
    const ofCut: Filter = { field: 'owner_id', op: '==', value: cut };
    for await (const document of everyDocument(documents, collection, field, ofCut)) {
      if (Object.entries(equal).every(([name, value]) => document.data[name] === value)) yield document;
    }
    from = { field: 'owner_id', op: '>', value: cut };
  }
}

export async function collect<T>(things: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const thing of things) all.push(thing);
  return all;
}
