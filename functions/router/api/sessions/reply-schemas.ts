import { z } from 'zod';
import { currency, decimal, time } from '../../http/reply-fields.ts';
import { usageSums } from '../usage/reply-schemas.ts';

export const sessionReply = z.object({
  id: z.string(),
  owner_id: z.string(),
  first_at: time,
  last_at: time,
  ...usageSums.shape,
  amount: decimal.nullable(),
  currency: currency.nullable(),
  cache_share: z
    .number()
    .nullable()
    .describe('How much of the input came from a cache, from 0 to 1; null without input.'),
  clients: z.array(z.string()).describe('Programs that it was had with, the last first.'),
  models: z.array(usageSums.extend({ model: z.string(), provider: z.string(), amount: decimal, currency })),
  truncated: z.boolean().describe('Whether it has more requests than are looked at: then these are the newest.'),
});
