import { z } from 'zod';
import { openaiSchema } from './strict-schema.ts';

/**
 * What OpenAI's Responses API refuses. From openai 6, ResponseCreateParams and ResponseInputItem; the smallest limit, the
 * length of ids and the levels of each model from https://developers.openai.com/api/docs/guides/reasoning and its own errors.
 */

const name = z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/);
const callId = z.string().min(1).max(64);
const inputText = z.strictObject({ type: z.literal('input_text'), text: z.string() });
const inputImage = z.strictObject({
  type: z.literal('input_image'),
  image_url: z.string(),
  detail: z.enum(['auto', 'low', 'high', 'original']).optional(),
});
const inputFile = z.strictObject({
  type: z.literal('input_file'),
  filename: z.string().optional(),
  file_data: z.string().optional(),
  file_url: z.string().optional(),
});
const said = z.union([
  z.strictObject({
    type: z.literal('output_text'),
    text: z.string(),
    annotations: z.array(z.unknown()).optional(),
    logprobs: z.array(z.unknown()).optional(),
  }),
  z.strictObject({ type: z.literal('refusal'), refusal: z.string() }),
]);

const named = z.strictObject({ type: z.enum(['function', 'custom']), name });
const functionTool = z.strictObject({
  type: z.literal('function'),
  name,
  description: z.string().optional(),
  parameters: z.record(z.string(), z.unknown()),
  strict: z.boolean().nullish(),
});
const customTool = z.strictObject({
  type: z.literal('custom'),
  name,
  description: z.string().optional(),
  format: z
    .union([
      z.strictObject({ type: z.literal('text') }),
      z.strictObject({ type: z.literal('grammar'), syntax: z.enum(['lark', 'regex']), definition: z.string() }),
    ])
    .optional(),
});
const tool = z.discriminatedUnion('type', [
  functionTool,
  customTool,
  z.strictObject({
    type: z.literal('namespace'),
    name,
    description: z.string(),
    tools: z.array(z.discriminatedUnion('type', [functionTool, customTool])).min(1),
  }),
  // What their client does itself; others are billed apart.
  z.strictObject({ type: z.enum(['local_shell', 'apply_patch', 'tool_search']) }),
]);
const namespace = z.string().min(1).optional();
const item = z.union([
  z.strictObject({
    type: z.literal('message').optional(),
    role: z.enum(['system', 'developer', 'user']),
    content: z.union([z.string(), z.array(z.union([inputText, inputImage, inputFile])).min(1)]),
  }),
  z.strictObject({
    type: z.literal('message').optional(),
    role: z.literal('assistant'),
    content: z.union([z.string().min(1), z.array(said).min(1)]),
    phase: z.enum(['commentary', 'final_answer']).optional(),
  }),
  z.strictObject({ type: z.literal('function_call'), call_id: callId, name, namespace, arguments: z.string() }),
  z.strictObject({ type: z.literal('custom_tool_call'), call_id: callId, name, namespace, input: z.string() }),
  z.strictObject({
    type: z.enum(['function_call_output', 'custom_tool_call_output']),
    call_id: callId,
    output: z.union([z.string(), z.array(z.union([inputText, inputImage, inputFile])).min(1)]),
  }),
  z.strictObject({ type: z.literal('additional_tools'), role: z.string().optional(), tools: z.array(tool) }),
  z.strictObject({
    type: z.literal('reasoning'),
    id: z.string().optional(),
    summary: z.array(z.strictObject({ type: z.literal('summary_text'), text: z.string() })),
    content: z.array(z.strictObject({ type: z.literal('reasoning_text'), text: z.string() })).optional(),
    encrypted_content: z.string().min(1),
  }),
]);

const body = z.strictObject({
  model: z.string(),
  input: z.union([z.string().min(1), z.array(item).min(1)]),
  max_output_tokens: z.int().min(16),
  instructions: z.string().optional(),
  store: z.literal(false),
  stream: z.boolean().optional(),
  include: z.array(z.enum(['reasoning.encrypted_content', 'message.output_text.logprobs'])).optional(),
  reasoning: z
    .strictObject({ effort: z.string().optional(), summary: z.enum(['auto', 'concise', 'detailed']).optional() })
    .optional(),
  text: z
    .strictObject({
      format: z.looseObject({ type: z.string() }).optional(),
      verbosity: z.enum(['low', 'medium', 'high']).optional(),
    })
    .optional(),
  tools: z.array(tool).min(1).optional(),
  tool_choice: z
    .union([
      z.enum(['auto', 'none', 'required']),
      z.strictObject({ type: z.enum(['function', 'custom']), name }),
      z.strictObject({
        type: z.literal('allowed_tools'),
        mode: z.enum(['auto', 'required']),
        tools: z.array(named).min(1),
      }),
    ])
    .optional(),
  parallel_tool_calls: z.boolean().optional(),
  temperature: z.number().optional(),
  top_p: z.number().optional(),
  top_logprobs: z.int().optional(),
  metadata: z.record(z.string(), z.string()).optional(),
  user: z.string().optional(),
  prompt_cache_key: z.string().optional(),
  safety_identifier: z.string().optional(),
  service_tier: z.literal('default').optional(),
});

/** Levels of effort by model, the first pattern that fits. */
const levels: readonly (readonly [model: RegExp, levels: readonly string[]])[] = [
  [/^(o3|o4-mini)/, ['low', 'medium', 'high']],
  [/^gpt-5(-mini|-nano)?(-20[\d-]+)?$/, ['minimal', 'low', 'medium', 'high']],
  [/^gpt-5\.1(-20[\d-]+)?$/, ['none', 'low', 'medium', 'high']],
  [/^gpt-5\.6/, ['none', 'low', 'medium', 'high', 'xhigh', 'max']],
  [/^gpt-/, ['none', 'low', 'medium', 'high', 'xhigh']],
];

export function strictResponses(given: unknown): string | null {
  const parsed = body.safeParse(given);
  if (!parsed.success) return z.prettifyError(parsed.error);
  const { model, reasoning, tools = [], text } = parsed.data;
  const input = typeof parsed.data.input === 'string' ? [] : parsed.data.input;
  const taken = levels.find(([pattern]) => pattern.test(model))?.[1];
  if (reasoning?.effort !== undefined && taken !== undefined && !taken.includes(reasoning.effort)) {
    return `Unsupported value: '${reasoning.effort}' is not supported with the '${model}' model.`;
  }
  if (text?.verbosity !== undefined && /^o[34]/.test(model)) return `Unsupported parameter: 'verbosity'`;
  for (const each of tools) {
    if (each.type !== 'function') continue;
    const { name: called, parameters } = each;
    const wrong = openaiSchema(parameters);
    if (wrong !== null) return `Invalid schema for function '${called}': ${wrong}`;
  }
  const idsOf = (...types: string[]) =>
    input.flatMap((each) => ('call_id' in each && types.includes(each.type) ? [each.call_id] : []));
  const calls = idsOf('function_call', 'custom_tool_call');
  const outputs = idsOf('function_call_output', 'custom_tool_call_output');
  if (new Set(calls).size !== calls.length) return 'Duplicate call_id';
  const lost = calls.find((id) => !outputs.includes(id)) ?? outputs.find((id) => !calls.includes(id));
  if (lost !== undefined) return `No tool output found for function call ${lost}.`;
  const at = input.findIndex((each, index) => {
    const next = input[index + 1];
    return (
      'type' in each &&
      each.type === 'reasoning' &&
      (next === undefined || ('role' in next && next.role !== 'assistant'))
    );
  });
  return at === -1 ? null : `Item ${at} of type 'reasoning' was provided without its required following item.`;
}
