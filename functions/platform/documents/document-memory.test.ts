import { expect, test } from '@jest/globals';
import { DocumentMemory, MAX_REMEMBERED } from './document-memory.ts';

const document = { id: 'a', version: '1', data: {} };

test('what was kept is known until others have written, and so is what is not there', () => {
  const memory = new DocumentMemory();
  memory.heed(7);
  memory.keep('things', 'a', document);
  memory.keep('things', 'b', null);
  memory.heed(7);
  expect([memory.get('things', 'a'), memory.get('things', 'b')]).toEqual([document, null]);
  expect([memory.get('things', 'c'), memory.get('others', 'a')]).toEqual([undefined, undefined]);
  memory.heed(8);
  expect([memory.get('things', 'a'), memory.get('things', 'b')]).toEqual([undefined, undefined]);
});

test('of each collection so many are known, the ones that were kept last', () => {
  const memory = new DocumentMemory();
  memory.keep('others', 'x', document);
  for (let n = 0; n < MAX_REMEMBERED; n++) memory.keep('things', String(n), null);
  memory.keep('things', '0', document);
  memory.keep('things', 'one more', null);
  expect(memory.get('things', '0')).toBe(document);
  expect(memory.get('things', '1')).toBeUndefined();
  expect(memory.get('things', '2')).toBeNull();
  expect(memory.get('others', 'x')).toBe(document);
});
