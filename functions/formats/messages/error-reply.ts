import { z } from 'zod';

/** An error as Anthropic's clients read it, with what Mesh adds; a provider's own may have less. */
export const anthropicErrorReply = z.object({
  type: z.literal('error'),
  error: z.object({
    type: z.string(),
    message: z.string(),
    code: z.string().optional(),
    param: z.string().optional(),
    details: z.unknown().optional(),
  }),
  request_id: z.string().nullish(),
});
