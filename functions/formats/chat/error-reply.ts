import { z } from 'zod';

/** An error as OpenAI's SDKs read it, with what Mesh adds. */
export const errorReply = z.object({
  error: z.object({
    code: z.string(),
    message: z.string(),
    type: z.string(),
    param: z.string().nullable(),
    details: z.unknown().optional(),
    provider_code: z.string().optional(),
    retry_after_seconds: z.int().nonnegative().optional(),
  }),
  request_id: z.string(),
});
