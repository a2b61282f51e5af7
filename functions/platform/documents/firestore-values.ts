import { memoized } from '../../core/memoized.ts';
import type { Fields, Value } from '../../core/store/documents.ts';

/**
 * A value as Firestore's JSON has it: one field, whose name says the kind.
 * https://firebase.google.com/docs/firestore/reference/rest/v1/Value
 */
export interface FirestoreValue {
  nullValue?: null;
  booleanValue?: boolean;
  /** All digits of 64 bits. */
  integerValue?: string;
  doubleValue?: number;
  /** RFC 3339, to the nanosecond. */
  timestampValue?: string;
  stringValue?: string;
  /** Without `values` where it is empty. */
  arrayValue?: { values?: FirestoreValue[] };
  mapValue?: { fields?: FirestoreFields };
}
export type FirestoreFields = { [field: string]: FirestoreValue };

/** Integral numbers below this are integers to Firestore, which has 64 bits for them. */
const MAX_INTEGER = 2 ** 63;
/** Up to whole seconds: `2026-11-28T16:30:09`. */
const SECONDS_LENGTH = 19;
const NANO_DIGITS = 9;
const NANOS_PER_MS = 1_000_000;
/** Names of fields are few, and the same again and again. */
const MAX_NAMES = 1_000;

/** Text in quotes. Half of a surrogate pair alone is no text to Firestore: it becomes U+FFFD, as its own client has it. */
export const quoted = (text: string): string => JSON.stringify(text.toWellFormed());
const quotedName = memoized(quoted, MAX_NAMES);

/** The JSON of a document's `fields`. Throws `TypeError` where a number is not finite. */
export function encodeFields(data: Fields): string {
  let text = '';
  for (const name in data) {
    const value = data[name];
    if (value !== undefined) text += `${text === '' ? '' : ','}${quotedName(name)}:${encodeValue(value)}`;
  }
  return `{${text}}`;
}

function encodeValue(value: Value): string {
  switch (typeof value) {
    case 'string':
      return `{"stringValue":${quoted(value)}}`;
    case 'bigint':
      return `{"integerValue":"${value}"}`;
    case 'boolean':
      return `{"booleanValue":${value}}`;
    case 'number':
      return encodeNumber(value);
  }
  if (value === null) return '{"nullValue":null}';
  if (value instanceof Date) return `{"timestampValue":"${value.toISOString()}"}`;
  if (Array.isArray(value)) return `{"arrayValue":{"values":[${value.map(encodeValue).join()}]}}`;
  return `{"mapValue":{"fields":${encodeFields(value as Fields)}}}`;
}

function encodeNumber(value: number): string {
  if (!Number.isFinite(value)) throw new TypeError('A number to be stored is not finite.');
  const isInteger = Number.isInteger(value) && Math.abs(value) < MAX_INTEGER;
  return isInteger ? `{"integerValue":"${BigInt(value)}"}` : `{"doubleValue":${value}}`;
}

/** The reverse. Throws where a value is of a kind that we never write, such as bytes or a place on the map. */
export function decodeFields(fields: FirestoreFields = {}): { [field: string]: Value } {
  const data: { [field: string]: Value } = {};
  for (const name in fields) data[name] = decodeValue(fields[name] as FirestoreValue);
  return data;
}

function decodeValue(value: FirestoreValue): Value {
  for (const kind in value) {
    switch (kind as keyof FirestoreValue) {
      case 'stringValue':
        return value.stringValue as string;
      case 'integerValue':
        return BigInt(value.integerValue as string);
      case 'nullValue':
        return null;
      case 'booleanValue':
        return value.booleanValue as boolean;
      case 'timestampValue':
        return new Date(toMilliseconds(value.timestampValue as string, Math.round));
      case 'doubleValue':
        // What is not finite is a text.
        return Number(value.doubleValue);
      case 'arrayValue':
        return (value.arrayValue?.values ?? []).map(decodeValue);
      case 'mapValue':
        return decodeFields(value.mapValue?.fields);
    }
  }
  throw new Error(`A document has a value of a kind that is never written: ${Object.keys(value).join()}.`);
}

/** Unix milliseconds of a time that is told to the nanosecond; `round` makes whole ones of them. */
export function toMilliseconds(timestamp: string, round: (milliseconds: number) => number): number {
  const nanos = Number(timestamp.slice(SECONDS_LENGTH + 1, -1).padEnd(NANO_DIGITS, '0'));
  return Date.parse(`${timestamp.slice(0, SECONDS_LENGTH)}Z`) + round(nanos / NANOS_PER_MS);
}
