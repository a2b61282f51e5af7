import type OpenAI from 'openai';
import type { Endpoint } from '../../core/endpoints/endpoint.ts';
import { toResponseFormat } from '../chat/to-response-format.ts';
import type { ChatRequest, ResponseFormat } from '../pivot/chat-request.ts';

type TextConfig = OpenAI.Responses.ResponseTextConfig;
type Format = NonNullable<TextConfig['format']>;

/** What `text` says of the answer's form; null where it has nothing to say. */
export function toText(chat: ChatRequest, endpoint: Endpoint): TextConfig | null {
  const { verbosity } = chat;
  const response_format = toResponseFormat(chat, endpoint);
  const format = response_format == null ? null : toFormat(response_format);
  if (format === null && verbosity == null) return null;
  return { ...(format === null ? {} : { format }), ...(verbosity == null ? {} : { verbosity }) };
}

function toFormat(format: ResponseFormat): Format | null {
  switch (format.type) {
    case 'text':
      return null;
    case 'json_object':
      return { type: 'json_object' };
    case 'json_schema': {
      const { name, description, schema, strict } = format.json_schema;
      return {
        type: 'json_schema',
        name,
        ...(description ? { description } : {}),
        schema: schema ?? {},
        // Always said, so that it does not depend on the API's default.
        strict: strict === true,
      };
    }
  }
}
