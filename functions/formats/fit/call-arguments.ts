import { isRecord } from '../shared/is-record.ts';
import { parseJson } from '../shared/parse-json.ts';

/** The argument that carries a text which is no object. */
export const RAW_ARGUMENTS = 'raw_arguments';

/**
 * The arguments of an earlier call as the text of a JSON object, which is all that most upstreams take. An object stays as it
 * is written. Nothing and null are no arguments; whatever else the model wrote, such as a call that its limit cut off, is
 * carried in one argument, so that it can see what went wrong.
 */
export function fitArguments(text: string): string {
  const trimmed = text.trim();
  if (trimmed === '' || trimmed === 'null') return '{}';
  if (trimmed.startsWith('{') && isObject(trimmed)) return text;
  return JSON.stringify({ [RAW_ARGUMENTS]: text });
}

function isObject(text: string): boolean {
  try {
    return isRecord(parseJson(text));
  } catch {
    return false;
  }
}
