import type { Capability, Endpoint } from '../core/endpoints/endpoint.ts';
import { formatDecimal } from '../core/money/money.ts';
import { formatPrice, type PicoUsd, type Price } from '../core/money/price.ts';
import type { Model } from './catalogue.ts';

/** A model as Mesh's own SDKs read it. Prices are decimal strings of USD per million tokens, of the cheapest endpoint. */
export interface ModelInfo {
  id: string;
  name: string;
  description: string | null;
  is_free: boolean;
  context_length: number;
  max_output_tokens: number;
  pricing: {
    prompt_usd_per_1m: string;
    completion_usd_per_1m: string;
    cache_read_input_usd_per_1m: string;
    cache_write_input_usd_per_1m: string;
    cache_write_1h_input_usd_per_1m: string;
    /** Null where the model does not reason. */
    reasoning_usd_per_1m: string | null;
    /** Null where the model does not hear. */
    input_audio_usd_per_1m: string | null;
  };
  brand: string;
  /** Of the cheapest endpoint. */
  provider: string;
  /** All, cheapest first. */
  providers: string[];
  model_type: string;
  /** The day from which its providers may not answer any more, `2027-03-01`; null where none of them said one. */
  retires_at: string | null;
  input_modalities: readonly string[];
  output_modalities: readonly string[];
  supports_tools: boolean;
  supports_vision: boolean;
  supports_audio: boolean;
  supports_files: boolean;
  supports_reasoning: boolean;
  supports_json_mode: boolean;
  supports_structured_output: boolean;
  supports_streaming: boolean;
}

export function toModelInfo(model: Model): ModelInfo {
  const endpoints = byPrice(model);
  const { price, provider } = cheapest(model);
  const can = (capability: Capability) => model.capabilities.has(capability);
  return {
    id: model.id,
    name: model.name,
    description: model.description,
    is_free: isFree(price),
    context_length: model.contextLength,
    max_output_tokens: model.maxOutputTokens,
    pricing: {
      prompt_usd_per_1m: formatPrice(price.input),
      completion_usd_per_1m: formatPrice(price.output),
      cache_read_input_usd_per_1m: formatPrice(price.cacheRead),
      cache_write_input_usd_per_1m: formatPrice(price.cacheWrite),
      cache_write_1h_input_usd_per_1m: formatPrice(price.cacheWrite1h),
      reasoning_usd_per_1m: can('reasoning') ? formatPrice(price.reasoning) : null,
      input_audio_usd_per_1m: can('audio') ? formatPrice(price.inputAudio) : null,
    },
    brand: model.brand,
    provider,
    providers: [...new Set(endpoints.map((endpoint) => endpoint.provider))],
    model_type: model.type,
    retires_at: model.retiresAt,
    input_modalities: model.inputModalities,
    output_modalities: model.outputModalities,
    supports_tools: can('tools'),
    supports_vision: can('vision'),
    supports_audio: can('audio'),
    supports_files: can('file'),
    supports_reasoning: can('reasoning'),
    supports_json_mode: can('json_mode'),
    supports_structured_output: can('json_schema'),
    supports_streaming: model.type === 'chat',
  };
}

/** What a model takes and gives, in OpenRouter's shape. */
export interface Architecture {
  input_modalities: readonly string[];
  output_modalities: readonly string[];
  modality: string;
  tokenizer: string;
  instruct_type: null;
}

export function architectureOf({ inputModalities, outputModalities }: Model): Architecture {
  return {
    input_modalities: inputModalities,
    output_modalities: outputModalities,
    modality: `${inputModalities.join('+')}->${outputModalities.join('+')}`,
    tokenizer: 'Other',
    instruct_type: null,
  };
}

/** A model as OpenAI's SDKs read it, with the context length and the prices that OpenRouter adds: USD for one token. */
export interface OpenAIModel {
  id: string;
  object: 'model';
  created: number;
  owned_by: string;
  name: string;
  description: string;
  /** As in `ModelInfo`. */
  retires_at: string | null;
  context_length: number;
  architecture: Architecture;
  top_provider: { context_length: number; max_completion_tokens: number; is_moderated: boolean };
  supported_parameters: string[];
  pricing: { prompt: string; completion: string; request: string; input_cache_read: string; input_cache_write: string };
}

