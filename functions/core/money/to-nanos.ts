import type { Value } from '../store/documents.ts';
import type { Nanos } from './money.ts';

/** A stored amount; anything but an integer means that the document was damaged, and money must stop there. */
export function toNanos(value: Value | undefined): Nanos {
  if (typeof value !== 'bigint') throw new TypeError('A stored amount is not an integer.');
  return value;
}
