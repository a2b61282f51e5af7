import { isRecord } from '../shared/is-record.ts';

export type Fields = Record<string, unknown>;

/** A field that should be an object; anything else counts as one without fields. */
export function recordOf(value: unknown): Fields {
  return isRecord(value) ? value : {};
}

/** The records of a list with their places in it. */
export function partsOf(list: unknown): [number, Fields][] {
  return Array.isArray(list) ? list.map((part: unknown, index) => [index, recordOf(part)]) : [];
}

/** Which output item an event is about. Some servers change an item's id on the way, so the index goes first. */
export function placeOf(event: Fields): string {
  return String(event.output_index ?? event.item_id ?? '');
}
