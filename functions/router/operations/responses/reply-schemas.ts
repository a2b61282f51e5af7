import { z } from 'zod';
import { decimal } from '../../http/reply-fields.ts';
import { mesh } from '../chat/reply-schemas.ts';
import { outputItem, usage } from './item-schemas.ts';

/**
 * What `/v1/responses` answers, as `/openapi.json` tells it and as the tests check it. Replies may hold more than is named here: an
 * upstream's own fields, which a relay keeps.
 */

const error = z.looseObject({ code: z.string(), message: z.string() });

export const response = z.looseObject({
  id: z.string(),
  object: z.literal('response'),
  access_programs: z.looseObject({}).nullable(),
  created_at: z.number(),
  status: z.enum(['in_progress', 'completed', 'incomplete', 'failed']),
  error: error.nullable(),
  incomplete_details: z.looseObject({ reason: z.enum(['max_output_tokens', 'content_filter']) }).nullable(),
  instructions: z.union([z.string(), z.array(z.unknown())]).nullable(),
  metadata: z.record(z.string(), z.string()).nullable(),
  model: z.string(),
  output: z.array(outputItem),
  parallel_tool_calls: z.boolean(),
  temperature: z.number().nullable(),
  tool_choice: z.union([z.string(), z.looseObject({ type: z.string() })]),
  tools: z.array(z.looseObject({ type: z.string() })),
  top_p: z.number().nullable(),
  usage: usage.nullish(),
});

/** A response that has been paid for. */
export const responseReply = response.extend({
  usage: usage.extend({ cost: z.number().nonnegative().describe('USD, as a number.') }),
  cost: decimal,
  mesh,
});
