import { z } from 'zod';
import { time } from '../../http/reply-fields.ts';

export const providerKeyReply = z.object({
  id: z.string(),
  owner_id: z.string(),
  provider: z.string(),
  label: z.string().nullable(),
  masked: z.string().describe('The end of the key, to recognise it by. The key itself is in no answer.'),
  base_url: z.string().nullable(),
  models: z.record(z.string(), z.string()).nullable(),
  fallback: z.enum(['none', 'platform']),
  status: z.enum(['active', 'suspended', 'deleted']),
  created_at: time,
});
