import { structuredDialect } from '../messages/to-output-format.ts';
import type { ChatRequest } from '../pivot/chat-request.ts';
import { adaptSchema } from '../shared/json-schema-dialect.ts';
import { invalid } from '../shared/refusals.ts';
import type { OutputFormat } from './wire.ts';

/** Bedrock documents the same limits for its structured outputs as Anthropic does. */
export { structuredDialect };

/**
 * The JSON schema that the answer must match, or null. JSON without a schema is asked for by a tool (`fit/json-answer.ts`).
 * https://docs.aws.amazon.com/bedrock/latest/userguide/structured-output.html
 */
export function toOutputFormat(chat: ChatRequest): OutputFormat | null {
  const wanted = chat.response_format;
  if (wanted?.type !== 'json_schema') return null;
  const { name, description, schema } = wanted.json_schema;
  const param = 'response_format.json_schema.schema';
  if (schema === undefined) throw invalid(param, `${param} is missing.`);
  const adapted = adaptSchema(schema, structuredDialect, { strict: chat.provider?.require_parameters === true, param });
  const jsonSchema = { schema: JSON.stringify(adapted), name, ...(description ? { description } : {}) };
  return { type: 'json_schema', structure: { jsonSchema } };
}
