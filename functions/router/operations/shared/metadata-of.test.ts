import { expect, test } from '@jest/globals';
import { MAX_METADATA_PAIRS, metadataOf } from './metadata-of.ts';

const keep = { 'x-mesh-metadata': 'keep' };

test('metadata is kept where its caller asks for that, and nowhere else', () => {
  const metadata = { ticket: 'T-1' };
  expect(metadataOf(keep, { metadata })).toEqual(metadata);
  expect(metadataOf({}, { metadata })).toBeNull();
  expect(metadataOf({ 'x-mesh-metadata': 'no' }, { metadata })).toBeNull();
  expect(metadataOf(keep, {})).toBeNull();
  expect(metadataOf(keep, { metadata: {} })).toBeNull();
});

test.each([
  ['text'],
  [{ nested: {} }],
  [{ number: 7 }],
  [{ long: 'x'.repeat(513) }],
  [{ ['x'.repeat(65)]: '' }],
  [Object.fromEntries(Array.from({ length: 5 }, (_, n) => [`n${n}`, 'x'.repeat(512)]))],
  [Object.fromEntries(Array.from({ length: MAX_METADATA_PAIRS + 1 }, (_, n) => [`n${n}`, '']))],
])('more than is kept is refused: %.60j', (metadata) => {
  expect(() => metadataOf(keep, { metadata })).toThrow(expect.objectContaining({ param: 'metadata' }));
  expect(metadataOf({}, { metadata })).toBeNull();
});
