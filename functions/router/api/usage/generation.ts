import { z } from 'zod';
import { toValidationError } from '../../../formats/shared/validation-error.ts';
import { authenticate } from '../../access/authenticate.ts';
import type { Call } from '../../http/call.ts';
import type { Reply } from '../../http/route.ts';
import type { Services } from '../../way/services.ts';
import { encodeEvent } from './encode-event.ts';
import { getRequest } from './find-charge.ts';

export const generationQuery = z.object({ id: z.string().min(1) });

/** What OpenRouter says of a request and is not known here. Its clients refuse an answer in which one of them is missing. */
const unknown = {
  upstream_id: null,
  cache_discount: null,
  upstream_inference_cost: null,
  app_id: null,
  moderation_latency: null,
  native_finish_reason: null,
  native_tokens_completion_images: null,
  num_media_prompt: null,
  num_input_audio_prompt: null,
  num_media_completion: null,
  num_search_results: null,
  origin: '',
  services: null,
};

/**
 * `GET /v1/generation?id=`: one request, charged or failed, in OpenRouter's words, costs in dollars as numbers.
 * https://openrouter.ai/docs/api-reference/get-a-generation
 */
export async function getGeneration(call: Call, services: Services): Promise<Reply> {
  const key = await authenticate(call, services.keys);
  const query = generationQuery.safeParse(Object.fromEntries(call.query));
  if (!query.success) throw toValidationError(query.error);
  const charge = await getRequest(services.documents, query.data.id, key.ownerId);
  const event = encodeEvent(charge);
  const usd = Number(event.cost.usd);
  const attempts = (Array.isArray(charge.data.attempts) ? charge.data.attempts : []) as Record<string, unknown>[];
  return {
    status: 200,
    body: {
      data: {
        ...unknown,
        id: event.id,
        created_at: event.created_at,
        model: event.model,
        provider_name: event.provider,
        api_type: 'completions',
        is_byok: event.own_key !== null,
        streamed: event.streamed,
        finish_reason: event.finish_reason,
        external_user: event.end_user,
        cancelled: event.outcome === 'client_gone',
        total_cost: usd,
        usage: usd,
        tokens_prompt: event.prompt_tokens,
        tokens_completion: event.completion_tokens,
        native_tokens_prompt: event.prompt_tokens,
        native_tokens_completion: event.completion_tokens,
        native_tokens_reasoning: event.reasoning_tokens,
        native_tokens_cached: event.cached_tokens,
        latency: event.first_token_ms,
        generation_time: event.total_ms,
        provider_responses: attempts.map(({ endpoint, latency_ms, outcome }) => ({
          endpoint_id: endpoint,
          status: outcome === 'ok' ? 200 : null,
          latency: Number(latency_ms),
          is_byok: String(endpoint).includes('#'),
        })),
        mesh: { cost: event.cost, outcome: event.outcome, error: event.error, decision: event.decision },
      },
    },
  };
}
