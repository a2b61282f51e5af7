import { expect, test } from '@jest/globals';
import { json } from './openapi-schema.ts';

test('an example is one of several that have names, so that one with nulls in it is shown', () => {
  expect(json({ type: 'object' }, { fingerprint: null })).toEqual({
    'application/json': { schema: { type: 'object' }, examples: { example: { value: { fingerprint: null } } } },
  });
  expect(json({ type: 'object' })).toEqual({ 'application/json': { schema: { type: 'object' } } });
});
