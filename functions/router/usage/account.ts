import { convert } from '../../core/fx.ts';
import { formatAmount } from '../../core/money.ts';
import { toSpending } from '../../core/spending.ts';
import { findOwner } from '../admin/owners.ts';
import { authenticate } from '../authenticate.ts';
import type { Call } from '../call.ts';
import { standingOf } from '../reserved.ts';
import type { Router } from '../router.ts';
import type { Reply } from '../routes.ts';

/** `GET /v1/credits`, in OpenRouter's words: all that was ever put in (refunds among it) and all that was ever spent, in dollars. */
export async function getCredits(call: Call, router: Router): Promise<Reply> {
  const key = await authenticate(call, router.keys);
  const { balance, currency, unspent } = await standingOf(router, key.ownerId);
  const spent = toSpending((await findOwner(router, key.ownerId)).data.spending).total - unspent;
  const usd = (nanos: bigint) => Number(formatAmount(convert(nanos, currency, 'USD', router.rate())));
  return { status: 200, body: { data: { total_credits: usd(balance + spent), total_usage: usd(spent) } } };
}

/** `GET /v1/key`, in OpenRouter's words: what this key is and may do. */
export async function getOwnKey(call: Call, router: Router): Promise<Reply> {
  const key = await authenticate(call, router.keys);
  return {
    status: 200,
    body: {
      data: {
        id: key.id,
        label: key.label,
        is_free_tier: false,
        allowed_models: key.allowedModels,
        expires_at: key.expiresAt?.toISOString() ?? null,
        rate_limit: { requests: key.rates.rpm, interval: '60s' },
        rpm_limit: key.rates.rpm,
        rpd_limit: key.rates.rpd,
        tpm_limit: key.rates.tpm,
      },
    },
  };
}
