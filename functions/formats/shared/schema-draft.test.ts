import { describe, expect, test } from '@jest/globals';
import { toCurrentDraft } from './schema-draft.ts';

describe('a schema of an older draft', () => {
  test.each<[string, object, object]>([
    ['keeps what is not old', { type: 'array', items: { type: 'null' } }, { type: 'array', items: { type: 'null' } }],
    [
      'says a tuple by its newer name',
      { items: [{ type: 'number' }, true] },
      { prefixItems: [{ type: 'number' }, true] },
    ],
    ['says what follows a tuple', { items: [{}], additionalItems: false }, { prefixItems: [{}], items: false }],
    ['drops a tuple of nothing', { type: 'array', items: [] }, { type: 'array' }],
    ['drops what follows no tuple', { items: {}, additionalItems: false }, { items: {} }],
    ['turns a flag into a limit', { minimum: 1, exclusiveMinimum: true }, { exclusiveMinimum: 1 }],
    ['drops a flag that is off', { maximum: 9, exclusiveMaximum: false }, { maximum: 9 }],
    ['drops a flag without a limit', { exclusiveMinimum: true }, {}],
    ['keeps a limit that excludes', { exclusiveMinimum: 0 }, { exclusiveMinimum: 0 }],
    ['makes a flag of OpenAPI a type', { type: 'string', nullable: true }, { type: ['string', 'null'] }],
    [
      'makes it a value too, where those are listed',
      { type: 'string', nullable: true, enum: ['a'] },
      { type: ['string', 'null'], enum: ['a', null] },
    ],
    ['has null among its types once', { type: ['string', 'null'], nullable: true }, { type: ['string', 'null'] }],
    ['drops a flag of OpenAPI that is off', { type: 'string', nullable: false }, { type: 'string' }],
    [
      'splits dependencies',
      { dependencies: { a: ['b'], c: { required: ['d'] } } },
      { dependentRequired: { a: ['b'] }, dependentSchemas: { c: { required: ['d'] } } },
    ],
    [
      'lists what its properties say of themselves',
      { properties: { a: { required: true }, b: { required: false } }, required: ['b', 'b'] },
      { properties: { a: { required: true }, b: { required: false } }, required: ['b', 'a'] },
    ],
    ['drops a flag that is no list', { type: 'string', required: true }, { type: 'string' }],
    [
      'drops nulls but where null is a value',
      { default: null, const: null, required: null },
      { default: null, const: null },
    ],
    ['drops the type any', { type: 'any', description: 'x' }, { description: 'x' }],
  ])('%s', (_, old, current) => {
    const before = structuredClone(old);
    expect(toCurrentDraft(old as Record<string, unknown>)).toEqual(current);
    expect(old).toEqual(before);
  });
});
