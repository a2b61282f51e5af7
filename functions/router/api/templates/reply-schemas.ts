import { z } from 'zod';
import { time } from '../../http/reply-fields.ts';

export const templateReply = z.object({
  id: z.string(),
  owner: z.string(),
  name: z.string(),
  version: z.int().positive(),
  description: z.string().nullable(),
  system: z.string().nullable(),
  messages: z.array(z.record(z.string(), z.unknown())),
  model: z.string().nullable(),
  params: z.record(z.string(), z.unknown()),
  variables: z.array(z.string()).describe('What its texts leave open, in the order in which they come.'),
  team_id: z.null(),
  is_global: z.literal(false),
  created_at: time,
  updated_at: time,
});

export const versionsReply = z.array(
  z.object({
    version: z.int().positive(),
    sha256: z.string().describe('Of what it says. The audit log has it too.'),
    updated_at: time,
  }),
);
