import type { FormatName } from '../../functions/core/endpoints/endpoint.ts';

/** A call of a conversation as it reached a provider; `id` is empty where the format has none. */
export interface SentCall {
  id: string;
  name: string;
  /** As JSON, with the digits that were sent. */
  args: string;
}
export interface SentResult {
  id: string;
  text: string;
}

/* biome-ignore lint/suspicious/noExplicitAny: bodies of five formats, which the strict providers have looked at already. */
type Body = any;

/** JSON that keeps the digits of numbers, as text: each becomes `#digits`. */
function parse(json: string): Body {
  return JSON.parse(json, (_key, value: unknown, context?: { source?: string }) =>
    typeof value === 'number' ? `#${context?.source}` : value,
  );
}

const write = (value: unknown) => JSON.stringify(value);

/** All calls and all results of a body, in their order. */
export function sentCalls(format: FormatName, json: string): { calls: SentCall[]; results: SentResult[] } {
  const body = parse(json);
  const blocks = (body.messages ?? body.contents ?? body.input) as Body[];
  const parts = blocks.flatMap(
    (message: Body) => message.parts ?? (Array.isArray(message.content) ? message.content : []),
  );
  switch (format) {
    case 'chat':
      return {
        calls: blocks.flatMap((message: Body) =>
          (message.tool_calls ?? []).map((call: Body) => ({
            id: call.id,
            name: call.function.name,
            args: write(parse(call.function.arguments)),
          })),
        ),
        results: blocks.flatMap((message: Body) =>
          message.role === 'tool' ? [{ id: message.tool_call_id, text: message.content }] : [],
        ),
      };
    case 'responses':
      return {
        calls: blocks.flatMap((item: Body) =>
          item.type === 'function_call'
            ? [{ id: item.call_id, name: item.name, args: write(parse(item.arguments)) }]
            : [],
        ),
        results: blocks.flatMap((item: Body) =>
          item.type === 'function_call_output' ? [{ id: item.call_id, text: item.output }] : [],
        ),
      };
    case 'messages':
      return {
        calls: parts.flatMap((block: Body) =>
          block.type === 'tool_use' ? [{ id: block.id, name: block.name, args: write(block.input) }] : [],
        ),
        results: parts.flatMap((block: Body) =>
          block.type === 'tool_result' ? [{ id: block.tool_use_id, text: block.content ?? '' }] : [],
        ),
      };
    case 'gemini':
      return {
        calls: parts.flatMap((part: Body) =>
          part.functionCall ? [{ id: '', name: part.functionCall.name, args: write(part.functionCall.args) }] : [],
        ),
        results: parts.flatMap((part: Body) =>
          part.functionResponse ? [{ id: '', text: part.functionResponse.response.output }] : [],
        ),
      };
    case 'converse':
      return {
        calls: parts.flatMap((block: Body) =>
          block.toolUse
            ? [{ id: block.toolUse.toolUseId, name: block.toolUse.name, args: write(block.toolUse.input) }]
            : [],
        ),
        results: parts.flatMap((block: Body) =>
          block.toolResult ? [{ id: block.toolResult.toolUseId, text: block.toolResult.content[0].text }] : [],
        ),
      };
  }
}

/** The arguments of a call as `sentCalls` writes them. */
export const argumentsAs = (json: string): string => write(parse(json));
