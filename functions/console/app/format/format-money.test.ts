import { expect, test } from '@jest/globals';
import { formatExactly, formatMoney, toDecimal, toNanos } from './format-money.ts';

test.each([
  ['0', 'USD', '$0.00', '$0.00'],
  ['0.000000001', 'INR', '<₹0.01', '₹0.000000001'],
  ['-0.0099', 'USD', '−<$0.01', '−$0.0099'],
  ['0.01', 'USD', '$0.01', '$0.01'],
  ['1.999999999', 'USD', '$1.99', '$1.999999999'],
  ['1234567.5', 'USD', '$1,234,567.50', '$1,234,567.50'],
  ['1234567.5', 'INR', '₹12,34,567.50', '₹12,34,567.50'],
  ['-12.34', 'INR', '−₹12.34', '−₹12.34'],
] as const)('%s %s is shown as %s, exactly as %s', (text, currency, short, exact) => {
  expect([formatMoney(text, currency), formatExactly(text, currency)]).toEqual([short, exact]);
});

test('what is no amount is shown as it is', () => expect(formatMoney('many', 'USD')).toBe('many'));

test('nanos come back as what they were', () => {
  for (const text of ['0.00', '-0.000000001', '92233720368.123456789', '5.10']) {
    expect(toDecimal(toNanos(text) ?? 7n)).toBe(text);
  }
});
