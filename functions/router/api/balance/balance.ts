import { convert } from '../../../core/money/fx.ts';
import { formatAmount } from '../../../core/money/money.ts';
import { authenticate } from '../../access/authenticate.ts';
import type { Call } from '../../http/call.ts';
import type { Reply } from '../../http/route.ts';
import type { Services } from '../../way/services.ts';
import { standingOf } from './standing.ts';

/** `GET /v1/balance`: what the key's own owner has, straight from the store. */
export async function getBalance(call: Call, services: Services): Promise<Reply> {
  const key = await authenticate(call, services.keys);
  const { currency, balance, available, reserved } = await standingOf(services, key.ownerId);
  const rate = services.rate();
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
