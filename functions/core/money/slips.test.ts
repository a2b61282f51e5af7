import { describe, expect, test } from '@jest/globals';
import { NANOS_PER_UNIT } from './money.ts';
import { refuseSlip, SLIP_FACTOR, USUAL_AMOUNT } from './slips.ts';

const named = (amount: bigint, currency: 'USD' | 'INR' = 'USD') => ({ param: 'amount', amount, currency });
const ten = { is: 'the last topup', amount: 10n * NANOS_PER_UNIT };

describe('an amount', () => {
  test('of a thousand times the one before is let pass, a nano more is asked about', () => {
    const most = ten.amount * SLIP_FACTOR;
    expect(() => refuseSlip(named(most), ten)).not.toThrow();
    expect(() => refuseSlip(named(most + 1n), ten)).toThrow(
      '10000.000000001 USD is more than 1000 times the last topup, 10 USD.',
    );
  });

  test.each(['USD', 'INR'] as const)(
    'in %s without one before, or after zero, is measured by the usual',
    (currency) => {
      const most = USUAL_AMOUNT[currency] * SLIP_FACTOR;
      for (const before of [null, { is: 'what it was', amount: 0n }]) {
        expect(() => refuseSlip(named(most, currency), before)).not.toThrow();
        expect(() => refuseSlip(named(most + 1n, currency), before)).toThrow('times the usual');
      }
    },
  );

  test('that takes money away is never asked about', () => {
    expect(() => refuseSlip(named(-ten.amount * SLIP_FACTOR * 2n), ten)).not.toThrow();
  });

  test('that is asked about says what was seen and what to send', () => {
    const slip = { code: 'confirmation_required', status: 409, param: 'amount' };
    const details = { seen: '10001', usual: '10', send: { confirm: true } };
    expect(() => refuseSlip(named(10_001n * NANOS_PER_UNIT), ten)).toThrow(
      expect.objectContaining({ ...slip, details }),
    );
  });
});
