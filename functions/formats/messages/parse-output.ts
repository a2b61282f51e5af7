import { type EffortLevel, effortLevels } from '../../core/endpoints/effort.ts';
import type { ChatRequest } from '../pivot/chat-request.ts';
import { isRecord } from '../shared/is-record.ts';
import type { MessagesBody } from './messages-request.ts';

type ParsedOutput = Pick<ChatRequest, 'reasoning' | 'response_format'>;

/** What a format that has no name for its schema is told. */
const SCHEMA_NAME = 'answer';

/** How the model is to think, and the form of its answer. */
export function parseOutput(body: MessagesBody): ParsedOutput {
  const reasoning = parseReasoning(body);
  // The older name of the same, which clients still send.
  const format = body.output_config?.format ?? body.output_format;
  const schema = isRecord(format) && format.type === 'json_schema' && isRecord(format.schema) ? format.schema : null;
  return {
    ...(reasoning === null ? {} : { reasoning }),
    ...(schema === null
      ? {}
      : { response_format: { type: 'json_schema', json_schema: { name: SCHEMA_NAME, schema, strict: true } } }),
  };
}

/**
 * A budget stays one, and formats that take levels make one of it; a thinking that the model decides on is switched on, as much
 * as `effort` says. Null where nothing is said: then the model does what it does by default. `display: "omitted"` hides the
 * text, here as there.
 */
function parseReasoning({ thinking, output_config }: MessagesBody): ChatRequest['reasoning'] {
  const effort = toEffort(output_config?.effort);
  if (thinking == null) return effort === null ? null : { effort };
  const hidden = thinking.display === 'omitted' ? { exclude: true } : {};
  switch (thinking.type) {
    case 'disabled':
      return { enabled: false };
    case 'enabled':
      return { max_tokens: Number(thinking.budget_tokens), ...(effort === null ? {} : { effort }), ...hidden };
    default:
      return { enabled: true, ...(effort === null ? {} : { effort }), ...hidden };
  }
}

function toEffort(effort: string | null | undefined): EffortLevel | null {
  return effortLevels.find((level) => level === effort) ?? null;
}
