import type { Capability } from '../../../core/endpoints/endpoint.ts';
import type { ChatRequest } from '../../../formats/pivot/chat-request.ts';
import { namedEffort, wantedReasoning } from '../../../formats/shared/reasoning.ts';
import type { Key } from '../../access/key-cache.ts';
import type { RequestNeeds } from '../../way/operation.ts';
import { measureChat } from './measure-chat.ts';
import { providerPreferences } from './provider-preferences.ts';
import { readSignals } from './signals/read-signals.ts';

/** What a request asks for, and where it says nothing, its key's policy. */
export async function chatNeeds(chat: ChatRequest, key: Key): Promise<RequestNeeds> {
  const input = await measureChat(chat);
  return {
    kind: 'chat',
    model: chat.model,
    fallbackModels: chat.models ?? key.routing.models ?? null,
    effort: namedEffort(chat),
    reasons: wantedReasoning(chat)?.on === true,
    signals: () => readSignals(chat, input),
    params: { input: 'messages', output: chat.max_completion_tokens ? 'max_completion_tokens' : 'max_tokens' },
    capabilities: neededCapabilities(chat),
    input,
    maxOutputTokens: chat.max_completion_tokens ?? chat.max_tokens ?? null,
    choices: chat.n ?? 1,
    allowedRegions: key.allowedRegions,
    profile: chat.weight_profile ?? key.routing.weight_profile ?? 'balanced',
    preferences: providerPreferences(chat.provider, key),
  };
}

/** What an endpoint must be able to do, read off the request. With `require_parameters` nothing may be dropped either. */
function neededCapabilities(chat: ChatRequest): Set<Capability> {
  const needed = new Set<Capability>();
  const need = (capability: Capability, wanted: unknown) => {
    if (wanted) needed.add(capability);
  };
  need('tools', chat.tools?.length);
  need('json_mode', chat.response_format?.type === 'json_object');
  need('json_schema', chat.response_format?.type === 'json_schema');
  need('logprobs', chat.logprobs || chat.top_logprobs);
  need('n', (chat.n ?? 1) > 1);
  for (const { content } of chat.messages) {
    if (!Array.isArray(content)) continue;
    for (const part of content) {
      need('vision', part.type === 'image_url');
      need('image_url', part.type === 'image_url' && !/^data:/i.test(part.image_url.url));
      need('audio', part.type === 'input_audio');
      need('file', part.type === 'file');
      need('video', part.type === 'video_url');
    }
  }
  if (chat.provider?.require_parameters) {
    need('stop', chat.stop?.length);
    need('seed', chat.seed != null);
    need('penalties', chat.frequency_penalty ?? chat.presence_penalty ?? chat.repetition_penalty);
    need('sampling', (chat.temperature ?? chat.top_p ?? chat.top_k ?? chat.min_p) != null);
    need('reasoning', chat.reasoning ?? chat.reasoning_effort);
  }
  return needed;
}
