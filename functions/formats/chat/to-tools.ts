import type { Endpoint } from '../../core/endpoints/endpoint.ts';
import type { SchemaDialectName } from '../../core/endpoints/request-rules.ts';
import { MeshError } from '../../core/errors.ts';
import type { ChatRequest, Tool, ToolChoice } from '../pivot/chat-request.ts';
import type { SchemaDialect } from '../shared/json-schema-dialect.ts';
import { openaiDialect, openaiStrictDialect, plainDialect } from '../shared/schema-dialects.ts';
import { describeTool, toToolSchema } from '../shared/tool-schema.ts';
import { withoutMarker } from './without-marker.ts';
import { withoutNulls } from './without-nulls.ts';

/** What a request says about tools; empty where it has none, since OpenAI refuses an empty list and choices beside it. */
export interface ToolFields {
  tools?: Tool[];
  tool_choice?: ToolChoice;
  parallel_tool_calls?: boolean;
}

/** Throws `invalid_request_error` for a choice that forces a call without tools. */
export function toTools(chat: ChatRequest, { request, capabilities }: Endpoint): ToolFields {
  const { tools, tool_choice, parallel_tool_calls } = chat;
  if (!tools?.length) {
    if (tool_choice == null || tool_choice === 'none' || tool_choice === 'auto') return {};
    throw new MeshError('invalid_request_error', {
      param: 'tool_choice',
      message: 'tool_choice asks for a call, but there are no tools.',
    });
  }
  const refuses = chat.provider?.require_parameters === true;
  return {
    tools: tools.map((tool, at) =>
      toTool(
        capabilities.has('json_schema') ? tool : withoutStrict(tool),
        `tools.${at}.function`,
        request.schemaDialect,
        refuses,
      ),
    ),
    ...(tool_choice == null ? {} : { tool_choice }),
    ...(parallel_tool_calls == null ? {} : { parallel_tool_calls }),
  };
}

/** Who keeps to no schema knows no such field. */
function withoutStrict(tool: Tool): Tool {
  return { ...tool, function: { ...tool.function, strict: undefined } };
}

function toTool(tool: Tool, param: string, name: SchemaDialectName, refuses: boolean): Tool {
  const called = withoutNulls(withoutMarker(tool.function));
  if (called.parameters == null) return { ...withoutMarker(tool), function: called };
  const { schema, notes } = toToolSchema(
    called.parameters,
    name,
    { strict: refuses, param: `${param}.parameters` },
    dialectOf(name, called.strict),
  );
  const description = describeTool(called.description, notes);
  const described = description === '' ? {} : { description };
  return { ...withoutMarker(tool), function: { ...called, ...described, parameters: schema } };
}

/** What a schema is written in: OpenAI checks answers against strict ones, and those know less. */
export function dialectOf(name: SchemaDialectName, strict: boolean | null | undefined): SchemaDialect {
  if (name !== 'openai') return plainDialect;
  return strict === true ? openaiStrictDialect : openaiDialect;
}
