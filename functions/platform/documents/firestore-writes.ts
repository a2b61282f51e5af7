import { memoized } from '../../core/memoized.ts';
import type { Fields, Write } from '../../core/store/documents.ts';
import { encodeFields, quoted } from './firestore-values.ts';

const MAX_NAMES = 1_000;

/**
 * A write as Firestore's JSON has it. `name` is the document's, whole. A version is the document's `updateTime`.
 * https://firebase.google.com/docs/firestore/reference/rest/v1/Write
 */
export function encodeWrite(write: Write, name: string): string {
  const expected = encodeExpectation(write.expect);
  if (write.kind === 'delete') return `{"delete":${quoted(name)}${expected}}`;
  const mask = write.kind === 'update' ? `,"updateMask":{"fieldPaths":[${encodeMask(write.data)}]}` : '';
  return `{"update":{"name":${quoted(name)},"fields":${encodeFields(write.data)}}${mask}${expected}}`;
}

function encodeExpectation(expect: Write['expect']): string {
  switch (expect) {
    case 'any':
      return '';
    case 'absent':
      return ',"currentDocument":{"exists":false}';
    case 'present':
      return ',"currentDocument":{"exists":true}';
    default:
      return `,"currentDocument":{"updateTime":${quoted(expect.version)}}`;
  }
}

function encodeMask(data: Fields): string {
  const names = Object.keys(data).filter((name) => data[name] !== undefined);
  // Firestore takes an empty mask for none, and would replace the whole document.
  if (names.length === 0) throw new TypeError('An update names no field.');
  return names.map(fieldPath).join();
}

/** A top-level field's path in quotes: a name with a dot would mean a field within another. */
const fieldPath = memoized(
  (name) => quoted(/^[A-Za-z_]\w*$/.test(name) ? name : `\`${name.replace(/[\\`]/g, '\\$&')}\``),
  MAX_NAMES,
);
