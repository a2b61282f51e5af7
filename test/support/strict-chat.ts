import { z } from 'zod';
import { draft2020, type SchemaCheck } from './strict-schema.ts';

export const text = z.strictObject({ type: z.literal('text'), text: z.string() });
export const image = z.strictObject({
  type: z.literal('image_url'),
  image_url: z.strictObject({ url: z.string(), detail: z.enum(['auto', 'low', 'high']).optional() }),
});
export const audio = z.strictObject({
  type: z.literal('input_audio'),
  input_audio: z.strictObject({ data: z.string(), format: z.string() }),
});
export const file = z.strictObject({
  type: z.literal('file'),
  file: z.strictObject({ filename: z.string().optional(), file_data: z.string().optional() }),
});
const refusal = z.strictObject({ type: z.literal('refusal'), refusal: z.string() });

const name = z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/);
export const number = z.number();
export const flag = z.boolean();

interface Rules {
  /** Fields beside the model, the messages, tools and whether to stream. */
  fields: z.ZodRawShape;
  /** Ids of calls. */
  id?: z.ZodString;
  /** Fields of every message, and of an assistant's. */
  names?: boolean;
  assistant?: z.ZodRawShape;
  /** Whether functions may be strict. */
  strict?: boolean;
  /** Whether system messages may be parts. */
  systemParts?: boolean;
  user?: z.ZodTypeAny;
  /** What may be wrong with a conversation as a whole. */
  conversation?: (messages: readonly Message[], body: Record<string, unknown>) => string | null;
  parameters?: SchemaCheck;
}

export interface Message {
  role: string;
  content?: unknown;
  prefix?: boolean;
  tool_call_id?: string;
  reasoning_content?: string;
  tool_calls?: { id: string; function: { arguments: string } }[];
}

export function chat(rules: Rules): (body: unknown) => string | null {
  const {
    id = z.string().min(1),
    names = true,
    systemParts = false,
    assistant = {},
    user = z.union([text, image]),
    strict = true,
  } = rules;
  const named: z.ZodRawShape = names ? { name: z.string().optional() } : {};
  const call = z.strictObject({
    id,
    type: z.literal('function'),
    function: z.strictObject({ name, arguments: z.string() }),
  });
  const said = z.union([z.string(), z.array(systemParts ? z.union([text, refusal]) : text).min(1)]);
  const message = z.discriminatedUnion('role', [
    z.strictObject({
      role: z.literal('system'),
      content: systemParts ? z.union([z.string(), z.array(text)]) : z.string(),
      ...named,
    }),
    ...(systemParts
      ? [z.strictObject({ role: z.literal('developer'), content: z.union([z.string(), z.array(text)]), ...named })]
      : []),
    z.strictObject({ role: z.literal('user'), content: z.union([z.string(), z.array(user).min(1)]), ...named }),
    z.strictObject({
      role: z.literal('assistant'),
      content: said.nullable().optional(),
      tool_calls: z.array(call).min(1).optional(),
      ...named,
      ...assistant,
    }),
    z.strictObject({ role: z.literal('tool'), content: z.string(), tool_call_id: id }),
  ]);
  const tool = z.strictObject({
    type: z.literal('function'),
    function: z.strictObject({
      name,
      description: z.string().optional(),
      parameters: z.record(z.string(), z.unknown()).optional(),
      ...(strict ? { strict: flag.optional() } : {}),
    }),
  });
  const body = z.strictObject({
    model: z.string().min(1),
    messages: z.array(message).min(1),
    stream: flag.optional(),
    tools: z.array(tool).min(1).optional(),
    tool_choice: z
      .union([z.enum(['auto', 'none', 'required']), z.looseObject({ type: z.literal('function') })])
      .optional(),
    response_format: z.looseObject({ type: z.enum(['text', 'json_object', 'json_schema']) }).optional(),
    ...rules.fields,
  });
  return (given) => {
    const parsed = body.safeParse(given);
    if (!parsed.success) return z.prettifyError(parsed.error);
    const messages = parsed.data.messages as unknown as Message[];
    for (const each of parsed.data.tools ?? []) {
      const wrong =
        each.function.parameters === undefined ? null : (rules.parameters ?? draft2020)(each.function.parameters);
      if (wrong !== null) return `Invalid schema for function '${each.function.name}': ${wrong}`;
    }
    return pairs(messages) ?? rules.conversation?.(messages, given as Record<string, unknown>) ?? null;
  };
}

/** Each call has one result right after it, no id comes twice, and arguments are the text of an object. */
function pairs(messages: readonly Message[]): string | null {
  const seen = new Set<string>();
  let open: string[] = [];
  for (const { role, tool_calls, tool_call_id = '' } of messages) {
    if (role === 'tool') {
      if (!open.includes(tool_call_id)) return `unexpected tool_call_id ${tool_call_id}`;
      open = open.filter((id) => id !== tool_call_id);
      continue;
    }
    if (open.length > 0) return `no result for ${open.join()}`;
    for (const { id, function: called } of tool_calls ?? []) {
      if (seen.has(id)) return `duplicate id ${id}`;
      seen.add(id);
      open.push(id);
      if (!isObject(called.arguments)) return `arguments of ${id} must be a JSON object`;
    }
  }
  return open.length > 0 ? `no result for ${open.join()}` : null;
}

function isObject(json: string): boolean {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
