import { z } from 'zod';
import { count, decimal } from '../../http/reply-fields.ts';

const rate = z.object({
  pair: z.string(),
  rate: decimal,
  as_of: z.iso.date(),
  source: z.string(),
  manual: z.boolean().describe('Whether an operator has put it by hand.'),
});
export const ratesReply = rate.extend({ age_days: count, stale: z.boolean(), history: z.array(rate) });
