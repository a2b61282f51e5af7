/** Decimals of a price for one token, as the API writes it. */
const TOKEN_DECIMALS = 12;
const MILLION = 1_000_000n;

/** Dollars for one token as dollars for a million, with all digits: `0.00000125` is `$1.25`. What is no decimal stays as it is. */
export function perMillion(text: string): string {
  const match = /^(\d+)(?:\.(\d{1,12}))?$/.exec(text);
  if (match === null) return text;
  const [, whole = '0', part = ''] = match;
  const pico = BigInt(whole + part.padEnd(TOKEN_DECIMALS, '0')) * MILLION;
  const digits = String(pico).padStart(TOKEN_DECIMALS + 1, '0');
  const decimals = digits.slice(-TOKEN_DECIMALS).replace(/0+$/, '').padEnd(2, '0');
  return `$${BigInt(digits.slice(0, -TOKEN_DECIMALS)).toLocaleString('en-US')}.${decimals}`;
}
