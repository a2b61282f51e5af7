import type { Endpoint } from '../../core/endpoints/endpoint.ts';
import type { ChatRequest, Tool } from '../pivot/chat-request.ts';
import { invalid } from '../shared/refusals.ts';
import { toParametersSchema } from './to-schema.ts';
import type { FunctionDeclaration, ToolConfig } from './wire.ts';

/** https://ai.google.dev/api/caching#FunctionDeclaration */
const FUNCTION_NAME = /^[a-zA-Z_][a-zA-Z0-9_.:-]{0,127}$/;

export function toFunctionDeclarations(chat: ChatRequest): FunctionDeclaration[] {
  const refuses = chat.provider?.require_parameters === true;
  return (chat.tools ?? []).map((tool, index) => {
    const { name, description, parameters } = tool.function;
    const param = `tools.${index}.function`;
    return {
      name: toFunctionName(name, `${param}.name`),
      ...(description ? { description } : {}),
      ...toParameters(parameters ?? {}, refuses, `${param}.parameters`),
    };
  });
}

/** Both APIs take plain JSON Schema here; `parameters` knows a small part of it. A function without parameters has no schema. */
function toParameters(
  schema: Record<string, unknown>,
  strict: boolean,
  param: string,
): { parametersJsonSchema?: Record<string, unknown> } {
  if (Object.keys(schema).length === 0) return {};
  const { type } = schema;
  if (type !== undefined && ![type].flat().includes('object')) {
    throw invalid(`${param}.type`, 'The parameters of a function are an object.');
  }
  const typed = '$ref' in schema ? schema : { ...schema, type: 'object' };
  return { parametersJsonSchema: toParametersSchema(typed, { strict, param }) };
}

function isStrict(tool: Tool, endpoint: Endpoint): boolean {
  return tool.function.strict === true && endpoint.capabilities.has('json_schema');
}

/**
 * Null where nothing has to be said. Calls that are forced keep to their schema by themselves; where the model may also
 * answer in text, `VALIDATED` is the mode that keeps to it. A choice without tools is the caller's mistake, as it is at OpenAI.
 */
export function toToolConfig(chat: ChatRequest, endpoint: Endpoint): ToolConfig | null {
  const choice = chat.tool_choice ?? null;
  const tools = chat.tools ?? [];
  if (tools.length === 0) {
    if (choice === null || choice === 'auto' || choice === 'none') return null;
    throw invalid('tool_choice', 'tool_choice asks for a call, but there are no tools.');
  }
  if (choice === 'none') return { functionCallingConfig: { mode: 'NONE' } };
  if (choice === 'required') return { functionCallingConfig: { mode: 'ANY' } };
  if (choice !== null && choice !== 'auto') {
    const name = toFunctionName(choice.function.name, 'tool_choice.function.name');
    return { functionCallingConfig: { mode: 'ANY', allowedFunctionNames: [name] } };
  }
  if (tools.some((tool) => isStrict(tool, endpoint))) return { functionCallingConfig: { mode: 'VALIDATED' } };
  return choice === 'auto' ? { functionCallingConfig: { mode: 'AUTO' } } : null;
}

export function toFunctionName(name: string, param: string): string {
  if (FUNCTION_NAME.test(name)) return name;
  throw invalid(
    param,
    `${param} must start with a letter or "_" and may have letters, digits and "_.:-" only, at most 128 of them, for this model.`,
  );
}
