import { z } from 'zod';
import { billingBases } from '../../../core/routing/believed-usage.ts';
import { count, currency, decimal } from '../../http/reply-fields.ts';
import { decisionReply } from '../shared/decision-reply.ts';

/**
 * What chat completions answer, as `/openapi.json` tells it and as the tests check it. Replies may hold more than is named
 * here: an upstream's own fields, which a relay keeps.
 */

export const usage = z.object({
  prompt_tokens: count,
  completion_tokens: count,
  total_tokens: count,
  prompt_tokens_details: z.object({ cached_tokens: count, cache_write_tokens: count, audio_tokens: count }),
  completion_tokens_details: z.object({ reasoning_tokens: count }),
  cost: z.number().nonnegative().describe('USD, as a number: what OpenRouter’s clients expect.'),
});

export const mesh = z.object({
  request_id: z.string(),
  cost: z.object({
    currency,
    amount: decimal,
    usd: decimal,
    inr: decimal,
    fx_rate: decimal,
    fx_as_of: z.iso.date(),
    basis: z.enum(billingBases),
  }),
  total_ms: z.int().nonnegative().describe('From the arrival of the request to the end of its answer.'),
  settled: z.boolean().describe('Whether the store has confirmed the charge.'),
  stopped: z.literal('spend_limit').optional().describe('Why an answer ends before it was finished.'),
  routing: z.object({
    attempts: z.int().positive(),
    fallback: z.boolean(),
    credential: z
      .enum(['own', 'platform'])
      .optional()
      .describe('Whose it was asked with, of an owner that has provider keys.'),
    model: z.string(),
    auto: z.boolean().describe('Whether the model was left to the router.'),
    provider: z.string(),
    region: z.string().nullable(),
    latency_ms: z.int().nonnegative(),
  }),
  decision: decisionReply.optional().describe('With `X-Mesh-Explain: 1`: every endpoint that was looked at.'),
});

const finishReason = z.enum(['stop', 'length', 'tool_calls', 'content_filter']);
const head = {
  id: z.string(),
  created: z.int().positive(),
  model: z.string(),
  provider: z.string().describe('Who serves the model, as in `mesh.routing`: OpenRouter’s clients read it here.'),
  system_fingerprint: z.string().describe('The upstream’s own where it has one; else it names the catalogue.'),
};

/** Gemini's signature, where Google's own OpenAI-compatible API has it. */
const extraContent = z.object({ google: z.object({ thought_signature: z.string() }) });

const anyCall = {
  id: z.string(),
  thought_signature: z.string().optional(),
  extra_content: extraContent.optional(),
};
const toolCall = z.discriminatedUnion('type', [
  z.object({
    ...anyCall,
    type: z.literal('function'),
    function: z.object({ name: z.string(), arguments: z.string() }),
  }),
  z.object({ ...anyCall, type: z.literal('custom'), custom: z.object({ name: z.string(), input: z.string() }) }),
]);
const reasoning = {
  reasoning: z.string().nullish(),
  reasoning_content: z.string().nullish().describe('The same as `reasoning`, by its other name.'),
  extra_content: extraContent.optional(),
  reasoning_details: z.array(z.object({ type: z.string(), format: z.string().nullish() })).optional(),
};

export const completionReply = z.object({
  ...head,
  object: z.literal('chat.completion'),
  choices: z.array(
    z.object({
      index: z.int(),
      finish_reason: finishReason,
      message: z.object({
        role: z.literal('assistant'),
        content: z.string().nullable(),
        refusal: z.string().nullable(),
        tool_calls: z.array(toolCall).optional(),
        ...reasoning,
      }),
    }),
  ),
  usage,
  cost: decimal,
  mesh,
});

const toolCallDelta = z.object({
  index: z.int().nonnegative(),
  id: z.string().optional(),
  type: z.enum(['function', 'custom']).optional(),
  function: z.object({ name: z.string().optional(), arguments: z.string().optional() }).optional(),
  custom: z.object({ name: z.string().optional(), input: z.string().optional() }).optional(),
  thought_signature: z.string().optional(),
  extra_content: extraContent.optional(),
});

export const chunkReply = z.object({
  ...head,
  object: z.literal('chat.completion.chunk'),
  choices: z.array(
    z.object({
      index: z.int(),
      finish_reason: finishReason.nullable(),
      delta: z.object({
        role: z.literal('assistant').optional(),
        content: z.string().nullish(),
        refusal: z.string().nullish(),
        tool_calls: z.array(toolCallDelta).optional(),
        ...reasoning,
      }),
    }),
  ),
  /**
   * These three are in one chunk: the last with a `finish_reason`; or, with `stream_options.include_usage`, the one after it, which
   * has no choices.
   */
  usage: usage.optional(),
  cost: decimal.optional(),
  mesh: mesh.optional(),
});
