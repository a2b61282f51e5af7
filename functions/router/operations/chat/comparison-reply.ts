import { z } from 'zod';
import { decimal } from '../../http/reply-fields.ts';
import { completionReply, usage } from './reply-schemas.ts';

/** As Mesh API's own clients read it, with costs. */
export const comparisonReply = z.object({
  comparison_id: z.string(),
  object: z.literal('chat.compare'),
  created: z.int(),
  models: z.array(z.string()).describe('As the caller named them.'),
  results: z.array(
    z.object({
      index: z.int(),
      model: z.string(),
      response_body: completionReply.nullable(),
      content: z.string().nullable(),
      usage: usage.nullable(),
      cost: decimal.nullable(),
      latency_ms: z.int().nonnegative().describe('From the arrival of the request to the end of this answer.'),
      error: z.string().nullable(),
      error_code: z.string().nullable(),
      request_id: z.string(),
    }),
  ),
  cost: decimal.describe('Of all of them, USD.'),
  total_latency_ms: z.int().nonnegative(),
  partial: z.boolean().describe('Whether some of them failed.'),
  comparison: z.null().describe('No model judges the answers.'),
  comparison_model: z.null(),
  comparison_usage: z.null(),
  comparison_fallback_used: z.literal(false),
  skip_comparison: z.literal(true),
});
