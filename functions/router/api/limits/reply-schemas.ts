import { z } from 'zod';
import { capWindows } from '../../../core/ledger/spending.ts';
import { currency, decimal, time } from '../../http/reply-fields.ts';

const limit = z.int().positive().nullable();
export const capAmounts = z.object({
  daily: decimal.nullable(),
  weekly: decimal.nullable(),
  monthly: decimal.nullable(),
  total: decimal.nullable(),
});
/** Limits as they are set. */
export const limits = z.object({
  rpm_limit: limit,
  rpd_limit: limit,
  tpm_limit: limit,
  concurrency_limit: limit,
  spend_caps: capAmounts.describe('In the owner’s currency.'),
  spend_cap_usd: decimal.nullable(),
  spend_cap_window: z.enum(capWindows).nullable(),
});

const rateFigure = z
  .object({ limit: z.int(), remaining: z.int().nonnegative(), reset_seconds: z.int().nonnegative() })
  .nullable();
const rateFigures = z.object({
  requests_per_minute: rateFigure,
  tokens_per_minute: rateFigure,
  requests_per_day: rateFigure,
});
const capFigure = z.object({
  spent: decimal,
  reserved: decimal,
  cap: decimal.nullable(),
  remaining: decimal.nullable(),
  resets_at: time.nullable(),
});
const capFigures = z.object({ daily: capFigure, weekly: capFigure, monthly: capFigure, total: capFigure });
const spending = z.object({
  currency,
  key: capFigures.nullable(),
  owner: capFigures,
  end_user: capFigures.nullable().describe('Of the end user that is asked for, where the key caps its users.'),
});
export const rateLimitsReply = z.object({ key: rateFigures, owner: rateFigures, spending });

const effective = z.object({ limit, tier: z.enum(['key', 'owner']).nullable() });
export const keyLimitsReply = z.object({
  key_id: z.string(),
  owner_id: z.string(),
  key: limits,
  owner: limits,
  effective: z.object({
    rpm_limit: effective,
    rpd_limit: effective,
    tpm_limit: effective,
    concurrency_limit: effective,
  }),
  rates: z.object({ key: rateFigures, owner: rateFigures }),
  end_user_caps: capAmounts.describe('What each single end user of the key may spend.'),
  spending,
});
