import { z } from 'zod';
import { count, decimal } from '../../http/reply-fields.ts';
import { mesh } from '../chat/reply-schemas.ts';

/**
 * What is answered in Google's form, as `/openapi.json` tells it and as the tests check it. A relay's replies hold whatever the
 * provider says besides.
 */

const part = z.looseObject({
  text: z.string().optional(),
  thought: z.boolean().optional(),
  thoughtSignature: z
    .string()
    .optional()
    .describe('To be sent back on its part as it is; sealed where another than Google made it.'),
  functionCall: z
    .looseObject({ id: z.string().optional(), name: z.string(), args: z.record(z.string(), z.unknown()).optional() })
    .optional(),
});

const candidate = z.looseObject({
  content: z.looseObject({ role: z.literal('model').optional(), parts: z.array(part).optional() }).optional(),
  finishReason: z.string().optional(),
  index: count.optional(),
});

const usage = z.looseObject({
  promptTokenCount: count.optional().describe('With what was read from the cache.'),
  candidatesTokenCount: count.optional().describe('Without the thoughts.'),
  thoughtsTokenCount: count.optional(),
  cachedContentTokenCount: count.optional(),
  totalTokenCount: count.optional(),
});

const response = {
  candidates: z.array(candidate).optional(),
  usageMetadata: usage.optional(),
  modelVersion: z.string().optional(),
  responseId: z.string().optional(),
};

/** One answer, whole. */
export const generateReply = z.looseObject({ ...response, cost: decimal.describe('USD'), mesh });

/** A piece of one; the last has the bill. Where it broke, the last is an error. */
export const generateEventReply = z.union([
  z.looseObject({ ...response, cost: decimal.optional(), mesh: mesh.optional() }),
  z.looseObject({ error: z.looseObject({ code: z.int(), message: z.string(), status: z.string() }) }),
]);

/** A stream that is no stream of events is a list of them. */
export const generateListReply = z.array(generateEventReply);

export const countReply = z.looseObject({
  totalTokens: count,
  mesh: z.object({
    basis: z.enum(['provider', 'counted']).describe('Whose count it is.'),
    factor: z.number().describe('By how much ours was raised, where the tokenizer of the model is not public.'),
  }),
});

const embedding = z.object({ values: z.array(z.number()) });
const counted = { usageMetadata: z.object({ promptTokenCount: count }), cost: decimal.describe('USD'), mesh };

export const embedReply = z.object({ embedding, ...counted });
export const batchEmbedReply = z.object({ embeddings: z.array(embedding), ...counted });
