import type { Endpoint } from '../../core/endpoints/endpoint.ts';
import type { ChatRequest } from '../pivot/chat-request.ts';
import type { ParsedChat, UpstreamBody } from '../pivot/upstream-format.ts';
import { unsupported } from '../shared/refusals.ts';
import { toContents } from './to-contents.ts';
import { toGenerationConfig } from './to-generation-config.ts';
import { toFunctionDeclarations, toToolConfig } from './to-tools.ts';
import type { GenerateContentBody } from './wire.ts';

/**
 * A chat request as the body of `generateContent`; whether to stream is said by the URL. Dropped without a word, since the
 * API has nothing like them: `min_p`, `repetition_penalty`, `logit_bias`, `verbosity`, `user`, `metadata`, `cache_control`,
 * `parallel_tool_calls`, an image's `detail`, names of messages. `service_tier` is never sent, since it changes the price.
 */
export function toRequest(parsed: ParsedChat, endpoint: Endpoint): UpstreamBody {
  const { chat } = parsed;
  refuseWhatCannotBeSaid(chat);
  const functionDeclarations = toFunctionDeclarations(chat);
  const toolConfig = toToolConfig(chat, endpoint);
  const { system, contents } = toContents(chat, endpoint);
  const body: GenerateContentBody = {
    ...(system.length > 0 ? { systemInstruction: { parts: system } } : {}),
    contents,
    ...(functionDeclarations.length > 0 ? { tools: [{ functionDeclarations }] } : {}),
    ...(toolConfig ? { toolConfig } : {}),
    generationConfig: toGenerationConfig(parsed, endpoint),
  };
  return { headers: {}, body: { ...body } };
}

function refuseWhatCannotBeSaid(chat: ChatRequest): void {
  if (chat.modalities?.some((modality) => modality !== 'text')) {
    throw unsupported('modalities', 'This model answers in text only.');
  }
}
