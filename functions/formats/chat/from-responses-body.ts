import { MeshError } from '../../core/errors.ts';
import { toInputArguments } from '../shared/custom-tools.ts';
import { textOf } from '../shared/text-of.ts';

type Fields = Readonly<Record<string, unknown>>;

/** What the Responses API has and chat has not, or has elsewhere; `input` and `text` are rewritten. */
const own = ['input', 'instructions', 'text', 'max_output_tokens', 'include', 'truncation', 'background'] as const;

/** Some clients (Cursor) send the body of a Responses request to chat, and expect chat's answer. */
export function isResponsesBody(body: Fields): boolean {
  return body.messages === undefined && (typeof body.input === 'string' || Array.isArray(body.input));
}

/** The same request in chat's words but for parts, which `mend-parts.ts` knows; what has no place there stays for the schema to name. */
export function toChatBody(body: Fields): Fields {
  for (const field of ['previous_response_id', 'conversation'] as const) {
    if (body[field] == null) continue;
    throw new MeshError('invalid_request_error', {
      param: field,
      message: 'Answers are not stored; send all of `input`.',
    });
  }
  const others = Object.fromEntries(
    Object.entries(body).filter(([field]) => !(own as readonly string[]).includes(field)),
  );
  const text = (body.text ?? {}) as Fields;
  const { format } = text;
  return {
    ...others,
    messages: toMessages(body),
    ...(body.max_output_tokens == null ? {} : { max_completion_tokens: body.max_output_tokens }),
    ...(text.verbosity == null ? {} : { verbosity: text.verbosity }),
    ...(format == null ? {} : { response_format: toResponseFormat(format as Fields) }),
  };
}

function toResponseFormat(format: Fields): Fields {
  if (format.type !== 'json_schema') return format;
  const { type, ...json_schema } = format;
  return { type, json_schema };
}

function toMessages({ instructions, input }: Fields): Fields[] {
  const messages: Fields[] = instructions == null ? [] : [{ role: 'system', content: instructions }];
  if (typeof input === 'string') return [...messages, { role: 'user', content: input }];
  for (const item of input as Fields[]) addItem(messages, item);
  return messages;
}

function addItem(messages: Fields[], item: Fields): void {
  switch (item?.type ?? 'message') {
    case 'message':
      messages.push({ role: item?.role, content: item?.content });
      return;
    case 'function_call':
      addCall(messages, {
        id: item.call_id,
        type: 'function',
        function: { name: item.name, arguments: item.arguments },
      });
      return;
    case 'custom_tool_call':
      addCall(messages, {
        id: item.call_id,
        type: 'function',
        function: { name: item.name, arguments: toInputArguments(textOf(item.input)) },
      });
      return;
    case 'function_call_output':
    case 'custom_tool_call_output':
      messages.push({ role: 'tool', tool_call_id: item.call_id, content: item.output });
      return;
    case 'reasoning':
      // What it holds is for who wrote it, and chat has no place for it.
      return;
    default:
      throw new MeshError('invalid_request_error', {
        param: 'input',
        message: 'An item of `input` has a type that is not served.',
      });
  }
}

/** Calls of one turn are one message in chat, with the text before them. */
function addCall(messages: Fields[], call: Fields): void {
  const last = messages.at(-1);
  if (last?.role !== 'assistant') {
    messages.push({ role: 'assistant', content: null, tool_calls: [call] });
    return;
  }
  const calls = Array.isArray(last.tool_calls) ? last.tool_calls : [];
  messages[messages.length - 1] = { ...last, tool_calls: [...calls, call] };
}
