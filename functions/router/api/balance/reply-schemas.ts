import { z } from 'zod';
import { currency, decimal, time } from '../../http/reply-fields.ts';

export const balanceReply = z.object({
  balance_usd: decimal,
  available_usd: decimal,
  reserved_usd: decimal,
  currency,
  balance_inr: decimal,
  updated_at: time,
});
