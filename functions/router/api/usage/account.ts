import { KEYS } from '../../../core/keys.ts';
import { openLeasesOf } from '../../../core/leases/open-leases.ts';
import { toOwnerBalance } from '../../../core/ledger/owners.ts';
import {
  type CapWindow,
  dayOf,
  onDay,
  roomOf,
  SPENDING,
  type Spending,
  toSpendCaps,
  toSpending,
} from '../../../core/ledger/spending.ts';
import { convert } from '../../../core/money/fx.ts';
import { formatAmount, type Nanos } from '../../../core/money/money.ts';
import { documentId } from '../../../core/store/document-id.ts';
import { authenticate } from '../../access/authenticate.ts';
import { findOwner } from '../../access/find-owner.ts';
import type { Call } from '../../http/call.ts';
import type { Reply } from '../../http/route.ts';
import type { Services } from '../../way/services.ts';
import { leasedOf } from '../balance/standing.ts';

/** What OpenRouter's clients read where there is no limit. */
const NO_LIMIT = -1;

/**
 * `GET /v1/credits`, in OpenRouter's words: all that was ever put in (adjustments and refunds among it) and all that was ever
 * charged, in dollars; a rupee owner's at today's rate.
 *
 * What was put in is exact, from one document: what leases hold has left `available` and counts as spending. What was spent is
 * that spending without what open leases have left, which are read beside it: exact as soon as nothing is running.
 * https://openrouter.ai/docs/api/api-reference/credits/get-credits
 */
export async function getCredits(call: Call, services: Services): Promise<Reply> {
  const key = await authenticate(call, services.keys);
  const [owner, leases] = await Promise.all([
    findOwner(services, key.ownerId),
    openLeasesOf(services.documents, key.ownerId),
  ]);
  const { currency, available } = toOwnerBalance(owner);
  const { total } = toSpending(owner.data.spending);
  const unspent = leases.reduce((sum, { granted, spent }) => sum + granted - spent, 0n);
  const usd = (nanos: Nanos) => Number(formatAmount(convert(nanos, currency, 'USD', services.rate())));
  return {
    status: 200,
    body: { data: { total_credits: usd(available + total), total_usage: usd(atLeastNothing(total - unspent)) } },
  };
}

const resets: Readonly<Record<CapWindow, string | null>> = {
  daily: 'daily',
  weekly: 'weekly',
  monthly: 'monthly',
  total: null,
};

/**
 * `GET /v1/key`, in OpenRouter's words: what this key has spent and may spend, in dollars. `limit` is the cap that binds first;
 * what running requests have set aside
 * (`reserved`) is no longer remaining.
 * https://openrouter.ai/docs/api/api-reference/api-keys/get-current-key
 */
export async function getOwnKey(call: Call, services: Services): Promise<Reply> {
  const key = await authenticate(call, services.keys);
  const { documents } = services;
  const [document, record, leased] = await Promise.all([
    documents.get(KEYS, key.hash),
    documents.get(SPENDING, documentId(key.id)),
    leasedOf(documents, key.ownerId),
  ]);
  const fx = services.rate();
  const usd = (nanos: Nanos) => Number(formatAmount(convert(nanos, key.currency, 'USD', fx)));
  const spending = onDay(toSpending(record?.data.spending), dayOf(services.now()));
  const caps = toSpendCaps({ data: document?.data ?? {} }, key.currency, fx);
  const { unspent, held } = leased.ofKey(key.id);
  const room = roomOf(withoutIdle(spending, unspent - held), caps);
  const cap = room === null ? null : caps[room.window];
  const used = (window: CapWindow) => usd(atLeastNothing(spending[window] - unspent));
  return {
    status: 200,
    body: {
      data: {
        id: key.id,
        label: key.label ?? String(document?.data.masked ?? ''),
        creator_user_id: null,
        usage: used('total'),
        usage_daily: used('daily'),
        usage_weekly: used('weekly'),
        usage_monthly: used('monthly'),
        byok_usage: 0,
        byok_usage_daily: 0,
        byok_usage_weekly: 0,
        byok_usage_monthly: 0,
        include_byok_in_limit: false,
        limit: cap === null ? null : usd(cap),
        reserved: usd(held),
        limit_remaining: room === null ? null : usd(room.amount),
        limit_reset: room === null ? null : resets[room.window],
        is_free_tier: false,
        is_management_key: false,
        is_provisioning_key: false,
        expires_at: key.expiresAt?.toISOString() ?? null,
        rate_limit: { requests: key.rates.rpm ?? NO_LIMIT, interval: '60s', note: 'See /v1/usage/rate-limits.' },
        allowed_models: key.allowedModels,
        rpm_limit: key.rates.rpm,
        rpd_limit: key.rates.rpd,
        tpm_limit: key.rates.tpm,
      },
    },
  };
}

function atLeastNothing(nanos: Nanos): Nanos {
  return nanos > 0n ? nanos : 0n;
}

/** Windows without what leases have idle, which counts there until it is given back. */
function withoutIdle(spending: Spending, idle: Nanos): Spending {
  const { daily, weekly, monthly, total } = spending;
  const less = (nanos: Nanos) => atLeastNothing(nanos - idle);
  return { ...spending, daily: less(daily), weekly: less(weekly), monthly: less(monthly), total: less(total) };
}
