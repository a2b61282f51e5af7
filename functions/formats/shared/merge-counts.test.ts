import { expect, test } from '@jest/globals';
import { mergeCounts } from './merge-counts.ts';

test.each([
  ['later ones replace earlier ones', { a: 1, b: 2 }, { a: 3 }, { a: 3, b: 2 }],
  ['nulls and zeros wipe nothing', { a: 1, b: 2 }, { a: 0, b: null }, { a: 1, b: 2 }],
  ['zeros count where nothing was counted', {}, { a: 0 }, { a: 0 }],
  ['counters within counters are counters too', { a: { x: 1, y: 2 } }, { a: { x: 0, y: 3 } }, { a: { x: 1, y: 3 } }],
  ['what is no report changes nothing', { a: 1 }, 'none', { a: 1 }],
])('%s', (_, earlier, later, merged) => expect(mergeCounts(earlier, later)).toEqual(merged));
