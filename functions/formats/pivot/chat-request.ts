import { z } from 'zod';
import { effortLevels } from '../../core/endpoints/effort.ts';
import { mendDetails } from './mend-details.ts';

/**
 * The body of `POST /v1/chat/completions`: OpenAI's request, OpenRouter's and Mesh's additions. It is also the pivot that
 * every other format is translated through. Objects drop fields they do not know; `parse-chat-request.ts` keeps the
 * caller's own body beside it for endpoints that take unknown fields.
 */

export const MAX_MESSAGES = 4_096;
export const MAX_PARTS = 1_024;
export const MAX_TOOLS = 512;
export const MAX_STOPS = 16;
export const MAX_CHOICES = 8;
export const MAX_FALLBACK_MODELS = 16;
export const MAX_NAME_LENGTH = 256;
export const MAX_TIMEOUT_SECONDS = 3_600;

const cacheControl = z.object({ type: z.literal('ephemeral'), ttl: z.enum(['5m', '1h']).optional() });
const cacheable = { cache_control: cacheControl.nullish() };
const name = z.string().min(1).max(MAX_NAME_LENGTH);
const tokens = z.int().positive();
const jsonObject = z.record(z.string(), z.unknown());

const textPart = z.object({ type: z.literal('text'), text: z.string(), ...cacheable });
const imagePart = z.object({
  type: z.literal('image_url'),
  image_url: z.object({ url: z.string().min(1), detail: z.enum(['auto', 'low', 'high']).nullish() }),
  ...cacheable,
});
const audioPart = z.object({
  type: z.literal('input_audio'),
  input_audio: z.object({ data: z.string().min(1), format: z.string().min(1) }),
  ...cacheable,
});
const filePart = z.object({
  type: z.literal('file'),
  file: z.object({ filename: z.string().optional(), file_data: z.string().optional(), file_id: z.string().optional() }),
  ...cacheable,
});
const videoPart = z.object({
  type: z.literal('video_url'),
  video_url: z.object({ url: z.string().min(1) }),
  ...cacheable,
});
const refusalPart = z.object({ type: z.literal('refusal'), refusal: z.string() });

/** One part of OpenRouter's `reasoning_details`; `format` names the issuer, to whom alone a signature goes back. */
export const reasoningDetail = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('reasoning.text'),
    text: z.string().nullish(),
    signature: z.string().nullish(),
    id: z.string().nullish(),
    format: z.string().nullish(),
    index: z.int().nonnegative().optional(),
  }),
  z.object({
    type: z.literal('reasoning.summary'),
    summary: z.string(),
    id: z.string().nullish(),
    format: z.string().nullish(),
    index: z.int().nonnegative().optional(),
  }),
  z.object({
    type: z.literal('reasoning.encrypted'),
    data: z.string(),
    id: z.string().nullish(),
    format: z.string().nullish(),
    index: z.int().nonnegative().optional(),
  }),
]);

