import { MeshError } from '../errors.ts';
import { type Currency, formatAmount, NANOS_PER_UNIT, type Nanos } from './money.ts';

/** An amount or a price is asked about when it is more than so many times the usual one. */
export const SLIP_FACTOR = 1_000n;

/** What counts as usual where there is nothing to compare with: about a hundred dollars. */
export const USUAL_AMOUNT: { readonly [currency in Currency]: Nanos } = {
  USD: 100n * NANOS_PER_UNIT,
  INR: 10_000n * NANOS_PER_UNIT,
};

/** What looks like a slip, and what it was measured by: decimal strings or days. */
export interface Slip {
  /** The field of the body. */
  param: string;
  seen: string;
  usual: string;
  /** A sentence that says why it is asked. */
  why: string;
}

/** What an operator is asked instead of being obeyed; the same body with `confirm: true` is carried out. */
export function askToConfirm({ param, seen, usual, why }: Slip): MeshError {
  return new MeshError('confirmation_required', {
    param,
    message: `${why} If that is meant, send it again with "confirm": true.`,
    details: { seen, usual, send: { confirm: true } },
  });
}

/** An amount that an operator has named. */
export interface NamedAmount {
  param: string;
  amount: Nanos;
  currency: Currency;
}

/**
 * Throws `confirmation_required` where an amount is more than `SLIP_FACTOR` times the one `before` it (the last topup, the cap
 * as it was), or `USUAL_AMOUNT` where there was none.
 */
export function refuseSlip(
  { param, amount, currency }: NamedAmount,
  before: { is: string; amount: Nanos } | null,
): void {
  const known = before !== null && before.amount > 0n ? before : { is: 'the usual', amount: USUAL_AMOUNT[currency] };
  if (amount <= known.amount * SLIP_FACTOR) return;
  const [seen, usual] = [formatAmount(amount), formatAmount(known.amount)];
  const why = `${seen} ${currency} is more than ${SLIP_FACTOR} times ${known.is}, ${usual} ${currency}.`;
  throw askToConfirm({ param, seen, usual, why });
}
