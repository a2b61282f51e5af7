import { z } from 'zod';
import { autoDecision } from '../shared/decision-reply.ts';

export const selectionReply = autoDecision.extend({
  object: z.literal('router.selection'),
  model: z.string(),
  auto_router: z.object({ fallback_used: z.boolean(), fallback_reason: z.string().nullable() }),
  reasoning_effort: z.enum(['none', 'low', 'medium', 'high']).nullable(),
});
