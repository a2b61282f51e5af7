import { isRecord } from './is-record.ts';
import { textOf } from './text-of.ts';

/** The arguments of a call as text, which is how the pivot has them; many providers give the object itself. */
export function toArguments(value: unknown): string {
  return isRecord(value) ? JSON.stringify(value) : textOf(value);
}
