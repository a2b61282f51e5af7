import { MeshError } from '../errors.ts';

export const currencies = ['USD', 'INR'] as const;
export type Currency = (typeof currencies)[number];

/** An amount of money in 10⁻⁹ of its currency. Never a float, never a sum of two currencies. */
export type Nanos = bigint;

export const NANOS_PER_UNIT = 1_000_000_000n;
/** Decimals of an amount. */
export const NANO_DECIMALS = 9;

/** The largest amount that may be named in one act: 1 billion units, so that sums stay far below 2⁶³ nanos. */
export const MAX_AMOUNT: Nanos = 1_000_000_000n * NANOS_PER_UNIT;

/**
 * A decimal string as an integer of 10^-decimals: `parseDecimal('1.5', 9)` is `1500000000n`. Null where the text is not
 * plain decimal digits or says more decimals than fit, because rounding what a caller wrote would be a lie.
 */
export function parseDecimal(text: string, decimals: number): bigint | null {
  const match = /^(-?)(\d{1,18})(?:\.(\d+))?$/.exec(text);
  if (match === null) return null;
  const [, sign, whole = '', fraction = ''] = match;
  if (fraction.length > decimals) return null;
  const magnitude = BigInt(whole + fraction.padEnd(decimals, '0'));
  return sign === '-' ? -magnitude : magnitude;
}

/** The shortest decimal string of an integer of 10^-decimals: `formatDecimal(1500000000n, 9)` is `'1.5'`. */
export function formatDecimal(value: bigint, decimals: number): string {
  const digits = (value < 0n ? -value : value).toString().padStart(decimals + 1, '0');
  const point = digits.length - decimals;
  let end = digits.length;
  while (end > point && digits[end - 1] === '0') end--;
  const fraction = end === point ? '' : `.${digits.slice(point, end)}`;
  return `${value < 0n ? '-' : ''}${digits.slice(0, point)}${fraction}`;
}

/** A positive amount as callers write it, `'12.50'`; throws `invalid_request_error` naming `param`. */
export function parseAmount(text: string, param: string): Nanos {
  const nanos = parseDecimal(text, NANO_DECIMALS);
  if (nanos === null || nanos <= 0n || nanos > MAX_AMOUNT) {
    throw new MeshError('invalid_request_error', {
      param,
      message: `${param} must be a positive decimal string with at most ${NANO_DECIMALS} decimals, at most ${formatAmount(MAX_AMOUNT)}.`,
    });
  }
  return nanos;
}

/** Nanos as a decimal string of whole units: `formatAmount(1500000000n)` is `'1.5'`. */
export function formatAmount(nanos: Nanos): string {
  return formatDecimal(nanos, NANO_DECIMALS);
}

/** `numerator / denominator`, rounded up; both positive or the numerator zero. */
export function divideUp(numerator: bigint, denominator: bigint): bigint {
  return (numerator + denominator - 1n) / denominator;
}

/** The smaller of two amounts. */
export function least(a: Nanos, b: Nanos): Nanos {
  return a < b ? a : b;
}

export function most(a: Nanos, b: Nanos): Nanos {
  return a > b ? a : b;
}
