import { z } from 'zod';
import { currency, decimal, time } from '../../http/reply-fields.ts';
import { limits } from '../limits/reply-schemas.ts';

export const ownerReply = z.object({
  id: z.string(),
  name: z.string(),
  currency,
  balance: decimal,
  available: decimal,
  reserved: decimal,
  low_balance: decimal.nullable(),
  low_below: decimal.describe('What `available` is low below: `low_balance`, else a tenth of the last topup.'),
  allowed_regions: z.array(z.string()).nullable(),
  ...limits.shape,
  created_at: time,
});

export const lowOwnersReply = z.object({
  data: z.array(ownerReply),
  next_cursor: z.string().nullable().describe('Where the next page begins; null at the end.'),
});

export const entryReply = z.object({
  id: z.string(),
  owner_id: z.string(),
  kind: z.enum(['topup', 'adjustment', 'refund']),
  amount: decimal,
  currency,
  reference: z.string(),
  reason: z.string().nullable(),
  created_at: time,
});
