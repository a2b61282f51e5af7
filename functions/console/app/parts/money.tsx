import { formatExactly, formatMoney } from '../format/format-money.ts';
import type { Currency } from '../state/replies.ts';

/** An amount, short; all its digits when it is pointed at, and for who cannot point. */
export function Money({ amount, currency }: { amount: string; currency: Currency }) {
  const [short, exact] = [formatMoney(amount, currency), formatExactly(amount, currency)];
  return (
    <span class="money" title={exact}>
      {short}
      {short === exact ? null : <span class="unseen"> exactly {exact}</span>}
    </span>
  );
}
