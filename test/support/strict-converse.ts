import { z } from 'zod';
import { claudeSchema, novaSchema } from './strict-schema.ts';

/**
 * What Bedrock's Converse refuses. https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html and the pages
 * of its types; fields of the models from Anthropic's and Nova's own documentation.
 */

const visible = z.string().refine((text) => text.trim() !== '', 'The text field in the ContentBlock object is blank.');
const id = z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/);
const name = z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/);
const cachePoint = z.strictObject({
  cachePoint: z.strictObject({ type: z.literal('default'), ttl: z.enum(['5m', '1h']).optional() }),
});
const bytes = z.strictObject({ bytes: z.string().min(1) });
const block = z.union([
  z.strictObject({ text: visible }),
  z.strictObject({ image: z.strictObject({ format: z.enum(['png', 'jpeg', 'gif', 'webp']), source: bytes }) }),
  z.strictObject({
    document: z.strictObject({ format: z.string(), name: z.string().regex(/^[A-Za-z0-9\s()[\]-]+$/), source: bytes }),
  }),
  z.strictObject({ video: z.strictObject({ format: z.string(), source: bytes }) }),
  z.strictObject({ toolUse: z.strictObject({ toolUseId: id, name, input: z.record(z.string(), z.unknown()) }) }),
  z.strictObject({
    toolResult: z.strictObject({ toolUseId: id, content: z.array(z.strictObject({ text: visible })).min(1) }),
  }),
  z.strictObject({
    reasoningContent: z.union([
      z.strictObject({ reasoningText: z.strictObject({ text: z.string(), signature: z.string().optional() }) }),
      z.strictObject({ redactedContent: z.string() }),
    ]),
  }),
  cachePoint,
]);
const tool = z.union([
  z.strictObject({
    toolSpec: z.strictObject({
      name,
      description: z.string().min(1).optional(),
      inputSchema: z.strictObject({ json: z.record(z.string(), z.unknown()) }),
      strict: z.boolean().optional(),
    }),
  }),
  cachePoint,
]);
const body = z.strictObject({
  messages: z.array(z.strictObject({ role: z.enum(['user', 'assistant']), content: z.array(block).min(1) })).min(1),
  system: z.array(z.union([z.strictObject({ text: visible }), cachePoint])).optional(),
  inferenceConfig: z.strictObject({
    maxTokens: z.int().positive(),
    temperature: z.number().min(0).max(1).optional(),
    topP: z.number().min(0).max(1).optional(),
    stopSequences: z.array(visible).optional(),
  }),
  toolConfig: z
    .strictObject({
      tools: z.array(tool).min(1),
      toolChoice: z
        .union([z.strictObject({ any: z.strictObject({}) }), z.strictObject({ tool: z.strictObject({ name }) })])
        .optional(),
    })
    .optional(),
  outputConfig: z
    .strictObject({
      effort: z.enum(['low', 'medium', 'high', 'xhigh', 'max']).optional(),
      textFormat: z.looseObject({}).optional(),
    })
    .optional(),
  additionalModelResponseFieldPaths: z.array(z.string().startsWith('/')).min(1).max(10).optional(),
  additionalModelRequestFields: z.record(z.string(), z.unknown()).optional(),
});

/** `path` names the model. */
export function strictConverse(given: unknown, path: string): string | null {
  const parsed = body.safeParse(given);
  if (!parsed.success) return z.prettifyError(parsed.error);
  const { messages, toolConfig } = parsed.data;
  for (const each of toolConfig?.tools ?? []) {
    if (!('toolSpec' in each)) continue;
    const wrong = (path.includes('nova') ? novaSchema : claudeSchema)(each.toolSpec.inputSchema.json);
    if (wrong !== null) return `toolConfig.tools.${each.toolSpec.name}: ${wrong}`;
  }
  const seen = new Set<string>();
  for (const [at, { role, content }] of messages.entries()) {
    if (at === 0 && role !== 'user') return 'A conversation must start with a user message.';
    if (messages[at - 1]?.role === role) return 'A conversation must alternate between user and assistant roles.';
    const calls = content.flatMap((each) => ('toolUse' in each ? [each.toolUse.toolUseId] : []));
    if (calls.some((call) => seen.has(call)) || new Set(calls).size !== calls.length)
      return 'The toolUse ids must be unique.';
    for (const call of calls) seen.add(call);
    const results = (messages[at + 1]?.content ?? []).flatMap((each) =>
      'toolResult' in each ? [each.toolResult.toolUseId] : [],
    );
    if (role === 'assistant' && results.join() !== calls.join())
      return `Expected toolResult blocks for the following Ids: ${calls.join()}`;
    if (calls.length > 0 && toolConfig === undefined)
      return 'The toolConfig field must be defined when using toolUse and toolResult.';
  }
  return null;
}
