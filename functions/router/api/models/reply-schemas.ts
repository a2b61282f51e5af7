import { z } from 'zod';
import { time } from '../../http/reply-fields.ts';
import { breakerState } from '../breakers/reply-schemas.ts';

export const modelReply = z.object({
  id: z.string(),
  object: z.literal('model'),
  created: z.int(),
  owned_by: z.string(),
  name: z.string(),
  description: z.string(),
  retires_at: z.iso.date().nullable().describe('The day from which its providers may not answer any more.'),
  context_length: z.int(),
  architecture: z.object({
    input_modalities: z.array(z.string()),
    output_modalities: z.array(z.string()),
    modality: z.string(),
    tokenizer: z.string(),
    instruct_type: z.null(),
  }),
  top_provider: z.object({
    context_length: z.int(),
    max_completion_tokens: z.int(),
    is_moderated: z.boolean(),
  }),
  supported_parameters: z.array(z.string()),
  pricing: z.record(z.string(), z.string()),
});
const codexModel = z.looseObject({
  slug: z.string(),
  display_name: z.string(),
  context_window: z.int(),
  supported_reasoning_levels: z.array(z.object({ effort: z.string(), description: z.string() })),
});
export const modelListReply = z.object({
  object: z.literal('list'),
  data: z.array(modelReply).describe('`auto` last, whose prices are `-1`: they depend on what is chosen.'),
  models: z.array(codexModel).describe('The same as Codex reads them: those that call tools.'),
});

const modelInfo = z.looseObject({ id: z.string(), name: z.string(), is_free: z.boolean() });
/** Mesh's ModelInfo, as far as its SDKs need it. */
export const modelInfosReply = z.array(modelInfo);

const facet = z.array(z.object({ value: z.string(), count: z.int() }));
/** What `GET /v1/models/search` answers; an item is Mesh's ModelInfo. */
export const modelSearchReply = z.object({
  items: z.array(modelInfo),
  total: z.int(),
  limit: z.int(),
  offset: z.int(),
  brands: z.array(z.string()),
  facets: z.object({ brand: facet, provider: facet, model_type: facet }),
});

const endpointHealth = z.object({
  endpoint: z.string(),
  model: z.string(),
  provider: z.string(),
  region: z.string().nullable(),
  available: z.boolean(),
  breaker: z.object({ state: breakerState, reason: z.string().nullable(), until: time.nullable() }),
  first_token_ms: z.number(),
  tokens_per_second: z.number(),
  error_rate: z.number(),
  samples: z.number().describe('Decayed number of measurements; 0 where the times are the catalogue’s.'),
  measured_at: time.nullable(),
  context_length: z.number(),
  max_completion_tokens: z.number(),
  pricing: z.record(z.string(), z.string()).describe('USD for one token.'),
  supported_parameters: z.array(z.string()),
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
        max_prompt_tokens: z.null(),
        quantization: z.null(),
        status: z.number(),
      }),
    ),
  }),
});
