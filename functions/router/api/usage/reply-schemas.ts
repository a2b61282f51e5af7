import { z } from 'zod';
import { entryKinds } from '../../../core/ledger/entries.ts';
import { billingBases } from '../../../core/routing/believed-usage.ts';
import { count, currency, decimal, time } from '../../http/reply-fields.ts';

const text = z.string().nullable();
const usd = z.number().nonnegative().describe('USD, as a number: what OpenRouter’s clients expect.');
const cursor = z.string().nullable().describe('Where the next page begins; null at the end.');

export const usageSums = z.object({
  requests: count,
  errors: count,
  prompt_tokens: count,
  completion_tokens: count,
  total_tokens: count,
  cached_tokens: count,
  cache_write_tokens: count,
  reasoning_tokens: count,
  cost_usd: decimal,
  cost_inr: decimal,
});
const usageTotal = usageSums.extend({ amount: decimal.nullable(), currency: currency.nullable() });
/** From counts in buckets, so they are a third off at most; null where there was no first token, or before 2026-11-29. */
const latencies = z.object({ first_token_p50_ms: count.nullable(), first_token_p95_ms: count.nullable() });
const percent = z.number().nullable();
export const usageReply = z.object({
  start: time,
  end: time,
  data: z.array(
    usageSums
      .extend(latencies.shape)
      .extend({
        day: z.iso.date().optional(),
        hour: time.optional(),
        model: z.string().optional(),
        provider: z.string().optional(),
        key: z.string().optional(),
        session: text.optional(),
        client: text.optional(),
        surface: text.optional(),
        status: text.optional().describe('The `outcome` of an event.'),
        end_user: text.optional(),
        amount: decimal,
        currency,
        previous_cost_usd: decimal
          .optional()
          .describe('In the time before, with `compare`; where rows are not by day or hour.'),
      })
      .catchall(text)
      .describe('And the values of metadata that were grouped by, `metadata.…`; null where a request has none.'),
  ),
  total: usageTotal.extend(latencies.shape),
  previous: z
    .object({
      start: time,
      end: time,
      total: usageTotal,
      change_percent: z
        .object({ requests: percent, total_tokens: percent, cost_usd: percent })
        .describe('Of the total; null where there was nothing.'),
    })
    .optional()
    .describe('The time right before, as long as that, with `compare`.'),
  truncated: z
    .boolean()
    .describe(
      'Whether there are more rows than `limit`, or more requests than are looked at: `start` is from when on it is all.',
    ),
});

const cost = z.object({
  currency,
  amount: decimal,
  usd: decimal,
  inr: decimal,
  fx_rate: decimal,
  fx_as_of: z.iso.date(),
  basis: z.enum(billingBases).nullable(),
});

const ranked = z.tuple([z.string(), z.number().nullable(), z.string().nullable(), z.number().nullable()]);
const briefDecision = z
  .object({
    profile: z.string(),
    sort: z.string().optional(),
    explored: z.string().optional(),
    session: z
      .tuple([z.string(), z.string(), count])
      .optional()
      .describe(
        'The endpoint that the session was at, what became of that, and the tokens that were to be cached there.',
      ),
    order: z.array(ranked).describe('Endpoints in the order of trying: score, expected dollars and milliseconds.'),
    out: z.array(z.tuple([z.string(), z.string()])).describe('Those that were left out, and why.'),
    of: z.tuple([count, count]).describe('How many there were of both.'),
  })
  .nullable();

const event = z.object({
  id: z.string(),
  label: text,
  end_user: text.describe('Whom the request was for: a keyed hash of its `user`, the same for the same one.'),
  created_at: time,
  started_at: time.nullable().describe('When it arrived.'),
  owner_id: z.string(),
  key_id: z.string(),
  requested_model: text,
  model: text,
  provider: text,
  endpoint: text,
  region: text,
  own_key: text.describe('The owner’s provider key that it was asked with; null where that was ours.'),
  outcome: text.describe('`finished`; `failed` for a request that held money and got no answer; else what ended it.'),
  finish_reason: text,
  streamed: z.boolean().nullable(),
  surface: text.describe('What was asked for: `chat`, `messages`, `responses`, `embeddings`.'),
  session: text.describe('The conversation, as its client named it.'),
  client: text.describe('The program that it came from, as far as its headers say.'),
  metadata: z
    .record(z.string(), z.string())
    .nullable()
    .describe('The caller’s, where it sent `X-Mesh-Metadata: keep`.'),
  basis: z.enum(billingBases).nullable(),
  prompt_tokens: count,
  completion_tokens: count,
  total_tokens: count,
  cached_tokens: count,
  cache_write_tokens: count,
  reasoning_tokens: count,
  cost,
  held: decimal
    .nullable()
    .describe('What was held for it, in the currency of its owner; of a stream, when it ended. Null of older ones.'),
  overage: decimal,
  refunded: decimal,
  queue_ms: count.describe('From arrival until money was asked for.'),
  hold_ms: count.describe('Until that was held.'),
  first_token_ms: count.describe('From arrival until its client got the first byte, over all attempts.'),
  total_ms: count.describe('From arrival to the end.'),
  attempts: count,
  error: text,
  provider_code: text,
  decision: briefDecision,
});

