import { z } from 'zod';
import { count, decimal } from '../../http/reply-fields.ts';
import { mesh } from '../chat/reply-schemas.ts';

/** What `POST /v1/embeddings` answers, as `/openapi.json` tells it and as the tests check it. */
export const embeddingsReply = z.object({
  object: z.literal('list'),
  data: z.array(
    z.object({
      object: z.literal('embedding'),
      index: count.describe('The place of its input.'),
      embedding: z
        .union([z.array(z.number()), z.string()])
        .describe('Numbers; with `encoding_format: "base64"` little-endian 32-bit ones.'),
    }),
  ),
  model: z.string(),
  id: z.string(),
  provider: z.string().describe('Who serves the model, as in `mesh.routing`.'),
  usage: z.object({ prompt_tokens: count, total_tokens: count, cost: z.number().nonnegative().describe('USD.') }),
  cost: decimal,
  mesh,
});
