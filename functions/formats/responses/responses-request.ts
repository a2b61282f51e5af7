import { z } from 'zod';
import { effortLevels } from '../../core/endpoints/effort.ts';
import { chatRequestSchema, MAX_NAME_LENGTH, MAX_PARTS, MAX_TOOLS, toArgumentsText } from '../pivot/chat-request.ts';
import { isRecord } from '../shared/is-record.ts';

/**
 * The body of `POST /v1/responses`: OpenAI's request, with Mesh's additions. Items and tools of types that are not named here
 * pass the schema: what becomes of them is for whoever reads them to say.
 * https://developers.openai.com/api/reference/resources/responses/methods/create
 */

export const MAX_ITEMS = 16_384;

const name = z.string().min(1).max(MAX_NAME_LENGTH);
const callId = z.string().min(1);
const jsonObject = z.record(z.string(), z.unknown());
const text = z.looseObject({ text: z.string() });
const detail = z.enum(['auto', 'low', 'high', 'original']).nullish();

const inputText = text.extend({ type: z.literal('input_text') });
const outputText = text.extend({ type: z.literal('output_text') });
const plainText = text.extend({ type: z.literal('text') });
const refusal = z.looseObject({ type: z.literal('refusal'), refusal: z.string() });
const inputImage = z.looseObject({
  type: z.literal('input_image'),
  image_url: z.string().min(1).nullish(),
  file_id: z.string().nullish(),
  detail,
});
const inputFile = z.looseObject({
  type: z.literal('input_file'),
  file_data: z.string().nullish(),
  file_url: z.string().nullish(),
  file_id: z.string().nullish(),
  filename: z.string().nullish(),
});
const inputAudio = z.looseObject({
  type: z.literal('input_audio'),
  input_audio: z.looseObject({ data: z.string().min(1), format: z.string().min(1) }),
});

const contentPart = z.discriminatedUnion('type', [
  inputText,
  outputText,
  plainText,
  refusal,
  inputImage,
  inputFile,
  inputAudio,
]);
const content = z.union([z.string(), z.array(contentPart).max(MAX_PARTS)]);

const message = z.looseObject({
  type: z.literal('message'),
  role: z.enum(['user', 'assistant', 'system', 'developer']),
  content,
  phase: z.string().max(64).nullish(),
});
const functionCall = z.looseObject({
  type: z.literal('function_call'),
  call_id: callId,
  name,
  namespace: name.nullish(),
  arguments: z.preprocess(toArgumentsText, z.string()),
});
const customToolCall = z.looseObject({
  type: z.literal('custom_tool_call'),
  call_id: callId,
  name,
  namespace: name.nullish(),
  input: z.string(),
});
const functionCallOutput = z.looseObject({
  type: z.literal('function_call_output'),
  call_id: callId,
  output: content,
});
const customToolCallOutput = z.looseObject({
  type: z.literal('custom_tool_call_output'),
  call_id: callId,
  output: content,
});
const reasoning = z.looseObject({
  type: z.literal('reasoning'),
  id: z.string().nullish(),
  summary: z.array(text).nullish(),
  content: z.array(text).nullish(),
  encrypted_content: z.string().nullish(),
});
const itemReference = z.looseObject({ type: z.literal('item_reference'), id: z.string().min(1) });

const functionTool = z.looseObject({
  type: z.literal('function'),
  name,
  description: z.string().nullish(),
  parameters: jsonObject.nullish(),
  strict: z.boolean().nullish(),
});
const customTool = z.looseObject({
  type: z.literal('custom'),
  name,
  description: z.string().nullish(),
  format: z.looseObject({ type: z.string(), syntax: z.string().nullish(), definition: z.string().nullish() }).nullish(),
});
const namespaceTool = z.looseObject({
  type: z.literal('namespace'),
  name,
  description: z.string().nullish(),
  tools: z.array(z.discriminatedUnion('type', [functionTool, customTool])).max(MAX_TOOLS),
});

/** What has a type that is not among those named. */
function otherThan(known: readonly string[]) {
  // Where it is one of those named, what that says is wrong is what is wrong.
  return z.looseObject({ type: z.string().refine((type) => !known.includes(type), { abort: true }) });
}

