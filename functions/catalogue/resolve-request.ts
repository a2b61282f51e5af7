import type { FormatName } from '../core/endpoints/endpoint.ts';
import type { OptionalField, RequestRules, SchemaDialectName, TextRule } from '../core/endpoints/request-rules.ts';
import type { RequestEntry } from './request-entry.ts';

/** What a format has a place for, where nobody says more; a chat provider is taken to be as most servers are. */
const fieldsOf: Readonly<Record<FormatName, readonly OptionalField[]>> = {
  chat: [
    'temperature',
    'top_p',
    'top_k',
    'min_p',
    'frequency_penalty',
    'presence_penalty',
    'repetition_penalty',
    'seed',
    'logit_bias',
    'user',
    'parallel_tool_calls',
  ],
  responses: ['temperature', 'top_p', 'user', 'verbosity', 'parallel_tool_calls', 'metadata'],
  messages: ['temperature', 'top_p', 'top_k', 'user', 'parallel_tool_calls'],
  // `parallel_tool_calls: false` is kept for all formats, on the way back (`formats/fit/one-call.ts`).
  gemini: ['temperature', 'top_p', 'top_k', 'frequency_penalty', 'presence_penalty', 'seed', 'parallel_tool_calls'],
  converse: ['temperature', 'top_p', 'top_k', 'parallel_tool_calls'],
};

const any: TextRule = { pattern: null, max: null };

/**
 * https://docs.claude.com/en/api/messages, https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ToolUseBlock.html,
 * https://platform.openai.com/docs/api-reference/responses/create. Gemini's calls have no ids here.
 */
const toolIdsOf: Readonly<Record<FormatName, TextRule>> = {
  chat: any,
  responses: { pattern: null, max: 64 },
  messages: { pattern: '^[a-zA-Z0-9_-]+$', max: 64 },
  gemini: any,
  converse: { pattern: '^[a-zA-Z0-9_-]+$', max: 64 },
};

/** OpenAI's rule, which most servers share; the same pages, and https://ai.google.dev/api/caching#FunctionDeclaration. */
const plainName = '^[a-zA-Z0-9_-]+$';
const toolNamesOf: Readonly<Record<FormatName, TextRule>> = {
  chat: { pattern: plainName, max: 64 },
  responses: { pattern: plainName, max: 64 },
  messages: { pattern: plainName, max: 128 },
  gemini: { pattern: '^[a-zA-Z_][a-zA-Z0-9_.:-]*$', max: 128 },
  converse: { pattern: plainName, max: 64 },
};

const schemaDialectOf: Readonly<Record<FormatName, SchemaDialectName>> = {
  chat: 'json_schema',
  responses: 'openai',
  messages: 'anthropic',
  gemini: 'gemini',
  converse: 'anthropic',
};

/** The rules of an endpoint of a format: what its entries say, and else what the widest range of servers takes. */
export function resolveRequest(format: FormatName, upstreamModel: string, entry: RequestEntry = {}): RequestRules {
  const { rename = {}, unknown = 'drop' } = entry;
  const isNova = format === 'converse' && upstreamModel.includes('nova');
  return {
    set: entry.set ?? {},
    drop: entry.drop ?? [],
    rename,
    // The newer role is OpenAI's own; who takes what it has never heard of is like OpenAI.
    roles: entry.roles ?? (format === 'chat' && unknown === 'drop' ? { developer: 'system' } : {}),
    unknown,
    fields: entry.fields ?? fieldsOf[format],
    messageFields: entry.message_fields ?? ['name'],
    systemContent: entry.system_content ?? 'text',
    lateSystem: entry.late_system ?? 'system',
    maxTemperature: entry.max_temperature ?? null,
    toolIds: toTextRule(toolIdsOf[format], entry.tool_ids),
    toolNames: toTextRule(toolNamesOf[format], entry.tool_names),
    rolesAfterTool: entry.roles_after_tool ?? null,
    streamOptions: entry.stream_options ?? ['include_usage'],
    // Who renames the newer name has that one in mind: the limit may not get lost.
    maxTokens: entry.max_tokens ?? ('max_completion_tokens' in rename ? 'max_completion_tokens' : 'max_tokens'),
    // https://platform.openai.com/docs/api-reference/responses/create#responses-create-max_output_tokens
    minOutputTokens: entry.min_output_tokens ?? (format === 'responses' ? 16 : 1),
    userId: entry.user_id ?? (format === 'messages' ? 'opaque' : 'plain'),
    schemaDialect: entry.schema_dialect ?? (isNova ? 'nova' : schemaDialectOf[format]),
  };
}

function toTextRule(
  usual: TextRule,
  { pattern = usual.pattern, max = usual.max }: NonNullable<RequestEntry['tool_ids']> = {},
): TextRule {
  return { pattern, max };
}
