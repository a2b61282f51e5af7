import type { Endpoint } from '../../core/endpoints/endpoint.ts';
import { MeshError } from '../../core/errors.ts';
import type { ChatRequest } from '../pivot/chat-request.ts';
import type { ParsedChat } from '../pivot/upstream-format.ts';
import { toAnswerSchema } from './to-schema.ts';
import { toThinkingConfig } from './to-thinking-config.ts';
import type { GenerationConfig } from './wire.ts';

/** The API takes this many. */
export const MAX_STOP_SEQUENCES = 5;

/** The parameters of the answer; those that the endpoint does not take are left out. */
export function toGenerationConfig(parsed: ParsedChat, endpoint: Endpoint): GenerationConfig {
  const { chat } = parsed;
  const thinkingConfig = toThinkingConfig(parsed, endpoint);
  return {
    maxOutputTokens: parsed.maxOutputTokens,
    ...toSampling(chat, endpoint),
    ...toStopSequences(chat, endpoint),
    ...((chat.n ?? 1) > 1 ? { candidateCount: chat.n as number } : {}),
    ...toLogprobs(chat),
    ...toResponseSchema(chat),
    ...(thinkingConfig ? { thinkingConfig } : {}),
  };
}

/** `top_k: 0` means no limit, which is what sending nothing means. */
function toSampling(chat: ChatRequest, { capabilities }: Endpoint): GenerationConfig {
  const { temperature, top_p, top_k, frequency_penalty, presence_penalty, seed } = chat;
  const sampling = capabilities.has('sampling');
  const penalties = capabilities.has('penalties');
  return {
    ...(sampling && temperature != null ? { temperature } : {}),
    ...(sampling && top_p != null ? { topP: top_p } : {}),
    ...(sampling && top_k ? { topK: top_k } : {}),
    ...(penalties && frequency_penalty != null ? { frequencyPenalty: frequency_penalty } : {}),
    ...(penalties && presence_penalty != null ? { presencePenalty: presence_penalty } : {}),
    ...(capabilities.has('seed') && seed != null ? { seed: toInt32(seed) } : {}),
  };
}

/** The API's seed is an int32 and OpenAI's is longer; folding keeps what a seed is for: the same one gives the same answer. */
function toInt32(seed: number): number {
  return seed | 0;
}

function toStopSequences(chat: ChatRequest, { capabilities }: Endpoint): GenerationConfig {
  if (chat.stop == null || !capabilities.has('stop')) return {};
  const stopSequences = [chat.stop].flat().filter((stop) => stop !== '');
  if (stopSequences.length > MAX_STOP_SEQUENCES) {
    throw new MeshError('model_capability_not_supported', {
      param: 'stop',
      message: `This model takes at most ${MAX_STOP_SEQUENCES} stop sequences.`,
    });
  }
  return stopSequences.length > 0 ? { stopSequences } : {};
}

function toLogprobs({ logprobs, top_logprobs }: ChatRequest): GenerationConfig {
  if (!logprobs && !top_logprobs) return {};
  return { responseLogprobs: true, ...(top_logprobs ? { logprobs: top_logprobs } : {}) };
}

function toResponseSchema(chat: ChatRequest): GenerationConfig {
  const { response_format: wanted } = chat;
  if (wanted == null || wanted.type === 'text') return {};
  const json = { responseMimeType: 'application/json' };
  if (wanted.type === 'json_object') return json;
  const { schema, description } = wanted.json_schema;
  const param = 'response_format.json_schema.schema';
  if (schema === undefined) throw new MeshError('invalid_request_error', { param, message: `${param} is missing.` });
  const described = description && schema.description === undefined ? { ...schema, description } : schema;
  return {
    ...json,
    responseJsonSchema: toAnswerSchema(described, { strict: chat.provider?.require_parameters === true, param }),
  };
}
