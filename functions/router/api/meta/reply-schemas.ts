import { z } from 'zod';

export const apiVersionsReply = z.array(
  z.object({
    label: z.string().describe('What `X-Mesh-Version` is to say.'),
    status: z.literal('ga'),
    baseline: z.boolean().describe('Whether it is served to who asks for none.'),
    latest: z.boolean(),
  }),
);
export const healthReply = z.object({ status: z.enum(['ok', 'unavailable']) });
