import { expect, test } from '@jest/globals';
import { differences } from './recorded-figures.ts';

const recorded = { writes: 9, bytes: 4_000 };

test('what is as it was recorded is well', () => {
  expect(differences(recorded, { writes: 9, bytes: 4_000 })).toEqual([]);
  expect(differences(recorded, { writes: 9, bytes: 4_100 }, { of: { bytes: 0.03 } })).toEqual([]);
});

test('one more is told', () => {
  expect(differences(recorded, { writes: 10, bytes: 4_000 })).toEqual(['writes: 10, recorded 9. It rose.']);
  expect(differences(recorded, { writes: 9, bytes: 4_121 }, { of: { bytes: 0.03 } })).toHaveLength(1);
});

test('one less is told with how to lower the record, unless it may fall', () => {
  const [told, ...more] = differences(recorded, { writes: 8, bytes: 4_000 });
  expect(told).toMatch(/^writes: 8, recorded 9\. Lower the record: MESH_RECORD=on npm run jest /);
  expect(more).toEqual([]);
  expect(differences(recorded, { writes: 8, bytes: 3_000 }, { mayFall: true })).toEqual([]);
});

test('what was never recorded is no pass', () => {
  expect(differences(undefined, { writes: 9 })).toHaveLength(1);
  expect(differences(recorded, { calls: 1 })).toHaveLength(1);
});
