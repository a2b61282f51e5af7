import { z } from 'zod';
import { adminScopes } from '../../../core/admin-scopes.ts';
import { time } from '../../http/reply-fields.ts';

export const adminKeyReply = z.object({
  id: z.string().describe('With a dot: the text of before a rotation, as long as it works.'),
  label: z.string().nullable(),
  masked: z.string(),
  scopes: z.array(z.enum(adminScopes)),
  status: z.enum(['active', 'suspended']),
  expires_at: time.nullable(),
  created_at: time,
});
export const newAdminKeyReply = adminKeyReply.extend({
  key: z.string().describe('The key itself: in this answer and nowhere else.'),
});
export const rotatedAdminKeyReply = newAdminKeyReply.extend({
  previous_until: time.describe('Until when the old text works.'),
});
