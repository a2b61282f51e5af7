import type { Endpoint } from '../../core/endpoints/endpoint.ts';
import type { ChatRequest } from '../pivot/chat-request.ts';
import type { InferenceConfig } from './wire.ts';

/** Bedrock's temperature goes to 1, OpenAI's to 2. */
const MAX_TEMPERATURE = 1;
/** Nova refuses a larger `topK`. */
const MAX_NOVA_TOP_K = 128;

export interface Sampling {
  config: Pick<InferenceConfig, 'temperature' | 'topP'>;
  /** `top_k` has no field in Converse, so each family of models has its own. */
  fields: Record<string, unknown>;
}

/**
 * Nothing while the model thinks. Claude models since 4.1 refuse `temperature` and `topP` together; the temperature is sent
 * then, since it is what callers tune. `top_k: 0` means no limit, which is what sending nothing means.
 */
export function toSampling(chat: ChatRequest, endpoint: Endpoint, thinking: boolean): Sampling {
  if (thinking || !endpoint.capabilities.has('sampling')) return { config: {}, fields: {} };
  const { temperature, top_p, top_k } = chat;
  const isClaude = endpoint.reasoning.issuer === 'anthropic-claude-v1';
  return {
    config: {
      ...(temperature != null ? { temperature: Math.min(temperature, MAX_TEMPERATURE) } : {}),
      ...(top_p != null && !(isClaude && temperature != null) ? { topP: top_p } : {}),
    },
    fields: top_k ? toTopK(top_k, endpoint) : {},
  };
}

function toTopK(topK: number, { reasoning }: Endpoint): Record<string, unknown> {
  switch (reasoning.issuer) {
    case 'anthropic-claude-v1':
      return { top_k: topK };
    case 'amazon-nova-v1':
      return { inferenceConfig: { topK: Math.min(topK, MAX_NOVA_TOP_K) } };
    default:
      return {};
  }
}
