import { convert } from '../../../core/money/fx.ts';
import { formatAmount } from '../../../core/money/money.ts';
import { authenticate } from '../../access/authenticate.ts';
import type { Call } from '../../http/call.ts';
import type { Reply } from '../../http/reply.ts';
import type { Router } from '../../way/services.ts';
import { standingOf } from './standing.ts';

/** `GET /v1/balance`: what the key's own owner has, straight from the store. */
export async function getBalance(call: Call, router: Router): Promise<Reply> {
  const key = await authenticate(call, router.keys);
  const { currency, balance, available, reserved } = await standingOf(router, key.ownerId);
  const rate = router.rate();
  const usd = (nanos: bigint) => formatAmount(convert(nanos, currency, 'USD', rate));
  return {
    status: 200,
    body: {
      balance_usd: usd(balance),
      available_usd: usd(available),
      reserved_usd: usd(reserved),
      currency,
      balance_inr: formatAmount(convert(balance, currency, 'INR', rate)),
      updated_at: new Date(call.arrivedAt).toISOString(),
    },
  };
}
