import { expect, test } from '@jest/globals';
import type { Query } from '../../functions/core/store/documents.ts';
import { missingIndex } from './indexed-documents.ts';

const file = {
  indexes: [
    {
      collectionGroup: 'things',
      fields: [
        { fieldPath: 'owner', order: 'ASCENDING' },
        { fieldPath: 'at', order: 'DESCENDING' },
      ],
    },
    {
      collectionGroup: 'things',
      fields: [
        { fieldPath: 'kind', order: 'ASCENDING' },
        { fieldPath: 'at', order: 'DESCENDING' },
      ],
    },
  ],
  fieldOverrides: [{ collectionGroup: 'things', fieldPath: 'at', indexes: [] }],
};
const owner = { field: 'owner', op: '==', value: 'a' } as const;
const kind = { field: 'kind', op: '==', value: 'b' } as const;
const color = { field: 'color', op: '==', value: 'c' } as const;
const since = { field: 'at', op: '>=', value: 1n } as const;
const latest = { field: 'at', direction: 'desc' } as const;
const missing = (query: Omit<Query, 'collection'>) => missingIndex({ collection: 'things', ...query }, file);

test.each<[string, Omit<Query, 'collection'>]>([
  ['everything', {}],
  ['equalities', { where: [owner, kind] }],
  ['an order by one field', { orderBy: { field: 'name', direction: 'asc' } }],
  ['an equality and the order that an index has', { where: [owner], orderBy: latest }],
  ['a range in that order', { where: [owner, since], orderBy: latest }],
  ['equalities that two indexes have in one order', { where: [owner, kind], orderBy: latest }],
])('a query of %s has its index', (_, query) => expect(missing(query)).toBeNull());

test.each<[string, Omit<Query, 'collection'>, string]>([
  ['a field that is not indexed', { orderBy: latest }, 'things: at'],
  [
    'another direction',
    { where: [owner], orderBy: { field: 'at', direction: 'asc' } },
    'things: owner, ordered by at ASC',
  ],
  ['a range, whose order is ascending', { where: [owner, since] }, 'things: owner, ordered by at ASC'],
  ['an equality that no index has', { where: [owner, color], orderBy: latest }, 'things: owner, color, ordered by at'],
  [
    'an order by another field than the range',
    { where: [since], orderBy: { field: 'n', direction: 'asc' } },
    'a range of at',
  ],
])('a query of %s is refused', (_, query, words) => expect(missing(query)).toContain(words));
