import type { ChatRequest, Tool } from '../pivot/chat-request.ts';
import { isAnthropicsTool } from './costly-fields.ts';
import type { MessagesBody } from './messages-request.ts';
import { parseCacheControl } from './parse-cache-control.ts';

type ParsedTools = Pick<ChatRequest, 'tools' | 'tool_choice' | 'parallel_tool_calls'>;

/** Tools and the choice among them. Those in a schema of Anthropic's own have no place in other formats. */
export function parseTools({ tools, tool_choice: choice }: MessagesBody): ParsedTools {
  const own = (tools ?? []).filter((tool) => !isAnthropicsTool(tool));
  return {
    ...(own.length > 0 ? { tools: own.map(parseTool) } : {}),
    ...(choice == null ? {} : { tool_choice: parseChoice(choice) }),
    ...(choice != null && 'disable_parallel_tool_use' in choice && choice.disable_parallel_tool_use
      ? { parallel_tool_calls: false }
      : {}),
  };
}

/** `defer_loading`, `input_examples` and the like are dropped: all tools are there from the beginning. */
function parseTool(tool: NonNullable<MessagesBody['tools']>[number]): Tool {
  const { name, description, input_schema, strict, cache_control } = tool as Extract<typeof tool, { name: string }>;
  return {
    type: 'function',
    function: {
      name,
      ...(description == null ? {} : { description }),
      parameters: input_schema,
      ...(strict ? { strict } : {}),
    },
    ...parseCacheControl(cache_control),
  };
}

function parseChoice(choice: NonNullable<MessagesBody['tool_choice']>): NonNullable<ChatRequest['tool_choice']> {
  switch (choice.type) {
    case 'any':
      return 'required';
    case 'tool':
      return { type: 'function', function: { name: choice.name } };
    default:
      return choice.type;
  }
}
