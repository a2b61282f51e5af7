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

/**
 * The JSON schema that the answer must match, or null. The API has no JSON mode without a schema, and one that is only
 * asked for in the prompt could not be relied on.
 */
export function toOutputFormat(chat: ChatRequest): Anthropic.JSONOutputFormat | null {
  const wanted = chat.response_format;
  if (wanted == null || wanted.type === 'text') return null;
  if (wanted.type === 'json_object') {
    throw new MeshError('model_capability_not_supported', {
      param: 'response_format.type',
      message: 'This model has no JSON mode without a schema; use "json_schema".',
    });
  }
  const { schema, description } = wanted.json_schema;
  const param = 'response_format.json_schema.schema';
  if (schema === undefined) throw new MeshError('invalid_request_error', { param, message: `${param} is missing.` });
  const described = description && schema.description === undefined ? { ...schema, description } : schema;
  return {
    type: 'json_schema',
    schema: adaptSchema(described, structuredDialect, { strict: chat.provider?.require_parameters === true, param }),
  };
}
