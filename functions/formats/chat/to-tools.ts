import { MeshError } from '../../core/errors.ts';
import type { ChatRequest, Tool, ToolChoice } from '../pivot/chat-request.ts';
import { withoutMarker } from './without-marker.ts';
import { withoutNulls } from './without-nulls.ts';

/** What a request says about tools; empty where it has none, since OpenAI refuses an empty list and choices beside it. */
export interface ToolFields {
  tools?: Tool[];
  tool_choice?: ToolChoice;
  parallel_tool_calls?: boolean;
}

/** Throws `invalid_request_error` for a choice that forces a call without tools. */
export function toTools(chat: ChatRequest): ToolFields {
  const { tools, tool_choice, parallel_tool_calls } = chat;
  if (!tools?.length) {
    if (tool_choice == null || tool_choice === 'none' || tool_choice === 'auto') return {};
    throw new MeshError('invalid_request_error', {
      param: 'tool_choice',
      message: 'tool_choice asks for a call, but there are no tools.',
    });
  }
  return {
    tools: tools.map(toTool),
    ...(tool_choice == null ? {} : { tool_choice }),
    ...(parallel_tool_calls == null ? {} : { parallel_tool_calls }),
  };
}

function toTool(tool: Tool): Tool {
  return { ...withoutMarker(tool), function: withoutNulls(withoutMarker(tool.function)) };
}
