import type Anthropic from '@anthropic-ai/sdk';
import type { Endpoint } from '../../core/endpoints/endpoint.ts';
import type { ChatRequest, Tool } from '../pivot/chat-request.ts';
import { type AdaptOptions, adaptSchema } from '../shared/json-schema-dialect.ts';
import { invalid } from '../shared/refusals.ts';
import { toCacheControl } from './to-cache-control.ts';
import { structuredDialect } from './to-output-format.ts';

const TOOL_NAME = /^[a-zA-Z0-9_-]{1,128}$/;

export function toTools(chat: ChatRequest, endpoint: Endpoint): Anthropic.Tool[] {
  return (chat.tools ?? []).map((tool, index) => toTool(tool, `tools.${index}.function`, endpoint));
}

/** The schema of a strict tool has to be in the dialect of structured outputs; any other may use all of JSON Schema. */
function toTool(tool: Tool, param: string, endpoint: Endpoint): Anthropic.Tool {
  const { name, description, parameters } = tool.function;
  const strict = tool.function.strict === true && endpoint.capabilities.has('json_schema');
  const schema = toInputSchema(parameters ?? {}, { strict, param: `${param}.parameters` });
  return {
    name: toToolName(name, `${param}.name`),
    ...(description ? { description } : {}),
    input_schema: strict
      ? { ...adaptSchema(schema, structuredDialect, { strict, param: `${param}.parameters` }), type: 'object' }
      : schema,
    ...(strict ? { strict } : {}),
    ...toCacheControl(tool.cache_control),
  };
}

/**
 * The root has to say `type: "object"`, and the API refuses these three there (deeper down it takes them), so they move into the
 * root's description.
 */
const refusedAtRoot = ['anyOf', 'oneOf', 'allOf'];

function toInputSchema(parameters: Record<string, unknown>, options: AdaptOptions): Anthropic.Tool.InputSchema {
  const { type } = parameters;
  if (type !== undefined && ![type].flat().includes('object')) {
    throw invalid(`${options.param}.type`, 'The parameters of a function are an object.');
  }
  const refused = refusedAtRoot.filter((keyword) => parameters[keyword] !== undefined);
  if (refused.length === 0) return { properties: {}, ...parameters, type: 'object' };
  const entries = Object.entries(parameters);
  const moving = Object.fromEntries(entries.filter(([key]) => key === 'description' || refused.includes(key)));
  const staying = Object.fromEntries(entries.filter(([key]) => !refused.includes(key)));
  const moved = adaptSchema(moving, { unsupported: new Set(refused) }, options);
  return { properties: {}, ...staying, ...moved, type: 'object' };
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