export function toOpenAIModel(model: Model): OpenAIModel {
  const { price } = cheapest(model);
  return {
    ...toUnpriced(model),
    pricing: {
      prompt: perToken(price.input),
      completion: perToken(price.output),
      request: perToken(price.request),
      input_cache_read: perToken(price.cacheRead),
      input_cache_write: perToken(price.cacheWrite),
    },
  };
}

/** OpenRouter's word for a price that depends on what is chosen. */
const VARIES = '-1';

/** `auto` as one of the models: what the best of them can. Null where there is none to choose. */
export function toAutoModel(models: readonly Model[]): OpenAIModel | null {
  const choice = models.filter(({ type }) => type === 'chat');
  const [first] = choice;
  if (first === undefined) return null;
  const most = (of: (model: Model) => number) => Math.max(...choice.map(of));
  const all = <T>(of: (model: Model) => Iterable<T>) => [...new Set(choice.flatMap((model) => [...of(model)]))];
  const auto: Model = {
    ...first,
    id: 'auto',
    name: 'Auto',
    description: 'The model that suits the request best, of those that this key may use.',
    brand: 'mesh',
    created: most(({ created }) => created),
    retiresAt: null,
    contextLength: most(({ contextLength }) => contextLength),
    maxOutputTokens: most(({ maxOutputTokens }) => maxOutputTokens),
    capabilities: new Set(all(({ capabilities }) => capabilities)),
    inputModalities: all(({ inputModalities }) => inputModalities),
    outputModalities: all(({ outputModalities }) => outputModalities),
  };
  const pricing = {
    prompt: VARIES,
    completion: VARIES,
    request: VARIES,
    input_cache_read: VARIES,
    input_cache_write: VARIES,
  };
  return { ...toUnpriced(auto), pricing };
}

function toUnpriced(model: Model): Omit<OpenAIModel, 'pricing'> {
  return {
    id: model.id,
    object: 'model',
    created: model.created,
    owned_by: model.brand,
    name: model.name,
    description: model.description ?? '',
    retires_at: model.retiresAt,
    context_length: model.contextLength,
    architecture: architectureOf(model),
    top_provider: {
      context_length: model.contextLength,
      max_completion_tokens: model.maxOutputTokens,
      is_moderated: false,
    },
    supported_parameters: supportedParameters(model),
  };
}

/** The fields of a request that each capability stands for, by OpenRouter's list; those of no capability go to all. */
const parametersOf: Readonly<Partial<Record<Capability, readonly string[]>>> = {
  tools: ['tools', 'tool_choice'],
  json_mode: ['response_format'],
  json_schema: ['structured_outputs', 'response_format'],
  reasoning: ['reasoning', 'include_reasoning'],
  sampling: ['temperature', 'top_p', 'top_k'],
  penalties: ['frequency_penalty', 'presence_penalty'],
  seed: ['seed'],
  stop: ['stop'],
  logprobs: ['logprobs', 'top_logprobs'],
};

function supportedParameters({ type, capabilities }: Model): string[] {
  if (type !== 'chat') return [];
  const named = [...capabilities].flatMap((capability) => parametersOf[capability] ?? []);
  return [...new Set(['max_tokens', ...named])].sort();
}

const PICO_DECIMALS = 12;

function perToken(price: PicoUsd): string {
  return formatDecimal(price, PICO_DECIMALS);
}

function isFree({ request, tiers, ...parts }: Price): boolean {
  const prices = [request, ...Object.values(parts), ...tiers.flatMap((tier) => [tier.input, tier.output])];
  return prices.every((price) => price === 0n);
}

/** Cheapest first, by a token in and a token out; the file's order among equals. */
function byPrice(model: Model): Endpoint[] {
  return [...model.endpoints].sort((a, b) => {
    const difference = a.price.input + a.price.output - b.price.input - b.price.output;
    return difference < 0n ? -1 : difference > 0n ? 1 : 0;
  });
}

function cheapest(model: Model): Endpoint {
  const [endpoint] = byPrice(model);
  if (endpoint === undefined) throw new RangeError('A model has no endpoint.');
  return endpoint;
}
