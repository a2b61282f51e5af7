import type Anthropic from '@anthropic-ai/sdk';
import type { Endpoint } from '../../core/endpoints/endpoint.ts';
import type { ChatRequest } from '../pivot/chat-request.ts';

/** The newest Claude models refuse these, so the official types no longer have them; older models still take them. */
export interface Sampling {
  temperature?: number;
  top_p?: number;
  top_k?: number;
}

/** OpenAI's temperature goes to 2, Anthropic's to 1. */
const MAX_TEMPERATURE = 1;
/** While it thinks, Claude takes `top_p` only from here up, and neither `temperature` nor `top_k`. */
const MIN_TOP_P_WHILE_THINKING = 0.95;

/**
 * Temperatures above 1 become 1. Models since Claude 4.1 refuse `temperature` and `top_p` together; the temperature is
 * sent then, since it is what callers tune. `top_k: 0` means no limit, which is what sending nothing means.
 */
export function toSampling(chat: ChatRequest, endpoint: Endpoint, thinking: boolean): Sampling {
  if (!endpoint.capabilities.has('sampling')) return {};
  const { temperature, top_p, top_k } = chat;
  if (thinking) return top_p != null && top_p >= MIN_TOP_P_WHILE_THINKING ? { top_p } : {};
  return {
    ...(temperature != null ? { temperature: Math.min(temperature, MAX_TEMPERATURE) } : {}),
    ...(top_p != null && temperature == null ? { top_p } : {}),
    ...(top_k ? { top_k } : {}),
  };
}

export function isThinking(thinking: Anthropic.ThinkingConfigParam | null): boolean {
  return thinking?.type === 'enabled' || thinking?.type === 'adaptive';
}
