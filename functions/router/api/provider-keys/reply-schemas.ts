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

export const testReply = z.object({
  outcome: z
    .enum(['works', 'refused', 'limited', 'failed', 'unreachable', 'not_served'])
    .describe(
      '`refused`: the key is not taken. `unreachable`: nobody answered. `not_served`: no model is asked with it.',
    ),
  message: z.string().describe('The same in words.'),
  provider_code: z.string().nullable().describe('The provider’s status, or our name of the failure.'),
  model: z.string().nullable().describe('The model that was asked.'),
});
export type TestOutcome = z.infer<typeof testReply>['outcome'];
