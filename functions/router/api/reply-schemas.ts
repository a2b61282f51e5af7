import { z } from 'zod';
import { decisionReply } from './routing-schemas.ts';

/**
 * What the API answers, as `/openapi.json` tells it and as the tests check it. Replies may hold more than is named here: an
 * upstream's own fields, which a relay keeps.
 */

const decimal = z
  .string()
  .regex(/^-?\d+(\.\d{1,9})?$/)
  .describe('A decimal string of whole units.');
const tokens = z.int().nonnegative();
const currency = z.enum(['USD', 'INR']);
const time = z.iso.datetime();

export const errorReply = z.object({
  error: z.object({
    code: z.string(),
    message: z.string(),
    type: z.string(),
    param: z.string().nullable(),
    details: z.unknown().optional(),
    provider_code: z.string().optional(),
    retry_after_seconds: z.int().nonnegative().optional(),
  }),
  request_id: z.string(),
});

const usage = z.object({
  prompt_tokens: tokens,
  completion_tokens: tokens,
  total_tokens: tokens,
  prompt_tokens_details: z.object({ cached_tokens: tokens, cache_write_tokens: tokens, audio_tokens: tokens }),
  completion_tokens_details: z.object({ reasoning_tokens: tokens }),
  cost: z.number().nonnegative().describe('USD, as a number: what OpenRouter’s clients expect.'),
});

const mesh = z.object({
  request_id: z.string(),
  cost: z.object({
    currency,
    amount: decimal,
    usd: decimal,
    inr: decimal,
    fx_rate: decimal,
    fx_as_of: z.iso.date(),
    basis: z.enum(['exact', 'estimated']),
  }),
  total_ms: z.int().nonnegative().describe('From the arrival of the request to the end of its answer.'),
  settled: z.boolean().describe('Whether the store has confirmed the charge.'),
  stopped: z.literal('spend_limit').optional().describe('Why an answer ends before it was finished.'),
  routing: z.object({
    attempts: z.int().positive(),
    fallback: z.boolean(),
    model: z.string(),
    auto: z.boolean().describe('Whether the model was left to the router.'),
    provider: z.string(),
    region: z.string().nullable(),
    latency_ms: z.int().nonnegative(),
  }),
  decision: decisionReply.optional().describe('With `X-Mesh-Explain: 1`: every endpoint that was looked at.'),
});

const finishReason = z.enum(['stop', 'length', 'tool_calls', 'content_filter']);
const head = { id: z.string(), created: z.int(), model: z.string(), system_fingerprint: z.string().nullable() };

const toolCall = z.object({
  id: z.string(),
  type: z.literal('function'),
  function: z.object({ name: z.string(), arguments: z.string() }),
  thought_signature: z.string().optional(),
});
const reasoning = {
  reasoning: z.string().nullish(),
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
  type: z.literal('function').optional(),
  function: z.object({ name: z.string().optional(), arguments: z.string().optional() }),
});

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
  /** These three are in the last chunk, which has no choices. */
  usage: usage.optional(),
  cost: decimal.optional(),
  mesh: mesh.optional(),
});

export const modelReply = z.object({
  id: z.string(),
  object: z.literal('model'),
  created: z.int(),
  owned_by: z.string(),
  context_length: z.int(),
  pricing: z.record(z.string(), z.string()),
});
export const modelListReply = z.object({ object: z.literal('list'), data: z.array(modelReply) });

export const balanceReply = z.object({
  balance_usd: decimal,
  available_usd: decimal,
  reserved_usd: decimal,
  currency,
  balance_inr: decimal,
  updated_at: time,
});

const limit = z.int().positive().nullable();
const capAmounts = z.object({ daily: decimal.nullable(), monthly: decimal.nullable(), total: decimal.nullable() });
const limits = z.object({
  rpm_limit: limit,
  rpd_limit: limit,
  tpm_limit: limit,
  concurrency_limit: limit,
  spend_caps: capAmounts.describe('In the owner’s currency.'),
  spend_cap_usd: decimal.nullable(),
  spend_cap_window: z.enum(['daily', 'monthly', 'total']).nullable(),
});

const rateFigure = z
  .object({ limit: z.int(), remaining: z.int().nonnegative(), reset_seconds: z.int().nonnegative() })
  .nullable();
const rateFigures = z.object({
  requests_per_minute: rateFigure,
  tokens_per_minute: rateFigure,
  requests_per_day: rateFigure,
});
const capFigure = z.object({
  spent: decimal,
  reserved: decimal,
  cap: decimal.nullable(),
  remaining: decimal.nullable(),
  resets_at: time.nullable(),
});
const capFigures = z.object({ daily: capFigure, monthly: capFigure, total: capFigure });
const spending = z.object({ currency, key: capFigures.nullable(), owner: capFigures });
export const rateLimitsReply = z.object({ key: rateFigures, owner: rateFigures, spending });

const effective = z.object({ limit, tier: z.enum(['key', 'owner']).nullable() });
export const keyLimitsReply = z.object({
  key_id: z.string(),
  owner_id: z.string(),
  key: limits,
  owner: limits,
  effective: z.object({
    rpm_limit: effective,
    rpd_limit: effective,
    tpm_limit: effective,
    concurrency_limit: effective,
  }),
  rates: z.object({ key: rateFigures, owner: rateFigures }),
  spending,
});

export const ownerReply = z.object({
  id: z.string(),
  name: z.string(),
  currency,
  balance: decimal,
  available: decimal,
  reserved: decimal,
  low_balance: decimal.nullable(),
  allowed_regions: z.array(z.string()).nullable(),
  ...limits.shape,
  created_at: time,
});

export const entryReply = z.object({
  id: z.string(),
  owner_id: z.string(),
  kind: z.enum(['topup', 'adjustment', 'refund']),
  amount: decimal,
  currency,
  reference: z.string(),
  reason: z.string().nullable(),
  created_at: time,
});

const rate = z.object({ pair: z.string(), rate: decimal, as_of: z.iso.date(), source: z.string() });
export const ratesReply = rate.extend({ age_days: tokens, stale: z.boolean(), history: z.array(rate) });

export const keyReply = z.object({
  id: z.string(),
  owner_id: z.string(),
  label: z.string().nullable(),
  masked: z.string(),
  status: z.enum(['active', 'suspended']),
  allowed_models: z.array(z.string()).nullable(),
  allowed_regions: z.array(z.string()).nullable(),
  default_model: z.string().nullable(),
  default_params: z.record(z.string(), z.unknown()),
  routing_policy: z.record(z.string(), z.unknown()),
  expires_at: time.nullable(),
  ...limits.shape,
  created_at: time,
});
export const newKeyReply = keyReply.extend({
  key: z.string().describe('The key itself: in this answer and nowhere else.'),
});

export const apiVersionsReply = z.object({ versions: z.array(z.string()), default: z.string() });
export const healthReply = z.object({ status: z.enum(['ok', 'unavailable']) });
