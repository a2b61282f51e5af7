import type Anthropic from '@anthropic-ai/sdk';
import type { Endpoint } from '../../core/endpoints/endpoint.ts';
import type { ChatRequest, Tool } from '../pivot/chat-request.ts';
import { invalid } from '../shared/refusals.ts';
import { plainDialect } from '../shared/schema-dialects.ts';
import { describeTool, toToolSchema } from '../shared/tool-schema.ts';
import { toCacheControl } from './to-cache-control.ts';
import { structuredDialect } from './to-output-format.ts';

const TOOL_NAME = /^[a-zA-Z0-9_-]{1,128}$/;

export function toTools(chat: ChatRequest, endpoint: Endpoint): Anthropic.Tool[] {
  const refuses = chat.provider?.require_parameters === true;
  return (chat.tools ?? []).map((tool, index) => toTool(tool, `tools.${index}.function`, endpoint, refuses));
}

/** The schema of a strict tool has to be in the dialect of structured outputs; any other may use all of JSON Schema. */
function toTool(tool: Tool, param: string, endpoint: Endpoint, refuses: boolean): Anthropic.Tool {
  const { name, description, parameters } = tool.function;
  const strict = tool.function.strict === true && endpoint.capabilities.has('json_schema');
  const { schema, notes } = toToolSchema(
    parameters ?? {},
    endpoint.request.schemaDialect,
    { strict: refuses, param: `${param}.parameters` },
    strict ? structuredDialect : plainDialect,
  );
  const described = describeTool(description, notes);
  return {
    name: toToolName(name, `${param}.name`),
    ...(described === '' ? {} : { description: described }),
    input_schema: { ...schema, type: 'object' },
    ...(strict ? { strict } : {}),
    ...toCacheControl(tool.cache_control),
  };
}

/** Null where nothing has to be said. A choice without tools is the caller's mistake, as it is at OpenAI. */
export function toToolChoice(chat: ChatRequest, hasTools: boolean): Anthropic.ToolChoice | null {
  const choice = chat.tool_choice ?? null;
  const forces = choice !== null && choice !== 'auto' && choice !== 'none';
  if (!hasTools && forces) throw invalid('tool_choice', 'tool_choice asks for a call, but there are no tools.');
  if (!hasTools) return null;
  if (choice === 'none') return { type: 'none' };
  const serial = chat.parallel_tool_calls === false ? { disable_parallel_tool_use: true } : {};
  if (choice === 'required') return { type: 'any', ...serial };
  if (forces) return { type: 'tool', name: toToolName(choice.function.name, 'tool_choice.function.name'), ...serial };
  return choice === 'auto' || chat.parallel_tool_calls === false ? { type: 'auto', ...serial } : null;
}

export function toToolName(name: string, param: string): string {
  if (!TOOL_NAME.test(name)) {
    throw invalid(param, `${param} may have letters, digits, "_" and "-" only, at most 128 of them, for this model.`);
  }
  return name;
}
