import type Anthropic from '@anthropic-ai/sdk';
import { MeshError } from '../../core/errors.ts';
import type { ChatRequest } from '../pivot/chat-request.ts';
import { adaptSchema, type SchemaDialect } from '../shared/json-schema-dialect.ts';

const stringFormats = new Set([
  'date-time',
  'time',
  'date',
  'duration',
  'email',
  'hostname',
  'uri',
  'ipv4',
  'ipv6',
  'uuid',
]);

/**
 * What Anthropic's constrained decoding understands. `oneOf` becomes `anyOf`, as in Anthropic's own clients: the two
 * differ only where an answer matches several branches.
 * https://docs.claude.com/en/docs/build-with-claude/structured-outputs#json-schema-limitations
 */
export const structuredDialect: SchemaDialect = {
  unsupported: new Set([
    'minimum',
    'maximum',
    'exclusiveMinimum',
    'exclusiveMaximum',
    'multipleOf',
    'minLength',
    'maxLength',
    'maxItems',
    'uniqueItems',
    'contains',
    'minContains',
    'maxContains',
    'prefixItems',
    'additionalItems',
    'unevaluatedItems',
    'minProperties',
    'maxProperties',
    'patternProperties',
    'propertyNames',
    'unevaluatedProperties',
    'dependentSchemas',
    'dependentRequired',
    'not',
    'if',
    'then',
    'else',
  ]),
  values: {
    minItems: (count) => count === 0 || count === 1,
    format: (name) => typeof name === 'string' && stringFormats.has(name),
  },
  rename: { oneOf: 'anyOf' },
  ignored: new Set(['$schema', '$id', '$comment']),
  closedObjects: true,
};

/** The JSON schema that the answer must match, or null. JSON without a schema is asked for by a tool (`fit/json-answer.ts`). */
export function toOutputFormat(chat: ChatRequest): Anthropic.JSONOutputFormat | null {
  const wanted = chat.response_format;
  if (wanted?.type !== 'json_schema') return null;
  const { schema, description } = wanted.json_schema;
  const param = 'response_format.json_schema.schema';
  if (schema === undefined) throw new MeshError('invalid_request_error', { param, message: `${param} is missing.` });
  const described = description && schema.description === undefined ? { ...schema, description } : schema;
  return {
    type: 'json_schema',
    schema: adaptSchema(described, structuredDialect, { strict: chat.provider?.require_parameters === true, param }),
  };
}
