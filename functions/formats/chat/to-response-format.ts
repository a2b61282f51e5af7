import type { Endpoint } from '../../core/endpoints/endpoint.ts';
import type { ChatRequest, ResponseFormat } from '../pivot/chat-request.ts';
import { adaptSchema } from '../shared/json-schema-dialect.ts';
import { dialectOf } from './to-tools.ts';

/** The form of the answer, with its schema in the endpoint's dialect; null where nothing is asked. */
export function toResponseFormat(chat: ChatRequest, { request }: Endpoint): ResponseFormat | null {
  const wanted = chat.response_format ?? null;
  if (wanted?.type !== 'json_schema' || wanted.json_schema.schema === undefined) return wanted;
  const { schema, strict } = wanted.json_schema;
  const options = {
    strict: chat.provider?.require_parameters === true,
    param: 'response_format.json_schema.schema',
  };
  const adapted = adaptSchema(schema, dialectOf(request.schemaDialect, strict), options);
  return { ...wanted, json_schema: { ...wanted.json_schema, schema: adapted } };
}
