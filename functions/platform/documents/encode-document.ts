import { memoized } from '../../core/memoized.ts';
import type { Fields, Value } from '../../core/store/documents.ts';

/** A `Date` as JSON holds it. */
export const DATE_TAG = '$date';

/** Integral numbers below this are written digit by digit, and come back as `bigint`. */
const MAX_PLAIN_INTEGER = 1e21;

/** The third argument of a reviver is in Node 22 and later; TypeScript's library has not got it yet. */
const json = JSON as unknown as {
  parse(text: string, reviver: (name: string, value: unknown, context: { source?: string }) => unknown): unknown;
};

/**
 * Fields as they come back when they have been stored: integers are `bigint`, what is `undefined` is not there.
 *
 * Here and below names are asked for, and not gone through with `in`: of fields of so many shapes V8 optimises that loop again and
 * again, and it was a tenth of a router's CPU time.
 */
export function normalizeFields(data: Fields): Record<string, Value> {
  const normal: Record<string, Value> = {};
  for (const name of Object.keys(data)) {
    const value = data[name];
    if (value !== undefined) normal[name] = normalize(value);
  }
  return normal;
}

function normalize(value: Value): Value {
  if (typeof value === 'string' || typeof value === 'bigint') return value;
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError('A number to be stored is not finite.');
    return Number.isInteger(value) && Math.abs(value) < MAX_PLAIN_INTEGER ? BigInt(value) : value;
  }
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  return Array.isArray(value) ? value.map(normalize) : normalizeFields(value as Fields);
}

/** Normal fields as JSON text in which integers keep all their digits. */
export function encodeDocument(data: { readonly [field: string]: Value }): string {
  let text = '{';
  let separator = '';
  for (const name of Object.keys(data)) {
    text += separator + quoted(name) + encode(data[name] as Value);
    separator = ',';
  }
  return `${text}}`;
}

/** Names of fields are few, and the same again and again. */
const MAX_NAMES = 1_000;
const quoted = memoized<string>((name) => `${JSON.stringify(name)}:`, MAX_NAMES);

/** Text that stands in JSON as it is. */
const PLAIN = /^[ !#-[\]-~]*$/;

function encode(value: Value): string {
  if (typeof value === 'string') return PLAIN.test(value) ? `"${value}"` : JSON.stringify(value);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (value instanceof Date) return `{"${DATE_TAG}":${value.getTime()}}`;
  if (Array.isArray(value)) return `[${value.map(encode).join()}]`;
  return encodeDocument(value as { readonly [field: string]: Value });
}

/**
 * The reverse of `encodeDocument`. To be told how each number was written takes ten times as long, so that is asked only of a text
 * with a whole number that a double may not hold exactly.
 */
export function decodeDocument(text: string): Record<string, Value> {
  const data = JSON.parse(text) as Record<string, unknown>;
  return toValues(data) ? (data as Record<string, Value>) : decodeDigitByDigit(text);
}

/** Makes values of what was read, in its place. False where a number may have lost digits. */
function toValues(fields: Record<string, unknown>): boolean {
  for (const name of Object.keys(fields)) {
    const value = fields[name];
    if (typeof value === 'number') {
      if (Number.isSafeInteger(value)) fields[name] = BigInt(value);
      else if (Number.isInteger(value)) return false;
    } else if (typeof value === 'object' && value !== null) {
      if (!toValues(value as Record<string, unknown>)) return false;
      if (isTaggedDate(value)) fields[name] = new Date(Number(value[DATE_TAG]));
    }
  }
  return true;
}

function decodeDigitByDigit(text: string): Record<string, Value> {
  return json.parse(text, (_name, value, { source }) => {
    if (typeof value === 'number' && source !== undefined && /^-?\d+$/.test(source)) return BigInt(source);
    if (isTaggedDate(value)) return new Date(Number(value[DATE_TAG]));
    return value;
  }) as Record<string, Value>;
}

function isTaggedDate(value: unknown): value is Record<typeof DATE_TAG, bigint> {
  return typeof value === 'object' && value !== null && DATE_TAG in value && Object.keys(value).length === 1;
}
