import type OpenAI from 'openai';
import type { Capability, Endpoint } from '../../core/endpoints/endpoint.ts';
import { type ChatRequest, chatRequestSchema } from '../pivot/chat-request.ts';
import type { ParsedChat, UpstreamBody } from '../pivot/upstream-format.ts';
import { passesOn } from '../shared/passes-on.ts';
import { routerOwned } from '../shared/router-owned.ts';
import { toMessages } from './to-messages.ts';
import { type ReasoningFields, toReasoning } from './to-reasoning.ts';
import { toResponseFormat } from './to-response-format.ts';
import { type ToolFields, toTools } from './to-tools.ts';

type Params = OpenAI.ChatCompletionCreateParams;

/**
 * Fields that go upstream as they are, each with the capability without which an endpoint does not get it. Those with none
 * are never dropped: for `n` and log probabilities the router has chosen an endpoint that has them.
 */
const forwarded = {
  temperature: 'sampling',
  top_p: 'sampling',
  frequency_penalty: 'penalties',
  presence_penalty: 'penalties',
  seed: 'seed',
  stop: 'stop',
  n: null,
  logprobs: null,
  top_logprobs: null,
  logit_bias: null,
  user: null,
  verbosity: null,
} as const satisfies Partial<Record<keyof Params & keyof ChatRequest, Capability | null>>;

/** The same for what OpenAI does not have but most hosts of open models do. */
const extensions = {
  top_k: 'sampling',
  min_p: 'sampling',
  repetition_penalty: 'penalties',
} as const satisfies Partial<Record<keyof ChatRequest, Capability | null>>;

const offered = Object.entries({ ...forwarded, ...extensions }) as [keyof ChatRequest, Capability | null][];

const notUnknown: ReadonlySet<string> = new Set([...Object.keys(chatRequestSchema.shape), ...routerOwned, 'store']);

interface OwnFields extends ReasoningFields, Omit<ToolFields, 'tools'> {
  model: Params['model'];
  messages: unknown[];
  tools?: unknown[];
  max_tokens?: number;
  max_completion_tokens?: number;
  store?: false;
  stream?: true;
  stream_options?: NonNullable<Params['stream_options']>;
}

/**
 * A chat request for a provider that speaks the same format. Where the endpoint takes unknown fields the caller's own body
 * is passed on, nested fields included; else only what the schema knows.
 *
 * Never sent: `service_tier`, which changes the price; `metadata`, which OpenAI refuses without `store`; `modalities`, since
 * only text is served. The limit goes under one name, since OpenAI refuses both.
 */
export function toRequest(parsed: ParsedChat, endpoint: Endpoint): UpstreamBody {
  const { chat, raw } = parsed;
  const passes = passesOn(raw, endpoint);
  // The caller's own body has been validated, so it is a request too, with more fields in it.
  const source = passes ? (raw as unknown as ChatRequest) : chat;
  const own: OwnFields = {
    model: endpoint.upstreamModel,
    messages: toMessages(source.messages, endpoint),
    ...toTools(source, endpoint),
    ...toReasoning(parsed, endpoint),
    [endpoint.request.maxTokens]: parsed.maxOutputTokens,
    ...(passes ? toStore(raw) : {}),
    ...(chat.stream ? { stream: true, ...toStreamOptions(endpoint) } : {}),
  };
  const format = toResponseFormat(source, endpoint);
  const forwarded = { ...toForwarded(source, endpoint), ...(format === null ? {} : { response_format: format }) };
  return { headers: {}, body: { ...(passes ? unknownFields(raw) : {}), ...forwarded, ...own } };
}

/** A usage that has to be asked for; some providers tell it unasked, and refuse the question. */
function toStreamOptions({ request }: Endpoint): Pick<OwnFields, 'stream_options'> {
  return request.streamOptions.includes('include_usage') ? { stream_options: { include_usage: true } } : {};
}

/**
 * What is stored lies in the router's account, out of the caller's reach, so nothing ever is. Who speaks of it has that said
 * to the provider, so that it does not hang on the account's settings; elsewhere the field may not be known.
 */
function toStore(raw: Readonly<Record<string, unknown>>): { store?: false } {
  return raw.store == null ? {} : { store: false };
}

function unknownFields(raw: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(raw).filter(([field]) => !notUnknown.has(field)));
}

function toForwarded(source: ChatRequest, endpoint: Endpoint): Record<string, unknown> {
  const body: Record<string, unknown> = {};
  for (const [field, capability] of offered) {
    const value = source[field];
    if (saysNothing(field, value) || (capability !== null && !endpoint.capabilities.has(capability))) continue;
    // Some take a list alone, and all take one.
    body[field] = field === 'stop' ? [value].flat() : value;
  }
  return body;
}

/** Null, and what is the default anyway: providers that lack a feature refuse even that. */
function saysNothing(field: string, value: unknown): boolean {
  if (value == null || value === false || value === '') return true;
  if (Array.isArray(value)) return value.length === 0;
  return (field === 'n' && value === 1) || (field === 'top_k' && value === 0);
}
