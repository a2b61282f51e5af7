import { z } from 'zod';
import { currencies } from '../../core/money/money.ts';

/** Fields that many replies have. */

export const decimal = z
  .string()
  .regex(/^-?\d+(\.\d{1,9})?$/)
  .describe('A decimal string of whole units.');
export const count = z.int().nonnegative();
export const currency = z.enum(currencies);
export const time = z.iso.datetime();

/** A moment of a document as a reply has it; null where there is none. */
export function toIso(value: unknown): string | null {
  return value instanceof Date ? value.toISOString() : null;
}