const meshEvent = event.omit({ id: true, cost: true }).extend({
  request_id: z.string(),
  cost_usd: decimal,
  cost_inr: decimal,
  cost_amount: decimal,
  currency,
});

export const eventPage = z.object({
  data: z.array(event),
  next_cursor: cursor,
  scanned: count.describe(
    'Requests that were looked at for this page: 10,000 at most, however few of them are wanted.',
  ),
  scanned_to: time
    .nullable()
    .describe('When the last of these was: what is older was not looked at yet. Null where that is all there is.'),
});
export const eventsReply = z.union([
  eventPage,
  z
    .object({ events: z.array(meshEvent), total: count, offset: count, limit: count, truncated: z.boolean() })
    .describe(
      'Where `org_id`, `since`, `until` or `offset` is said, as Mesh API’s clients do. `total` counts the newest 10,000 at most.',
    ),
]);

export const refusalsReply = z.object({
  data: z.array(
    z.object({
      minute: time.describe('When it began, UTC.'),
      key_id: z.string(),
      code: z.string().describe('Of the error.'),
      count,
    }),
  ),
  total: count.describe('Of the rows.'),
  truncated: z.boolean().describe('Whether there is more: the same question with `end` finds what is older.'),
});

export const attemptsReply = z.array(
  z.object({
    attempt: z.int().positive(),
    endpoint: z.string(),
    model: text,
    provider: text,
    region: text,
    outcome: z.string(),
    provider_code: text,
    started_ms: count.describe('After the first attempt began.'),
    latency_ms: count.describe('To the first token, or to the failure.'),
    breaker: z
      .enum(['normal', 'probe', 'forced'])
      .describe('Whether it was let through although its endpoint was down.'),
  }),
);

const unknownCount = count.nullable();
export const generationReply = z.object({
  data: z.object({
    id: z.string(),
    upstream_id: text,
    created_at: time,
    model: z.string(),
    provider_name: text,
    api_type: z.literal('completions'),
    app_id: unknownCount,
    streamed: z.boolean().nullable(),
    cancelled: z.boolean(),
    is_byok: z.boolean(),
    origin: z.string(),
    external_user: text,
    services: text,
    total_cost: usd,
    usage: usd,
    cache_discount: usd.nullable(),
    upstream_inference_cost: usd.nullable(),
    finish_reason: text,
    native_finish_reason: text,
    tokens_prompt: count,
    tokens_completion: count,
    native_tokens_prompt: count,
    native_tokens_completion: count,
    native_tokens_completion_images: unknownCount,
    native_tokens_reasoning: count,
    native_tokens_cached: count,
    num_media_prompt: unknownCount,
    num_input_audio_prompt: unknownCount,
    num_media_completion: unknownCount,
    num_search_results: unknownCount,
    latency: count,
    moderation_latency: unknownCount,
    generation_time: count,
    provider_responses: z.array(
      z.object({ endpoint_id: z.string(), status: z.int().nullable(), latency: count, is_byok: z.boolean() }),
    ),
    mesh: z.object({ cost, outcome: text, error: text, decision: briefDecision }),
  }),
});

export const creditsReply = z.object({ data: z.object({ total_credits: usd, total_usage: usd }) });

const rate = z.int().positive().nullable();
export const ownKeyReply = z.object({
  data: z.object({
    id: z.string(),
    label: z.string(),
    creator_user_id: text,
    usage: usd,
    usage_daily: usd,
    usage_weekly: usd,
    usage_monthly: usd,
    byok_usage: usd,
    byok_usage_daily: usd,
    byok_usage_weekly: usd,
    byok_usage_monthly: usd,
    include_byok_in_limit: z.boolean(),
    limit: usd.nullable(),
    reserved: usd.describe('What running requests of this key hold. OpenRouter has no such field.'),
    limit_remaining: usd.nullable(),
    limit_reset: z.enum(['daily', 'weekly', 'monthly']).nullable(),
    is_free_tier: z.boolean(),
    is_management_key: z.boolean(),
    is_provisioning_key: z.boolean(),
    expires_at: time.nullable(),
    rate_limit: z.object({ requests: z.int(), interval: z.string(), note: z.string() }),
    allowed_models: z.array(z.string()).nullable(),
    rpm_limit: rate,
    rpd_limit: rate,
    tpm_limit: rate,
  }),
});

export const entriesReply = z.object({
  data: z.array(
    z.object({
      id: z.string(),
      owner_id: z.string(),
      kind: z.enum(entryKinds),
      amount: decimal,
      currency,
      reference: text,
      reason: text,
      request_id: text,
      key_id: text,
      created_at: time,
    }),
  ),
  next_cursor: cursor,
});
