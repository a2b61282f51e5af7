import type OpenAI from 'openai';
import { z } from 'zod';

/**
 * What OpenAI publishes of the answers of chat completions, written by hand from the types of the package `openai` 7.57
 * (resources/chat/completions, resources/completions, resources/shared). The type of each schema is OpenAI's own: the compiler
 * holds that whatever passes it is of that type. Fields that OpenAI does not know are let through, as it asks its clients to do.
 */

const finishReason = z.enum(['stop', 'length', 'tool_calls', 'content_filter', 'function_call']);
const serviceTier = z.enum(['auto', 'default', 'flex', 'scale', 'priority', 'fast']).nullable();

const topLogprob = { token: z.string(), bytes: z.array(z.number()).nullable(), logprob: z.number() };
const tokenLogprob = z.looseObject({ ...topLogprob, top_logprobs: z.array(z.looseObject(topLogprob)) });
const logprobs = z.looseObject({
  content: z.array(tokenLogprob).nullable(),
  refusal: z.array(tokenLogprob).nullable(),
});

const usage = z.looseObject({
  prompt_tokens: z.int(),
  completion_tokens: z.int(),
  total_tokens: z.int(),
  prompt_tokens_details: z
    .looseObject({ audio_tokens: z.int().exactOptional(), cached_tokens: z.int().exactOptional() })
    .exactOptional(),
  completion_tokens_details: z
    .looseObject({
      accepted_prediction_tokens: z.int().exactOptional(),
      audio_tokens: z.int().exactOptional(),
      reasoning_tokens: z.int().exactOptional(),
      rejected_prediction_tokens: z.int().exactOptional(),
    })
    .exactOptional(),
});

const head = {
  id: z.string(),
  created: z.int(),
  model: z.string(),
  service_tier: serviceTier.exactOptional(),
  system_fingerprint: z.string().exactOptional(),
};

const toolCall = z.discriminatedUnion('type', [
  z.looseObject({
    id: z.string(),
    type: z.literal('function'),
    function: z.looseObject({ name: z.string(), arguments: z.string() }),
  }),
  z.looseObject({
    id: z.string(),
    type: z.literal('custom'),
    custom: z.looseObject({ name: z.string(), input: z.string() }),
  }),
]);

/** `ChatCompletion`. */
export const openaiCompletion: z.ZodType<OpenAI.ChatCompletion> = z.looseObject({
  ...head,
  object: z.literal('chat.completion'),
  choices: z.array(
    z.looseObject({
      index: z.int(),
      finish_reason: finishReason,
      logprobs: logprobs.nullable(),
      message: z.looseObject({
        role: z.literal('assistant'),
        content: z.string().nullable(),
        refusal: z.string().nullable(),
        tool_calls: z.array(toolCall).exactOptional(),
      }),
    }),
  ),
  usage: usage.exactOptional(),
});

/** `ChatCompletionChunk`. */
export const openaiChunk: z.ZodType<OpenAI.ChatCompletionChunk> = z.looseObject({
  ...head,
  object: z.literal('chat.completion.chunk'),
  choices: z.array(
    z.looseObject({
      index: z.int(),
      finish_reason: finishReason.nullable(),
      logprobs: logprobs.nullable().exactOptional(),
      delta: z.looseObject({
        role: z.enum(['developer', 'system', 'user', 'assistant', 'tool']).exactOptional(),
        content: z.string().nullable().exactOptional(),
        refusal: z.string().nullable().exactOptional(),
        tool_calls: z
          .array(
            z.looseObject({
              index: z.int(),
              id: z.string().exactOptional(),
              type: z.enum(['function', 'custom']).exactOptional(),
              function: z
                .looseObject({ name: z.string().exactOptional(), arguments: z.string().exactOptional() })
                .exactOptional(),
              custom: z
                .looseObject({ name: z.string().exactOptional(), input: z.string().exactOptional() })
                .exactOptional(),
            }),
          )
          .exactOptional(),
      }),
    }),
  ),
  usage: usage.nullable().exactOptional(),
});

/** `{error: ErrorObject}`, in an answer with an error status and as the last frame of a stream that broke. */
export const openaiError: z.ZodType<{ error: OpenAI.ErrorObject }> = z.looseObject({
  error: z.looseObject({
    code: z.string().nullable(),
    message: z.string(),
    param: z.string().nullable(),
    type: z.string(),
  }),
});
