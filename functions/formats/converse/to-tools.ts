import type { Endpoint } from '../../core/endpoints/endpoint.ts';
import type { ChatRequest, Tool as ChatTool } from '../pivot/chat-request.ts';
import { invalid, unsupported } from '../shared/refusals.ts';
import { plainDialect } from '../shared/schema-dialects.ts';
import { describeTool, toToolSchema } from '../shared/tool-schema.ts';
import { toCachePoint } from './to-cache-point.ts';
import { structuredDialect } from './to-output-format.ts';
import type { Json, Message, Tool, ToolChoice, ToolConfig } from './wire.ts';

const TOOL_NAME = /^[a-zA-Z0-9_-]{1,64}$/;

/**
 * Tools and choice, or null where there is nothing to say. The API needs tools wherever the conversation holds calls or
 * results; a caller who no longer sends them gets the names that were called, without parameters.
 *
 * It has no choice for "no call": the tools are left out then, and stay only where the conversation needs them, so that the
 * model may still call one. `parallel_tool_calls: false` is dropped, because the API has nothing like it.
 */
export function toToolConfig(chat: ChatRequest, endpoint: Endpoint, messages: readonly Message[]): ToolConfig | null {
  const called = calledNames(messages);
  const sent = chat.tools ?? [];
  const choice = toToolChoice(chat, sent.length > 0);
  if (sent.length === 0) return called.length === 0 ? null : { tools: called.map(toBareTool) };
  if (chat.tool_choice === 'none' && called.length === 0) return null;
  const refuses = chat.provider?.require_parameters === true;
  return {
    tools: sent.flatMap((tool, index) => toTool(tool, `tools.${index}.function`, endpoint, refuses)),
    ...(choice === null ? {} : { toolChoice: choice }),
  };
}

function calledNames(messages: readonly Message[]): string[] {
  const names = messages.flatMap(({ content }) => content.flatMap((block) => block.toolUse?.name ?? []));
  return [...new Set(names)];
}

function toBareTool(name: string): Tool {
  const json: Json = { type: 'object', properties: {} };
  return { toolSpec: { name, inputSchema: { json } } };
}

/**
 * Null where nothing has to be said, which `auto` is: it is the default, and some models refuse the field. A choice without
 * tools is the caller's mistake, as it is at OpenAI.
 * https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ToolChoice.html
 */
function toToolChoice(chat: ChatRequest, hasTools: boolean): ToolChoice | null {
  const choice = chat.tool_choice ?? null;
  if (choice === null || choice === 'none' || choice === 'auto') return null;
  if (!hasTools) throw invalid('tool_choice', 'tool_choice asks for a call, but there are no tools.');
  if (choice === 'required') return { any: {} };
  return { tool: { name: toToolName(choice.function.name, 'tool_choice.function.name') } };
}

/** Nova takes cache points in messages and system alone. */
function toTool(tool: ChatTool, param: string, endpoint: Endpoint, refuses: boolean): Tool[] {
  const { name, description, parameters } = tool.function;
  const strict = tool.function.strict === true && endpoint.capabilities.has('json_schema');
  const { schema, notes } = toToolSchema(
    parameters ?? {},
    endpoint.request.schemaDialect,
    { strict: refuses, param: `${param}.parameters` },
    strict ? structuredDialect : plainDialect,
  );
  const described = describeTool(description, notes);
  const spec = {
    name: toToolName(name, `${param}.name`),
    ...(described === '' ? {} : { description: described }),
    inputSchema: { json: schema as Json },
    ...(strict ? { strict } : {}),
  };
  const marker = endpoint.reasoning.issuer === 'amazon-nova-v1' ? null : tool.cache_control;
  return [{ toolSpec: spec }, ...toCachePoint(marker, endpoint)];
}

/** Other providers take longer names and other letters, so that the request moves on to them. */
export function toToolName(name: string, param: string): string {
  if (!TOOL_NAME.test(name)) {
    throw unsupported(
      param,
      `${param} may have letters, digits, "_" and "-" only, at most 64 of them, for this model.`,
    );
  }
  return name;
}
