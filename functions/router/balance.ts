import { convert } from '../core/fx.ts';
import { toOwnerBalance } from '../core/ledger.ts';
import { formatAmount } from '../core/money.ts';
import { findOwner } from './admin/owners.ts';
import { authenticate } from './authenticate.ts';
import type { Call } from './call.ts';
import type { Router } from './router.ts';
import type { Reply } from './routes.ts';

/** `GET /v1/balance`: what the key's own owner has, straight from the store. */
export async function getBalance(call: Call, router: Router): Promise<Reply> {
  const key = await authenticate(call, router.keys);
  const { currency, available, leased } = toOwnerBalance(await findOwner(router, key.ownerId));
  const rate = router.rate();
  const usd = (nanos: bigint) => formatAmount(convert(nanos, currency, 'USD', rate));
  return {
    status: 200,
    body: {
      balance_usd: usd(available + leased),
      available_usd: usd(available),
      reserved_usd: usd(leased),
      currency,
      balance_inr: formatAmount(convert(available + leased, currency, 'INR', rate)),
      updated_at: new Date(call.arrivedAt).toISOString(),
    },
  };
}