/** Some clients send back no arguments as null or not at all, and some the object itself. */
export function toArgumentsText(value: unknown): string {
  if (value == null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/**
 * OpenAI's newest models say more than one message in a turn, each in a phase (`commentary`, `final_answer`), and want that back.
 * Their texts are one content here, with a blank line between them: this says where each ends. `index` counts them.
 */
const messagePhase = z.object({
  index: z.int().nonnegative(),
  phase: z.string().max(64).nullable(),
  length: z.int().nonnegative(),
});

/** Google's way to carry Gemini's signature of a call or a text. Others use the field for what is theirs: no mistake. */
const extraContent = z
  .object({ google: z.object({ thought_signature: z.string().nullish() }).nullish() })
  .nullish()
  .catch(null);

const toolCall = z.object({
  id: z.string().min(1),
  type: z.literal('function'),
  function: z.object({ name, arguments: z.preprocess(toArgumentsText, z.string()) }),
  /** Mesh's way to carry the same. */
  thought_signature: z.string().nullish(),
  extra_content: extraContent,
});

const textContent = z.union([z.string(), z.array(textPart).min(1).max(MAX_PARTS)]);
const systemMessage = z.object({ role: z.literal('system'), content: textContent, name: name.optional() });
const developerMessage = z.object({ role: z.literal('developer'), content: textContent, name: name.optional() });
const userMessage = z.object({
  role: z.literal('user'),
  content: z.union([
    z.string(),
    z
      .array(z.discriminatedUnion('type', [textPart, imagePart, audioPart, filePart, videoPart]))
      .min(1)
      .max(MAX_PARTS),
  ]),
  name: name.optional(),
});
const assistantMessage = z.object({
  role: z.literal('assistant'),
  content: z
    .union([z.string(), z.array(z.discriminatedUnion('type', [textPart, refusalPart])).max(MAX_PARTS)])
    .nullish(),
  name: name.optional(),
  refusal: z.string().nullish(),
  tool_calls: z.array(toolCall).max(MAX_TOOLS).nullish(),
  phases: z.array(messagePhase).max(MAX_PARTS).nullish(),
  reasoning: z.string().nullish(),
  reasoning_content: z.string().nullish(),
  reasoning_details: z.preprocess(mendDetails, z.array(reasoningDetail).max(MAX_PARTS)).nullish(),
  extra_content: extraContent,
});
const toolMessage = z.object({
  role: z.literal('tool'),
  tool_call_id: z.string().min(1),
  content: z.union([z.string(), z.array(z.discriminatedUnion('type', [textPart, imagePart])).max(MAX_PARTS)]),
  ...cacheable,
});

/** One message of a conversation. */
export const messageSchema = z.discriminatedUnion('role', [
  systemMessage,
  developerMessage,
  userMessage,
  assistantMessage,
  toolMessage,
]);
/** A conversation, of whatever its messages are. */
export const messagesOf = <Message extends z.ZodType>(message: Message) => z.array(message).min(1).max(MAX_MESSAGES);

const tool = z.object({
  type: z.literal('function'),
  function: z.object({
    name,
    description: z.string().nullish(),
    parameters: jsonObject.nullish(),
    strict: z.boolean().nullish(),
  }),
  ...cacheable,
});

const toolChoice = z.union([
  z.enum(['none', 'auto', 'required']),
  z.object({ type: z.literal('function'), function: z.object({ name }) }),
]);

const responseFormat = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text') }),
  z.object({ type: z.literal('json_object') }),
  z.object({
    type: z.literal('json_schema'),
    json_schema: z.object({
      name,
      description: z.string().nullish(),
      schema: jsonObject.optional(),
      strict: z.boolean().nullish(),
    }),
  }),
]);

/** An endpoint without a level is asked for its nearest one. */
const effort = z.enum(effortLevels);

/** `quality_first` matters to the choice of a model; endpoints of one model are taken to be equally good. */
export const weightProfiles = ['balanced', 'cost_first', 'latency_first', 'quality_first'] as const;

/** OpenRouter's `provider` object. Prices are USD per million tokens. */
const providerPreferences = z.object({
  order: z.array(z.string()).optional(),
  only: z.array(z.string()).optional(),
  ignore: z.array(z.string()).optional(),
  allow_fallbacks: z.boolean().nullish(),
  sort: z.enum(['price', 'latency', 'throughput']).nullish(),
  max_price: z
    .object({
      prompt: z.union([z.string(), z.number()]).optional(),
      completion: z.union([z.string(), z.number()]).optional(),
    })
    .nullish(),
  require_parameters: z.boolean().nullish(),
  data_collection: z.enum(['allow', 'deny']).nullish(),
});

/** What of a key's requests goes without saying: it stands where the request itself says nothing. */
export const routingPolicySchema = z.strictObject({
  /** Models to try when the one asked for fails, as in a request. */
  models: z.array(name).max(MAX_FALLBACK_MODELS).optional(),
  weight_profile: z.enum(weightProfiles).optional(),
  provider: z.strictObject(providerPreferences.shape).optional(),
});

