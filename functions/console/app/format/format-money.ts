import type { Currency } from '../state/replies.ts';

const signs: Readonly<Record<Currency, string>> = { USD: '$', INR: '₹' };
const NANO_DECIMALS = 9;
/** A hundredth, in nanos: what is less is not shown as nothing. */
const HUNDREDTH = 10_000_000n;

/** An amount, as the API writes it, in nanos. Null for what is no decimal. */
export function toNanos(text: string): bigint | null {
  const match = /^(-?)(\d+)(?:\.(\d{1,9}))?$/.exec(text.trim());
  if (match === null) return null;
  const [, minus, whole = '0', part = ''] = match;
  const nanos = BigInt(whole) * 1_000_000_000n + BigInt(part.padEnd(NANO_DECIMALS, '0'));
  return minus === '-' ? -nanos : nanos;
}

/** Nanos as a decimal with all its digits, and with two at least. */
export function toDecimal(nanos: bigint): string {
  const size = nanos < 0n ? -nanos : nanos;
  const part = String(size % 1_000_000_000n).padStart(NANO_DECIMALS, '0');
  const kept = part.slice(0, 2) + part.slice(2).replace(/0+$/, '');
  return `${nanos < 0n ? '-' : ''}${size / 1_000_000_000n}.${kept}`;
}

/** An amount to the hundredth; one that is less is `<₹0.01` and never zero, and none is rounded up to more than it is. */
export function formatMoney(text: string, currency: Currency): string {
  const nanos = toNanos(text);
  if (nanos === null) return text;
  const size = nanos < 0n ? -nanos : nanos;
  const minus = nanos < 0n ? '−' : '';
  if (size > 0n && size < HUNDREDTH) return `${minus}<${signs[currency]}0.01`;
  const [whole = '0', part = '00'] = toDecimal(size).split('.');
  return `${minus}${signs[currency]}${group(whole, currency)}.${part.slice(0, 2)}`;
}

/** The same with all digits. */
export function formatExactly(text: string, currency: Currency): string {
  const nanos = toNanos(text);
  if (nanos === null) return text;
  const [whole = '0', part = '00'] = toDecimal(nanos < 0n ? -nanos : nanos).split('.');
  return `${nanos < 0n ? '−' : ''}${signs[currency]}${group(whole, currency)}.${part}`;
}

/** Thousands; in rupees lakhs and crores. */
function group(whole: string, currency: Currency): string {
  return BigInt(whole).toLocaleString(currency === 'INR' ? 'en-IN' : 'en-US');
}
