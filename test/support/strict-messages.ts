import { z } from 'zod';
import { claudeSchema } from './strict-schema.ts';

/**
 * What Anthropic's Messages API refuses, and Claude on Vertex AI. From @anthropic-ai/sdk, MessageCreateParams;
 * https://docs.claude.com/en/api/messages, https://docs.claude.com/en/docs/build-with-claude/extended-thinking,
 * https://docs.claude.com/en/docs/build-with-claude/effort, https://cloud.google.com/vertex-ai/generative-ai/docs/partner-models/claude
 */

const cache_control = z.strictObject({ type: z.literal('ephemeral'), ttl: z.enum(['5m', '1h']).optional() }).optional();
const visible = z.string().refine((text) => text.trim() !== '', 'text content blocks must contain non-whitespace text');
const text = z.strictObject({ type: z.literal('text'), text: visible, cache_control });
const id = z.string().regex(/^[a-zA-Z0-9_-]+$/);
const name = z.string().regex(/^[a-zA-Z0-9_-]{1,128}$/);

/** How the bytes of a type begin, which are looked at. */
const signatures = {
  'image/png': 'iVBORw0K',
  'image/jpeg': '/9j/',
  'image/gif': 'R0lGOD',
  'image/webp': 'UklGR',
} as const;
const image = z.strictObject({
  type: z.literal('image'),
  source: z.union([
    z
      .strictObject({
        type: z.literal('base64'),
        media_type: z.enum(['image/png', 'image/jpeg', 'image/gif', 'image/webp']),
        data: z.string(),
      })
      .refine(
        ({ media_type, data }) =>
          data.startsWith(signatures[media_type]) || !Object.values(signatures).some((begin) => data.startsWith(begin)),
        'The image was specified using another media type than it appears to be',
      ),
    z.strictObject({ type: z.literal('url'), url: z.string() }),
  ]),
  cache_control,
});
const document = z.looseObject({ type: z.literal('document'), source: z.looseObject({ type: z.string() }) });
const toolUse = z.strictObject({
  type: z.literal('tool_use'),
  id,
  name,
  input: z.record(z.string(), z.unknown()),
  cache_control,
});
const toolResult = z.strictObject({
  type: z.literal('tool_result'),
  tool_use_id: id,
  content: visible.optional(),
  cache_control,
});
const thinking = z.strictObject({ type: z.literal('thinking'), thinking: z.string(), signature: z.string().min(1) });
const redacted = z.strictObject({ type: z.literal('redacted_thinking'), data: z.string().min(1) });

const userBlock = z.union([text, image, document, toolResult]);
const assistantBlock = z.union([text, toolUse, thinking, redacted]);
const message = z.discriminatedUnion('role', [
  z.strictObject({ role: z.literal('user'), content: z.array(userBlock).min(1) }),
  z.strictObject({ role: z.literal('assistant'), content: z.array(assistantBlock).min(1) }),
]);

const fields = {
  max_tokens: z.int().positive(),
  messages: z.array(message).min(1),
  system: z.array(text).min(1).optional(),
  tools: z
    .array(
      z.strictObject({
        name,
        description: z.string().optional(),
        input_schema: z.record(z.string(), z.unknown()),
        strict: z.boolean().optional(),
        cache_control,
      }),
    )
    .min(1)
    .optional(),
  tool_choice: z
    .union([
      z.strictObject({ type: z.enum(['auto', 'any']), disable_parallel_tool_use: z.boolean().optional() }),
      z.strictObject({ type: z.literal('none') }),
      z.strictObject({ type: z.literal('tool'), name, disable_parallel_tool_use: z.boolean().optional() }),
    ])
    .optional(),
  thinking: z
    .union([
      z.strictObject({ type: z.literal('enabled'), budget_tokens: z.int().min(1_024) }),
      z.strictObject({ type: z.literal('adaptive'), display: z.enum(['summarized', 'omitted']).optional() }),
      z.strictObject({ type: z.literal('disabled') }),
    ])
    .optional(),
  output_config: z
    .strictObject({
      effort: z.enum(['low', 'medium', 'high', 'xhigh', 'max']).optional(),
      format: z.looseObject({}).optional(),
    })
    .optional(),
  temperature: z.number().min(0).max(1).optional(),
  top_p: z.number().optional(),
  top_k: z.int().positive().optional(),
  stop_sequences: z.array(visible).min(1).optional(),
  metadata: z
    .strictObject({
      user_id: z
        .string()
        .max(256)
        .refine((user) => !user.includes('@'), 'user_id appears to contain an email address')
        .refine((user) => !/^\+?[\d\s()-]{7,}$/.test(user), 'user_id appears to contain a phone number'),
    })
    .optional(),
  stream: z.boolean().optional(),
};
const anthropic = z.strictObject({ model: z.string(), ...fields });
const vertex = z.strictObject({ anthropic_version: z.literal('vertex-2023-10-16'), ...fields });

