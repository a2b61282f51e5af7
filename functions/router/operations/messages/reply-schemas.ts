import { z } from 'zod';
import { count, decimal } from '../../http/reply-fields.ts';
import { mesh } from '../chat/reply-schemas.ts';

/**
 * What messages answer, as `/openapi.json` tells it and as the tests check it. A relay's replies hold whatever the provider says
 * besides.
 */

const usage = z.object({
  input_tokens: count.describe('Without what was read from and written to the cache.'),
  cache_creation_input_tokens: count.nullish(),
  cache_read_input_tokens: count.nullish(),
  output_tokens: count,
});

const block = z.union([
  z.object({ type: z.literal('text'), text: z.string() }),
  z.object({
    type: z.literal('thinking'),
    thinking: z.string(),
    signature: z.string().describe('To be sent back as it is; sealed where another than Anthropic made it.'),
  }),
  z.object({ type: z.literal('redacted_thinking'), data: z.string() }),
  z.object({ type: z.literal('tool_use'), id: z.string(), name: z.string(), input: z.record(z.string(), z.unknown()) }),
  z.object({ type: z.string() }),
]);

const ends = { stop_reason: z.string().nullable(), stop_sequence: z.string().nullish() };
const told = { cost: decimal.describe('USD'), mesh };

const head = {
  id: z.string(),
  type: z.literal('message'),
  role: z.literal('assistant'),
  model: z.string(),
};

export const messageReply = z.object({ ...head, content: z.array(block), ...ends, usage, ...told });

export const countReply = z.object({
  input_tokens: count,
  mesh: z.object({
    basis: z.enum(['provider', 'counted']).describe('Whose count it is.'),
    factor: z.number().describe('By how much ours was raised, where the tokenizer of the model is not public.'),
  }),
});

const index = z.int().nonnegative();
export const messageEventReply = z.union([
  z.object({
    type: z.literal('message_start'),
    message: z.object({
      ...head,
      content: z.array(block),
      ...ends,
      usage: usage.describe('Of the input, an estimate.'),
    }),
  }),
  z.object({ type: z.literal('content_block_start'), index, content_block: block }),
  z.object({ type: z.literal('content_block_delta'), index, delta: z.object({ type: z.string() }) }),
  z.object({ type: z.literal('content_block_stop'), index }),
  z.object({ type: z.literal('message_delta'), delta: z.object(ends), usage, ...told }),
  z.object({ type: z.literal('message_stop') }),
  z.object({ type: z.literal('ping') }),
  z.object({ type: z.literal('error'), error: z.object({ type: z.string(), message: z.string() }) }),
]);
