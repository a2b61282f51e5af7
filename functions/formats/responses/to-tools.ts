import type OpenAI from 'openai';
import type { Endpoint } from '../../core/endpoints/endpoint.ts';
import { toTools as toChatTools } from '../chat/to-tools.ts';
import type { ChatRequest, Tool } from '../pivot/chat-request.ts';

type Params = OpenAI.Responses.ResponseCreateParams;

/** What a request says about tools, in the API's flat form. */
export function toTools(
  chat: ChatRequest,
  endpoint: Endpoint,
): Pick<Params, 'tools' | 'tool_choice' | 'parallel_tool_calls'> {
  const { tools, tool_choice, ...rest } = toChatTools(chat, endpoint);
  if (tools === undefined) return {};
  return {
    tools: tools.map(toTool),
    ...(tool_choice === undefined
      ? {}
      : { tool_choice: typeof tool_choice === 'string' ? tool_choice : { type: 'function', ...tool_choice.function } }),
    ...rest,
  };
}

/** `strict` is always said, since this API takes it for true where chat takes it for false. */
function toTool({ function: { name, description, parameters, strict } }: Tool): OpenAI.Responses.FunctionTool {
  return {
    type: 'function',
    name,
    ...(description ? { description } : {}),
    parameters: parameters ?? { type: 'object', properties: {}, additionalProperties: false },
    strict: strict === true,
  };
}
