import type OpenAI from 'openai';
import type { Endpoint } from '../../core/endpoints/endpoint.ts';
import type { ChatRequest } from '../pivot/chat-request.ts';
import type { ParsedChat, UpstreamBody } from '../pivot/upstream-format.ts';
import { unsupported } from '../shared/refusals.ts';
import { type InputItem, toInput } from './to-input.ts';
import { toReasoning } from './to-reasoning.ts';
import { toText } from './to-text.ts';
import { toTools } from './to-tools.ts';

type Params = Omit<OpenAI.Responses.ResponseCreateParams, 'input' | 'stream'> & { input: InputItem[]; stream?: true };

/**
 * A chat request as a body of the Responses API, stateless: nothing is stored, and reasoning comes back encrypted so that
 * the next turn can return it.
 *
 * Dropped without a word, since the API has nothing like them: penalties, `seed`, `logit_bias`, `top_k`, `min_p`, names of
 * messages. At a `stop` the answer is cut (`fit/stop-cut.ts`). `service_tier` is never sent, since it changes the price.
 */
export function toRequest(parsed: ParsedChat, endpoint: Endpoint): UpstreamBody {
  const { chat } = parsed;
  refuseWhatCannotBeSaid(chat);
  const reasoning = toReasoning(parsed, endpoint);
  const text = toText(chat, endpoint);
  const include = toInclude(chat, endpoint);
  const body: Params = {
    model: endpoint.upstreamModel,
    input: toInput(chat.messages, endpoint),
    max_output_tokens: parsed.maxOutputTokens,
    store: false,
    ...(include.length > 0 ? { include } : {}),
    ...(reasoning === null ? {} : { reasoning }),
    ...(text === null ? {} : { text }),
    ...toTools(chat, endpoint),
    ...toSampling(chat, endpoint),
    ...(chat.top_logprobs == null ? {} : { top_logprobs: chat.top_logprobs }),
    ...(chat.metadata == null ? {} : { metadata: chat.metadata }),
    ...(chat.user ? { user: chat.user } : {}),
    ...toShared(parsed, endpoint),
    ...(chat.stream ? { stream: true } : {}),
  };
  return { headers: {}, body: { ...body } };
}

function refuseWhatCannotBeSaid(chat: ChatRequest): void {
  if ((chat.n ?? 1) > 1) throw unsupported('n', 'This model gives one choice per request.');
  if (chat.modalities?.some((modality) => modality !== 'text')) {
    throw unsupported('modalities', 'This model answers in text only.');
  }
}

function toInclude(chat: ChatRequest, endpoint: Endpoint): NonNullable<Params['include']> {
  return [
    ...(endpoint.capabilities.has('reasoning') ? ['reasoning.encrypted_content' as const] : []),
    ...(chat.logprobs || chat.top_logprobs ? ['message.output_text.logprobs' as const] : []),
  ];
}

function toSampling(chat: ChatRequest, endpoint: Endpoint): Pick<Params, 'temperature' | 'top_p'> {
  if (!endpoint.capabilities.has('sampling')) return {};
  const { temperature, top_p } = chat;
  return { ...(temperature == null ? {} : { temperature }), ...(top_p == null ? {} : { top_p }) };
}

/** Fields that OpenAI's two APIs have in common and the schema does not, for endpoints that take unknown fields. */
function toShared({ raw }: ParsedChat, endpoint: Endpoint): Pick<Params, 'prompt_cache_key' | 'safety_identifier'> {
  if (endpoint.request.unknown !== 'pass') return {};
  const { prompt_cache_key, safety_identifier } = raw;
  return {
    ...(typeof prompt_cache_key === 'string' ? { prompt_cache_key } : {}),
    ...(typeof safety_identifier === 'string' ? { safety_identifier } : {}),
  };
}
