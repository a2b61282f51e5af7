import type Anthropic from '@anthropic-ai/sdk';
import type { Endpoint } from '../../core/endpoints/endpoint.ts';
import type { ChatRequest } from '../pivot/chat-request.ts';
import type { ParsedChat, UpstreamBody } from '../pivot/upstream-format.ts';
import { keepLastCacheMarkers } from '../shared/cache-control.ts';
import { unsupported } from '../shared/refusals.ts';
import { toUserId } from '../shared/user-id.ts';
import { toMessages } from './to-messages.ts';
import { toOutputFormat } from './to-output-format.ts';
import { isThinking, type Sampling, toSampling } from './to-sampling.ts';
import { toOutputEffort, toThinking } from './to-thinking.ts';
import { toToolChoice, toTools } from './to-tools.ts';

/** The version of the API that this translation was written for. */
export const ANTHROPIC_VERSION = '2023-06-01';

/**
 * A chat request as a Messages body. Dropped without a word, since the API has nothing like them: penalties, `seed`,
 * `min_p`, `logit_bias`, `verbosity`, `metadata`, names of messages. `service_tier` is never sent, since it changes the price.
 */
export function toRequest(parsed: ParsedChat, endpoint: Endpoint): UpstreamBody {
  refuseWhatCannotBeSaid(parsed.chat);
  const chat = keepLastCacheMarkers(parsed.chat);
  const tools = toTools(chat, endpoint);
  const toolChoice = toToolChoice(chat, tools.length > 0);
  const { system, messages } = toMessages(chat, endpoint);
  const thinking = toThinking(parsed, endpoint, messages, toolChoice);
  const effort = toOutputEffort(parsed, endpoint);
  const format = toOutputFormat(chat);
  const stops = toStopSequences(chat, endpoint);
  const body: Anthropic.MessageCreateParams & Sampling = {
    model: endpoint.upstreamModel,
    max_tokens: parsed.maxOutputTokens,
    ...(system.length > 0 ? { system } : {}),
    messages,
    ...(tools.length > 0 ? { tools } : {}),
    ...(toolChoice ? { tool_choice: toolChoice } : {}),
    ...(thinking ? { thinking } : {}),
    ...(effort || format ? { output_config: { ...(effort ? { effort } : {}), ...(format ? { format } : {}) } } : {}),
    ...toSampling(chat, endpoint, isThinking(thinking)),
    ...(stops.length > 0 ? { stop_sequences: stops } : {}),
    ...(chat.user ? { metadata: { user_id: toUserId(chat.user, endpoint) } } : {}),
    ...(chat.stream ? { stream: true } : {}),
  };
  return { headers: { 'anthropic-version': ANTHROPIC_VERSION }, body: { ...body } };
}

function refuseWhatCannotBeSaid(chat: ChatRequest): void {
  if ((chat.n ?? 1) > 1) throw unsupported('n', 'This model gives one choice per request.');
  if (chat.logprobs || chat.top_logprobs) throw unsupported('logprobs', 'This model gives no log probabilities.');
  if (chat.modalities?.some((modality) => modality !== 'text')) {
    throw unsupported('modalities', 'This model answers in text only.');
  }
}

/** The API refuses stop sequences without a visible character, so those are dropped; the others still work. */
function toStopSequences(chat: ChatRequest, endpoint: Endpoint): string[] {
  if (chat.stop == null || !endpoint.capabilities.has('stop')) return [];
  return [chat.stop].flat().filter((stop) => stop.trim() !== '');
}
