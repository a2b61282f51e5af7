import { z } from 'zod';

/** How long the text of before a rotation works, where nothing is said, and at most. */
export const DEFAULT_GRACE_SECONDS = 86_400;
export const MAX_GRACE_SECONDS = 2_592_000;

export const graceBody = z.strictObject({
  grace_seconds: z.int().min(0).max(MAX_GRACE_SECONDS).optional().describe('Default: a day. 0: at once.'),
});
