import { z } from 'zod';

/** Replies that tell how endpoints are doing and how they were chosen. */

const nullable = z.number().nullable();
const time = z.iso.datetime();

const autoDecision = z.object({
  weight_profile: z.string(),
  weights: z.record(z.string(), z.number()),
  request: z.object({
    difficulty: z.number(),
    contributions: z.record(z.string(), z.number()),
    shares: z.record(z.string(), z.number()),
    needed_quality: z.number(),
    input_tokens: z.number(),
    expected_output_tokens: z.number(),
    script: z.string().nullable(),
    non_latin: z.number(),
  }),
  models: z.array(
    z.object({
      model: z.string(),
      rank: nullable.describe('Place in the order; null where it cannot serve the request.'),
      score: nullable.describe('The higher, the better: the sum of `parts`.'),
      parts: z.record(z.string(), z.number()).nullable(),
      quality: nullable,
      expected_cost_usd: z.string().nullable(),
      expected_latency_ms: nullable,
      excluded: z.array(z.string()).nullable().describe('What is against its endpoints.'),
    }),
  ),
});

export const selectionReply = autoDecision.extend({
  object: z.literal('router.selection'),
  model: z.string(),
  auto_router: z.object({ fallback_used: z.boolean(), fallback_reason: z.string().nullable() }),
  reasoning_effort: z.enum(['none', 'low', 'medium', 'high']).nullable(),
});

export const decisionReply = z.object({
  weight_profile: z.string(),
  weights: z.object({ cost: z.number(), latency: z.number(), errors: z.number() }),
  sort: z.string().nullable(),
  explored: z.string().nullable(),
  candidates: z.array(
    z.object({
      model: z.string(),
      endpoint: z.string(),
      provider: z.string(),
      region: z.string().nullable(),
      rank: nullable.describe('Place in the order of trying; null where it is left out.'),
      score: nullable.describe('The lower, the better.'),
      expected_cost_usd: z.string().nullable(),
      expected_latency_ms: nullable,
      first_token_ms: nullable,
      tokens_per_second: nullable,
      error_rate: nullable,
      samples: nullable,
      breaker: z.string().nullable(),
      excluded: z.string().nullable().describe('Why it is left out.'),
    }),
  ),
  auto: autoDecision.nullable().describe('How the models were chosen, where that was left to the router.'),
});

const states = z.enum(['closed', 'open', 'half_open', 'cooldown']);

const endpointHealth = z.object({
  endpoint: z.string(),
  model: z.string(),
  provider: z.string(),
  region: z.string().nullable(),
  available: z.boolean(),
  breaker: z.object({ state: states, reason: z.string().nullable(), until: time.nullable() }),
  first_token_ms: z.number(),
  tokens_per_second: z.number(),
  error_rate: z.number(),
  samples: z.number().describe('Decayed number of measurements; 0 where the times are the catalogue’s.'),
  measured_at: time.nullable(),
});

export const endpointHealthReply = z.object({ region: z.string(), as_of: time, endpoints: z.array(endpointHealth) });

export const modelEndpointsReply = z.object({
  data: z.object({
    id: z.string(),
    name: z.string(),
    created: z.number(),
    description: z.string(),
    architecture: z.object({
      input_modalities: z.array(z.string()),
      output_modalities: z.array(z.string()),
      modality: z.string(),
      tokenizer: z.string(),
      instruct_type: z.null(),
    }),
    endpoints: z.array(
      endpointHealth.extend({
        name: z.string(),
        provider_name: z.string(),
        tag: z.string(),
        context_length: z.number(),
        max_completion_tokens: z.number(),
        max_prompt_tokens: z.null(),
        quantization: z.null(),
        pricing: z.record(z.string(), z.string()),
        supported_parameters: z.array(z.string()),
        status: z.number(),
      }),
    ),
  }),
});

export const breakersReply = z.array(
  z.object({
    endpoint: z.string(),
    state: states,
    generation: z.int(),
    reason: z.string().nullable(),
    changed_at: time,
    until: time.nullable(),
    successes: z.int(),
    probing: z.boolean(),
    shared: z.boolean().describe('False where only this instance goes by it.'),
  }),
);