export const chatRequestSchema = z.object({
  model: name,
  messages: messagesOf(messageSchema),
  stream: z.boolean().nullish(),
  stream_options: z.object({ include_usage: z.boolean().nullish() }).nullish(),
  max_tokens: tokens.nullish(),
  max_completion_tokens: tokens.nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  top_k: z.int().nonnegative().nullish(),
  min_p: z.number().min(0).max(1).nullish(),
  frequency_penalty: z.number().min(-2).max(2).nullish(),
  presence_penalty: z.number().min(-2).max(2).nullish(),
  repetition_penalty: z.number().positive().max(2).nullish(),
  seed: z.int().nullish(),
  stop: z.union([z.string(), z.array(z.string()).max(MAX_STOPS)]).nullish(),
  n: z.int().min(1).max(MAX_CHOICES).nullish(),
  logprobs: z.boolean().nullish(),
  top_logprobs: z.int().min(0).max(20).nullish(),
  logit_bias: z.record(z.string(), z.number()).nullish(),
  response_format: responseFormat.nullish(),
  tools: z.array(tool).max(MAX_TOOLS).nullish(),
  tool_choice: toolChoice.nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  reasoning_effort: effort.nullish(),
  reasoning: z
    .object({
      effort: effort.nullish(),
      max_tokens: tokens.nullish(),
      exclude: z.boolean().nullish(),
      enabled: z.boolean().nullish(),
    })
    .nullish(),
  verbosity: z.enum(['low', 'medium', 'high']).nullish(),
  user: z.string().nullish(),
  metadata: z.record(z.string(), z.string()).nullish(),
  modalities: z.array(z.string()).nullish(),
  service_tier: z.string().nullish(),
  models: z.array(name).max(MAX_FALLBACK_MODELS).nullish(),
  provider: providerPreferences.nullish(),
  /** What counts in choosing an endpoint, and with `model: "auto"` a model. */
  weight_profile: z.enum(weightProfiles).nullish(),
  session_id: z.string().max(MAX_NAME_LENGTH).nullish(),
  /** Seconds that the upstream may take altogether. */
  timeout: z.number().positive().max(MAX_TIMEOUT_SECONDS).nullish(),
});

/** What a request of any other format may say to the router. It never reaches an upstream. */
export const routingFields = chatRequestSchema.pick({
  models: true,
  provider: true,
  weight_profile: true,
  session_id: true,
  timeout: true,
}).shape;

export type RoutingPolicy = z.infer<typeof routingPolicySchema>;
export type ChatRequest = z.infer<typeof chatRequestSchema>;
export type ChatMessage = ChatRequest['messages'][number];
export type SystemMessage = Extract<ChatMessage, { role: 'system' | 'developer' }>;
export type UserMessage = Extract<ChatMessage, { role: 'user' }>;
export type AssistantMessage = Extract<ChatMessage, { role: 'assistant' }>;
export type ToolMessage = Extract<ChatMessage, { role: 'tool' }>;
export type TextPart = z.infer<typeof textPart>;
export type ImagePart = z.infer<typeof imagePart>;
export type AudioPart = z.infer<typeof audioPart>;
export type FilePart = z.infer<typeof filePart>;
export type VideoPart = z.infer<typeof videoPart>;
export type UserPart = Exclude<UserMessage['content'], string>[number];
export type MessagePhase = z.infer<typeof messagePhase>;
export type ToolCall = z.infer<typeof toolCall>;
export type Tool = z.infer<typeof tool>;
export type ToolChoice = z.infer<typeof toolChoice>;
export type ResponseFormat = z.infer<typeof responseFormat>;
export type ReasoningDetail = z.infer<typeof reasoningDetail>;
export type CacheControl = z.infer<typeof cacheControl>;
