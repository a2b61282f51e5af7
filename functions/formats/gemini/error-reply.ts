import { z } from 'zod';

/** An error as Google's clients read it; `reason` of its `ErrorInfo` is our own code. */
export const googleErrorReply = z.object({
  error: z.object({
    code: z.int(),
    message: z.string(),
    status: z.string(),
    details: z.array(z.looseObject({ '@type': z.string() })).optional(),
  }),
});
