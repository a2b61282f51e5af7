import { isRecord } from '../shared/is-record.ts';

type Fields = Readonly<Record<string, unknown>>;

/**
 * Messages with calls and results as parts of their content, as Anthropic has them and Cursor sends them for Claude, with these
 * where chat has them: calls beside the content, each result in a message of its own before what the user says. Thoughts of that
 * form are left out: nothing says whose they are.
 */
export function mendToolParts(messages: readonly unknown[]): unknown[] {
  return messages.flatMap((message) => {
    if (!isRecord(message) || !Array.isArray(message.content)) return [message];
    const { role, content } = message;
    if (role === 'assistant' && content.some((part) => isOf(part, ['tool_use', ...THOUGHTS]))) {
      return [withCalls(message, content)];
    }
    return role === 'user' && content.some((part) => isOf(part, RESULTS)) ? withResults(message, content) : [message];
  });
}

const THOUGHTS = ['thinking', 'redacted_thinking'];
const RESULTS = ['tool_result'];

function withCalls(message: Fields, content: readonly unknown[]): Fields {
  const calls = content.filter((part) => isOf(part, ['tool_use'])).map(toCall);
  const said = content.filter((part) => !isOf(part, ['tool_use', ...THOUGHTS]));
  const known: unknown[] = Array.isArray(message.tool_calls) ? message.tool_calls : [];
  const tool_calls = [...known, ...calls];
  return { ...message, content: said.length > 0 ? said : null, ...(tool_calls.length > 0 ? { tool_calls } : {}) };
}

function toCall({ id, name, input }: Fields): Fields {
  return { id, type: 'function', function: { name, arguments: JSON.stringify(input ?? {}) } };
}

function withResults(message: Fields, content: readonly unknown[]): Fields[] {
  const results = content.filter((part) => isOf(part, RESULTS)).map(toResult);
  const said = content.filter((part) => !isOf(part, RESULTS));
  return [...results, ...(said.length > 0 ? [{ ...message, content: said }] : [])];
}

function toResult({ tool_use_id, content, cache_control }: Fields): Fields {
  const marker = cache_control === undefined ? {} : { cache_control };
  return { role: 'tool', tool_call_id: tool_use_id, content: content ?? '', ...marker };
}

function isOf(part: unknown, types: readonly string[]): part is Fields {
  return isRecord(part) && types.includes(part.type as string);
}
