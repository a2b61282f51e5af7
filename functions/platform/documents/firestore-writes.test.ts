import { expect, test } from '@jest/globals';
import type { Write } from '../../core/store/documents.ts';
import { encodeWrite } from './firestore-writes.ts';

const NAME = 'projects/p/databases/(default)/documents/owners/a1b2_x"%2F';
const form = (write: Write) => JSON.parse(encodeWrite(write, NAME));
const version = '2026-11-28T16:30:09.123456Z';
const at = { collection: 'owners', id: 'a1b2_x"%2F' };
const fields = { v: { integerValue: '1' } };

test.each([
  ['any', {}],
  ['absent', { currentDocument: { exists: false } }],
  ['present', { currentDocument: { exists: true } }],
  [{ version }, { currentDocument: { updateTime: version } }],
] as const)('a set replaces the whole document, and says what it expects: %j', (expect_, condition) => {
  const write: Write = { kind: 'set', ...at, data: { v: 1n }, expect: expect_ };
  expect(form(write)).toEqual({ update: { name: NAME, fields }, ...condition });
});

test('an update names its fields, each in one piece', () => {
  const data = { v: 1n, 'a.b': null, 'ta`k\\': true, gone: undefined, हिन्दी: 'x' };
  const { update, updateMask, currentDocument } = form({ kind: 'update', ...at, data, expect: { version } });
  expect(updateMask).toEqual({ fieldPaths: ['v', '`a.b`', '`ta\\`k\\\\`', '`हिन्दी`'] });
  expect(Object.keys(update.fields)).toEqual(['v', 'a.b', 'ta`k\\', 'हिन्दी']);
  expect(currentDocument).toEqual({ updateTime: version });
});

test('an update of nothing is a mistake of ours: without a mask it would empty the document', () => {
  expect(() => encodeWrite({ kind: 'update', ...at, data: { gone: undefined }, expect: { version } }, NAME)).toThrow(
    TypeError,
  );
});

test('a delete', () => {
  expect(form({ kind: 'delete', ...at, expect: 'any' })).toEqual({ delete: NAME });
  expect(form({ kind: 'delete', ...at, expect: { version } })).toEqual({
    delete: NAME,
    currentDocument: { updateTime: version },
  });
});
