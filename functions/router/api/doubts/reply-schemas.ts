import { z } from 'zod';
import { time } from '../../http/reply-fields.ts';

export const doubtsReply = z.array(
  z.object({
    endpoint: z.string(),
    since: time,
    request_id: z.string().describe('The request whose report could not be true.'),
  }),
);
