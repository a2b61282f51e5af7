import { z } from 'zod';
import { MAX_NAME_LENGTH, routingFields } from '../pivot/chat-request.ts';

/**
 * The body of `POST /v1/messages`: Anthropic's request, and the router's own fields. Every object may hold more than is named,
 * since what we have never heard of passes to endpoints that speak the format; what is named has to be right.
 * https://docs.claude.com/en/api/messages
 */

const name = z.string().min(1).max(MAX_NAME_LENGTH);
const id = z.string().min(1);
const jsonObject = z.record(z.string(), z.unknown());
const cacheable = {
  cache_control: z.looseObject({ type: z.literal('ephemeral'), ttl: z.string().nullish() }).nullish(),
};
interface Typed extends z.ZodObject<{ type: z.ZodLiteral<string> }> {}
const typesOf = (known: readonly Typed[]): string[] => known.map(({ shape }) => shape.type.value);
/** Whatever has a type that nobody here has heard of. */
const unheardOf = (known: readonly string[]) =>
  z
    .looseObject({ type: z.string().min(1) })
    .refine(({ type }) => !known.includes(type), { error: 'must be as its type says', abort: true });

const textBlock = z.looseObject({ type: z.literal('text'), text: z.string(), ...cacheable });
const base64Source = z.looseObject({
  type: z.literal('base64'),
  media_type: z.string().min(1),
  data: z.string().min(1),
});
const urlSource = z.looseObject({ type: z.literal('url'), url: z.string().min(1) });
const fileSource = z.looseObject({ type: z.literal('file'), file_id: id });
const imageBlock = z.looseObject({
  type: z.literal('image'),
  source: z.discriminatedUnion('type', [base64Source, urlSource, fileSource]),
  ...cacheable,
});
const searchResultBlock = z.looseObject({
  type: z.literal('search_result'),
  source: z.string(),
  title: z.string(),
  content: z.array(textBlock),
  citations: z.looseObject({ enabled: z.boolean().optional() }).nullish(),
  ...cacheable,
});
/** A list of blocks, some of which are known. */
const listOf = <Known extends readonly [Typed, ...Typed[]]>(known: Known) =>
  z.array(z.union([z.discriminatedUnion('type', known), unheardOf(typesOf(known))]));
const documentBlock = z.looseObject({
  type: z.literal('document'),
  source: z.discriminatedUnion('type', [
    base64Source,
    urlSource,
    fileSource,
    z.looseObject({ type: z.literal('text'), media_type: z.string(), data: z.string() }),
    z.looseObject({ type: z.literal('content'), content: z.union([z.string(), listOf([textBlock, imageBlock])]) }),
  ]),
  title: z.string().nullish(),
  context: z.string().nullish(),
  citations: z.looseObject({ enabled: z.boolean().optional() }).nullish(),
  ...cacheable,
});
const toolUseBlock = z.looseObject({ type: z.literal('tool_use'), id, name, input: jsonObject, ...cacheable });
const toolResultBlock = z.looseObject({
  type: z.literal('tool_result'),
  tool_use_id: id,
  content: z.union([z.string(), listOf([textBlock, imageBlock, documentBlock, searchResultBlock])]).nullish(),
  is_error: z.boolean().nullish(),
  ...cacheable,
});
const thinkingBlock = z.looseObject({ type: z.literal('thinking'), thinking: z.string(), signature: z.string() });
const redactedBlock = z.looseObject({ type: z.literal('redacted_thinking'), data: z.string() });

const blocks = [
  textBlock,
  imageBlock,
  documentBlock,
  searchResultBlock,
  toolUseBlock,
  toolResultBlock,
  thinkingBlock,
  redactedBlock,
] as const;

/** By the type of a block, the fields of it that every format can say one way or another. */
export const blockFields: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  blocks.map(({ shape }) => [shape.type.value, new Set(Object.keys(shape))]),
);

/** One message of a conversation. */
export const messageParam = z.looseObject({
  role: z.enum(['user', 'assistant', 'system']),
  content: z.union([z.string(), listOf(blocks)]),
});

/** A conversation, of whatever its messages are. */
export const messagesOf = <Message extends z.ZodType>(message: Message) => z.array(message).min(1);

const customTool = z.looseObject({
  type: z.literal('custom').nullish(),
  name,
  description: z.string().nullish(),
  input_schema: jsonObject,
  strict: z.boolean().nullish(),
  ...cacheable,
});

/** What callers say to the router. It never reaches an upstream. */
export const routerOwned: readonly string[] = Object.keys(routingFields);

export const messagesRequestSchema = z.looseObject({
  model: name,
  max_tokens: z.int().positive(),
  messages: messagesOf(messageParam),
  system: z.union([z.string(), z.array(textBlock)]).nullish(),
  tools: z.array(z.union([customTool, unheardOf(['custom'])])).nullish(),
  tool_choice: z
    .discriminatedUnion('type', [
      z.looseObject({ type: z.literal('auto'), disable_parallel_tool_use: z.boolean().nullish() }),
      z.looseObject({ type: z.literal('any'), disable_parallel_tool_use: z.boolean().nullish() }),
      z.looseObject({ type: z.literal('tool'), name, disable_parallel_tool_use: z.boolean().nullish() }),
      z.looseObject({ type: z.literal('none') }),
    ])
    .nullish(),
  thinking: z
    .union([
      z.looseObject({ type: z.literal('enabled'), budget_tokens: z.int().positive(), display: z.string().nullish() }),
      z.looseObject({ type: z.literal('adaptive'), display: z.string().nullish() }),
      z.looseObject({ type: z.literal('disabled') }),
      unheardOf(['enabled', 'adaptive', 'disabled']),
    ])
    .nullish(),
  output_config: z
    .looseObject({
      effort: z.string().nullish(),
      format: z
        .union([z.looseObject({ type: z.literal('json_schema'), schema: jsonObject }), unheardOf(['json_schema'])])
        .nullish(),
    })
    .nullish(),
  stop_sequences: z.array(z.string()).nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  top_k: z.int().nonnegative().nullish(),
  stream: z.boolean().nullish(),
  metadata: z.looseObject({ user_id: z.string().nullish() }).nullish(),
  ...routingFields,
});

/** The body of `POST /v1/messages/count_tokens`: the same, of which nothing is written. */
export const countTokensSchema = messagesRequestSchema.extend({ max_tokens: z.int().positive().nullish() });

/** Both as they were sent. */
export type MessagesBody = z.infer<typeof countTokensSchema>;
export type MessageParam = MessagesBody['messages'][number];
export type ContentBlock = Exclude<MessageParam['content'], string>[number];
export type BlockOf<Type extends string> = Extract<z.infer<(typeof blocks)[number]>, { type: Type }>;
