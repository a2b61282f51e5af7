import { z } from 'zod';
import { currency, decimal, time } from '../../http/reply-fields.ts';
import { usageSums } from '../usage/reply-schemas.ts';

export const statementReply = z.object({
  month: z.string(),
  owner_id: z.string(),
  name: z.string(),
  currency,
  start: time,
  end: time,
  final: z.boolean().describe('Whether the month is over and all of it counted: within an hour after its end.'),
  opening_balance: decimal,
  topups: decimal,
  adjustments: decimal,
  refunds: decimal,
  charges: decimal,
  charges_usd: decimal,
  charges_inr: decimal,
  closing_balance: decimal.describe(
    '`opening_balance` + `topups` + `adjustments` + `refunds` − `charges`, to the nano; the next month opens with it.',
  ),
  lines: z
    .array(
      z.object({
        id: z.string(),
        kind: z.enum(['topup', 'adjustment', 'refund']),
        amount: decimal,
        reference: z.string().nullable(),
        reason: z.string().nullable(),
        created_at: time,
      }),
    )
    .describe('Topups, adjustments and refunds, the oldest first.'),
  models: z
    .array(usageSums.extend({ model: z.string(), provider: z.string(), amount: decimal, currency }))
    .describe('Charges by model and provider, in both currencies as they were charged.'),
  rates: z
    .array(z.object({ rate: decimal, as_of: z.iso.date(), source: z.string() }))
    .describe('Rupees per dollar that were in force, the oldest first.'),
  truncated: z.boolean().describe('Whether there are more `lines` than are listed; all are in the sums.'),
});
