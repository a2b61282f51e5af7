import { z } from 'zod';

export const apiVersionsReply = z.object({ versions: z.array(z.string()), default: z.string() });
export const healthReply = z.object({ status: z.enum(['ok', 'unavailable']) });