const tool = z.union([
  z.discriminatedUnion('type', [functionTool, customTool, namespaceTool]),
  otherThan(['function', 'custom', 'namespace']),
]);
const tools = z.array(tool).max(MAX_TOOLS);

const additionalTools = z.looseObject({ type: z.literal('additional_tools'), tools });

const knownItems = [
  message,
  functionCall,
  customToolCall,
  functionCallOutput,
  customToolCallOutput,
  reasoning,
  itemReference,
  additionalTools,
] as const;
/** One item of an input. */
export const inputItem = z.preprocess(
  // Messages may come without a type, and references with the type null.
  (given) => {
    if (!isRecord(given) || given.type != null) return given;
    return { ...given, type: given.role === undefined ? 'item_reference' : 'message' };
  },
  z.union([z.discriminatedUnion('type', knownItems), otherThan(knownItems.map(({ shape }) => shape.type.value))]),
);

/** An input, of whatever its items are. */
export const inputOf = <Each extends z.ZodType>(item: Each) =>
  z.union([z.string(), z.array(item).min(1).max(MAX_ITEMS)]);

const toolChoice = z.union([z.enum(['none', 'auto', 'required']), z.looseObject({ type: z.string() })]);

const textFormat = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal('text') }),
  z.looseObject({ type: z.literal('json_object') }),
  z.looseObject({
    type: z.literal('json_schema'),
    name,
    description: z.string().nullish(),
    schema: jsonObject.optional(),
    strict: z.boolean().nullish(),
  }),
]);

const { shape } = chatRequestSchema;

export const responsesRequestSchema = z.object({
  model: name,
  input: inputOf(inputItem),
  instructions: z.string().nullish(),
  stream: z.boolean().nullish(),
  store: z
    .boolean()
    .nullish()
    .describe('Nothing is stored. Unless it is false, items get ids that the next turn may refer to.'),
  include: z.array(z.string()).nullish(),
  max_output_tokens: shape.max_tokens,
  temperature: shape.temperature,
  top_p: shape.top_p,
  top_logprobs: shape.top_logprobs,
  reasoning: z
    .looseObject({
      effort: z.enum(effortLevels).nullish(),
      summary: z.string().nullish(),
      generate_summary: z.string().nullish(),
    })
    .nullish(),
  text: z.looseObject({ format: textFormat.nullish(), verbosity: shape.verbosity }).nullish(),
  tools: tools.nullish(),
  tool_choice: toolChoice.nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  user: z.string().nullish(),
  safety_identifier: z.string().nullish(),
  prompt_cache_key: z.string().nullish(),
  metadata: shape.metadata,
  service_tier: z.string().nullish(),
  truncation: z.string().nullish(),
  models: shape.models,
  provider: shape.provider,
  weight_profile: shape.weight_profile,
  session_id: shape.session_id,
  timeout: shape.timeout,
});

export type ResponsesBody = z.infer<typeof responsesRequestSchema>;
export type Item = Exclude<ResponsesBody['input'], string>[number];
/** An item of a type that the router reads. */
export type KnownItem = z.infer<(typeof knownItems)[number]>;
export type MessageItem = z.infer<typeof message>;
export type ReasoningInput = z.infer<typeof reasoning>;
export type CallItem = z.infer<typeof functionCall> | z.infer<typeof customToolCall>;
export type OutputItem = z.infer<typeof functionCallOutput> | z.infer<typeof customToolCallOutput>;
export type ContentPart = z.infer<typeof contentPart>;
export type Content = z.infer<typeof content>;
export type PublicTool = z.infer<typeof tool>;
export type FunctionTool = z.infer<typeof functionTool>;
export type CustomTool = z.infer<typeof customTool>;
export type NamespaceTool = z.infer<typeof namespaceTool>;

const knownTypes: ReadonlySet<string> = new Set(knownItems.map(({ shape: { type } }) => type.value));

/** Whether an item is one of those that the schema has checked. */
export function isKnownItem(given: Item): given is Item & KnownItem {
  return knownTypes.has(given.type);
}

const knownTools: ReadonlySet<string> = new Set(['function', 'custom', 'namespace']);

/** Whether a tool is one of those that any model can be given. */
export function isServedTool(given: PublicTool): given is FunctionTool | CustomTool | NamespaceTool {
  return knownTools.has(given.type);
}