/** Levels of effort that a model lacks, the first pattern that fits. */
const lacking: readonly (readonly [model: RegExp, levels: readonly string[]])[] = [
  [/opus-4-5/, ['xhigh', 'max']],
  [/(opus|sonnet)-4-6/, ['xhigh']],
];

export const strictMessages = {
  anthropic: (given: unknown) => check(anthropic.safeParse(given)),
  'vertex-claude': (given: unknown) => check(vertex.safeParse(given)),
} as const;

type Body = z.infer<z.ZodObject<typeof fields>> & { model?: string };

function check(parsed: z.ZodSafeParseResult<Body>): string | null {
  if (!parsed.success) return z.prettifyError(parsed.error);
  const {
    model = '',
    messages,
    tools = [],
    output_config,
    thinking: thinks,
    temperature,
    top_p,
    max_tokens,
  } = parsed.data;
  const lacks = lacking.find(([pattern]) => pattern.test(model))?.[1] ?? [];
  if (lacks.includes(output_config?.effort ?? ''))
    return `This model does not support effort level '${output_config?.effort}'.`;
  if (thinks?.type === 'enabled' && thinks.budget_tokens >= max_tokens)
    return 'max_tokens must be greater than budget_tokens';
  if (temperature !== undefined && top_p !== undefined) return 'temperature and top_p cannot both be specified';
  for (const { name: called, input_schema } of tools) {
    const wrong = claudeSchema(input_schema);
    if (wrong !== null) return `tools.${called}: ${wrong}`;
  }
  return blocks(messages);
}

/** Each call has its result at the start of the next message, and no id comes twice. */
function blocks(messages: Body['messages']): string | null {
  const seen = new Set<string>();
  for (const [at, { role, content }] of messages.entries()) {
    if (at === 0 && role !== 'user') return 'messages: first message must use the "user" role';
    if (role === 'user') continue;
    const calls = content.flatMap((block) => (block.type === 'tool_use' ? [block.id] : []));
    for (const call of calls) {
      if (seen.has(call)) return 'tool_use ids must be unique';
      seen.add(call);
    }
    const last = content.at(-1);
    if (last?.type === 'thinking' || last?.type === 'redacted_thinking') return 'the final block cannot be thinking';
    const next = messages[at + 1];
    const results =
      next?.role === 'user'
        ? next.content.flatMap((block) => (block.type === 'tool_result' ? [block.tool_use_id] : []))
        : [];
    if (results.join() !== calls.join()) return `tool_use ids were found without tool_result blocks: ${calls.join()}`;
    if (next === undefined && last?.type === 'text' && last.text !== last.text.trimEnd()) return 'trailing whitespace';
  }
  const results = messages.flatMap(({ content }) =>
    content.flatMap((block) => (block.type === 'tool_result' ? [block.tool_use_id] : [])),
  );
  const orphan = results.find((result) => !seen.has(result));
  return orphan === undefined ? null : `unexpected tool_use_id ${orphan}`;
}
