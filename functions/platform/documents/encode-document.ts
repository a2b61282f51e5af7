import type { Fields, Value } from '../../core/documents.ts';

/** A `Date` as JSON holds it. */
export const DATE_TAG = '$date';

/** `JSON.rawJSON` and the third argument of a reviver are in Node 22 and later; TypeScript's library has not got them yet. */
const json = JSON as unknown as {
  rawJSON(text: string): unknown;
  parse(text: string, reviver: (name: string, value: unknown, context: { source?: string }) => unknown): unknown;
};

/** Fields as JSON text in which integers keep all their digits. */
export function encodeDocument(data: Fields): string {
  return JSON.stringify(toJson(data));
}

/** The reverse of `encodeDocument`: integers come back as `bigint`. */
export function decodeDocument(text: string): Record<string, Value> {
  return json.parse(text, (_name, value, { source }) => {
    if (typeof value === 'number' && source !== undefined && /^-?\d+$/.test(source)) return BigInt(source);
    if (isTaggedDate(value)) return new Date(Number(value[DATE_TAG]));
    return value;
  }) as Record<string, Value>;
}

function toJson(value: Value | Fields | undefined): unknown {
  if (typeof value === 'bigint') return json.rawJSON(value.toString());
  if (typeof value === 'number' && !Number.isFinite(value)) throw new TypeError('A number to be stored is not finite.');
  if (value instanceof Date) return { [DATE_TAG]: value.getTime() };
  if (Array.isArray(value)) return value.map(toJson);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, toJson(field)]));
}

function isTaggedDate(value: unknown): value is Record<typeof DATE_TAG, bigint> {
  return typeof value === 'object' && value !== null && DATE_TAG in value && Object.keys(value).length === 1;
}
