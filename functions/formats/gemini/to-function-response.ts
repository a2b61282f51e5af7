import { parseExactJson } from '../shared/exact-json.ts';
import { isRecord } from '../shared/is-record.ts';
import type { ToolResult } from '../shared/turns.ts';
import type { Part } from './wire.ts';

/**
 * The result of a call. Results are matched to calls by their order: the `id` that the Gemini API takes is an unknown
 * field to Vertex, which refuses the whole request because of it.
 */
export function toFunctionResponse({ name, text }: ToolResult): Part {
  return { functionResponse: { name, response: toResponse(text) } };
}

/** Keys that mean something to the API itself: beside them it does not look at the rest. */
const reserved = ['output', 'error'];
/** As many digits as a double keeps; numbers in a `response` are doubles, and ids of messages or users are often longer. */
const LONG_NUMBER = /\d{16}/;

/** A result that is a JSON object goes as it is; any other text, and one that would not arrive unchanged, as `output`. */
function toResponse(text: string): Record<string, unknown> {
  const parsed = LONG_NUMBER.test(text) ? null : parseObject(text);
  return parsed === null || reserved.some((key) => key in parsed) ? { output: text } : parsed;
}

function parseObject(text: string): Record<string, unknown> | null {
  try {
    const parsed: unknown = parseExactJson(text);
    return isRecord(parsed) ? parsed : null;
  } catch {
    return null;
  }
}
