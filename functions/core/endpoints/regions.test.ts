import { expect, test } from '@jest/globals';
import { builtinFiles } from '../../catalogue/builtin.ts';
import { roundTripMs } from './regions.ts';

/** Regions that are no place. */
const PLACELESS = ['global'];

const regionsOf = (entry: unknown): string[] => {
  const { regions } = Object(entry) as { regions?: string[] | Record<string, unknown> };
  return Array.isArray(regions) ? regions : Object.keys(regions ?? {});
};

test('every region that the catalogue names has a place', () => {
  const named = builtinFiles.flatMap(({ providers, models }) => [
    ...Object.values(providers ?? {}).flatMap(regionsOf),
    ...Object.values(models ?? {}).flatMap((model) => (model?.endpoints ?? []).flatMap(regionsOf)),
  ]);
  const regions = [...new Set(named)].filter((region) => !PLACELESS.includes(region));
  expect(regions.length).toBeGreaterThan(2);
  expect(regions.filter((region) => roundTripMs(region, region) === 0)).toEqual([]);
});

test('the farther, the longer, both ways the same', () => {
  const fromMumbai = ['asia-south1', 'asia-south2', 'asia-southeast1', 'europe-west4', 'us-central1'].map((region) =>
    roundTripMs('asia-south1', region),
  );
  expect(fromMumbai).toEqual([...fromMumbai].sort((a, b) => a - b));
  expect(roundTripMs('us-central1', 'asia-south1')).toBeCloseTo(roundTripMs('asia-south1', 'us-central1'));
});

test('one city has one place with both clouds', () => {
  expect(roundTripMs('asia-south1', 'ap-south-1')).toBe(roundTripMs('asia-south1', 'asia-south1'));
});

test.each(['global', 'nowhere', null])('%s is in no place, and costs nothing', (region) => {
  expect(roundTripMs('asia-south1', region)).toBe(0);
});
