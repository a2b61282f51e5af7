import { z } from 'zod';

/** How a request was routed, and how its model was chosen where that was left to the router. */

const nullable = z.number().nullable();

export const autoDecision = z.object({
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

export const decisionReply = z.object({
  requested_model: z.string().describe('As the caller named it: an alias, a dated name, `auto`.'),
  weight_profile: z.string(),
  weights: z.object({ cost: z.number(), latency: z.number(), errors: z.number() }),
  sort: z.string().nullable(),
  explored: z.string().nullable(),
  session: z
    .object({
      endpoint: z.string(),
      stay: z
        .string()
        .describe('`kept`, or why not: `explored`, `breaker`, `score`, `order`, `excluded` (docs, Routing, Sessions).'),
      cached_tokens: z.number().describe('Tokens of the input that its cache was expected to have.'),
    })
    .nullable()
    .describe('The endpoint that served the session last; null where there is none that counts.'),
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
      effort: z
        .object({ wanted: z.string(), sent: z.string().nullable() })
        .nullable()
        .describe('The effort of reasoning that was asked for, and the one that this endpoint is asked for.'),
    }),
  ),
  auto: autoDecision.nullable().describe('How the models were chosen, where that was left to the router.'),
});
