import { z } from 'zod';
import { time } from '../../http/reply-fields.ts';
import { capAmounts, limits } from '../limits/reply-schemas.ts';

export const keyReply = z.object({
  id: z.string(),
  owner_id: z.string(),
  label: z.string().nullable(),
  masked: z.string(),
  status: z.enum(['active', 'suspended']),
  allowed_models: z.array(z.string()).nullable(),
  allowed_regions: z.array(z.string()).nullable(),
  default_model: z.string().nullable(),
  default_params: z.record(z.string(), z.unknown()),
  routing_policy: z.record(z.string(), z.unknown()),
  expires_at: time.nullable(),
  manage: z.boolean(),
  previous_until: time.nullable().describe('Until when the text of before its last rotation works.'),
  ...limits.shape,
  end_user_caps: capAmounts.describe('What each single end user may spend, in the owner’s currency.'),
  created_at: time,
});
export const newKeyReply = keyReply.extend({
  key: z.string().describe('The key itself: in this answer and nowhere else.'),
});
