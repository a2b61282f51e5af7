import { z } from 'zod';
import { time } from '../../http/reply-fields.ts';

export const breakerState = z.enum(['closed', 'open', 'half_open', 'cooldown']);

export const breakersReply = z.array(
  z.object({
    endpoint: z.string(),
    state: breakerState,
    generation: z.int(),
    reason: z.string().nullable(),
    changed_at: time,
    until: time.nullable(),
    successes: z.int(),
    probing: z.boolean(),
    shared: z.boolean().describe('False where only this instance goes by it.'),
  }),
);
