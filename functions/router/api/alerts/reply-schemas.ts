import { z } from 'zod';
import { alertKinds } from '../../../core/alerts/alerts.ts';
import { channelTypes } from '../../../core/channels/channels.ts';
import { count, time } from '../../http/reply-fields.ts';

export const channelReply = z.object({
  id: z.string(),
  owner_id: z.string().nullable(),
  type: z.enum(channelTypes),
  target: z.string().describe('Of a Slack URL, which is a credential, only where it is.'),
  kinds: z.array(z.enum(alertKinds)).nullable(),
  status: z.enum(['active', 'disabled']),
  disabled_reason: z.enum(['gone']).nullable().describe('`gone`: its server answered 410.'),
  created_at: time,
});
export const secretReply = channelReply.extend({
  secret: z.string().optional().describe('What webhooks are signed with: in this answer and nowhere else.'),
});

export const ruleReply = z.object({
  id: z.string(),
  owner_id: z.string().nullable().describe('Whose requests, and who is told; null for everybody’s and the operator.'),
  model: z.string().nullable(),
  provider: z.string().nullable(),
  percent: count,
  window_hours: count,
  least_requests: count,
  created_at: time,
});

export const alertsReply = z.object({
  data: z.array(
    z.object({
      id: z.string(),
      kind: z.enum(alertKinds),
      subject: z.string(),
      at: time,
      facts: z.record(z.string(), z.unknown()),
    }),
  ),
  next_before: time.nullable().describe('Pass it as `before` for the next page; null: there is none.'),
});

export const deliveryReply = z.object({
  id: z.string().describe('The `webhook-id` of each try.'),
  channel_id: z.string(),
  owner_id: z.string().nullable(),
  message: z.object({ type: z.string(), timestamp: z.string(), data: z.record(z.string(), z.unknown()) }),
  status: z.enum(['pending', 'delivered', 'failed']),
  attempts: count,
  next_at: time.nullable(),
  last_status: count.nullable(),
  last_error: z.enum(['private_address', 'timeout', 'no_answer', 'mail_not_configured', 'channel_off']).nullable(),
  created_at: time,
  delivered_at: time.nullable(),
});

export const triedReply = z.object({ delivery_id: z.string() });
