import type { Endpoint } from '../../core/endpoints/endpoint.ts';
import type { ChatRequest } from '../pivot/chat-request.ts';
import type { ParsedChat, UpstreamBody } from '../pivot/upstream-format.ts';
import { keepLastCacheMarkers } from '../shared/cache-control.ts';
import { unsupported } from '../shared/refusals.ts';
import { toMessages } from './to-messages.ts';
import { toOutputFormat } from './to-output-format.ts';
import { toSampling } from './to-sampling.ts';
import { toThinking } from './to-thinking.ts';
import { toToolConfig } from './to-tools.ts';
import type { ConverseBody } from './wire.ts';

/**
 * A chat request as a Converse body; streaming is the URL's affair. Dropped without a word, since the API has nothing like
 * them: penalties, `seed`, `min_p`, `logit_bias`, `verbosity`, `user`, `metadata`, names of messages,
 * `parallel_tool_calls`. `service_tier` is never sent, since it changes the price.
 */
export function toRequest(parsed: ParsedChat, endpoint: Endpoint): UpstreamBody {
  refuseWhatCannotBeSaid(parsed.chat);
  const chat = keepLastCacheMarkers(parsed.chat);
  const { system, messages } = toMessages(chat, endpoint);
  const toolConfig = toToolConfig(chat, endpoint, messages);
  const thinking = toThinking(parsed, endpoint, messages, toolConfig);
  const sampling = toSampling(chat, endpoint, thinking.on);
  const textFormat = toOutputFormat(chat);
  const { effort } = thinking;
  const stops = toStopSequences(chat, endpoint);
  const fields = { ...thinking.fields, ...sampling.fields };
  const body: ConverseBody = {
    messages,
    ...(system.length > 0 ? { system } : {}),
    inferenceConfig: {
      maxTokens: parsed.maxOutputTokens,
      ...sampling.config,
      ...(stops.length > 0 ? { stopSequences: stops } : {}),
    },
    ...(toolConfig ? { toolConfig } : {}),
    ...(effort || textFormat
      ? { outputConfig: { ...(effort ? { effort } : {}), ...(textFormat ? { textFormat } : {}) } }
      : {}),
    // Which of them the answer came to. Models that do not say it are not asked in vain: what is not there is left out.
    ...(stops.length > 0 ? { additionalModelResponseFieldPaths: ['/stop_sequence'] } : {}),
    ...(Object.keys(fields).length > 0 ? { additionalModelRequestFields: fields } : {}),
  };
  return { headers: {}, body: { ...body } };
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
