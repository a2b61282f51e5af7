import { type CustomTool, toFunctionOfText, toInputArguments } from '../shared/custom-tools.ts';
import { isRecord } from '../shared/is-record.ts';

type Fields = Readonly<Record<string, unknown>>;

/** A body in which functions of one text stand for custom tools, and the names of those. */
export interface WithoutCustomTools {
  body: Fields;
  names: ReadonlySet<string>;
}

/**
 * Rewrites OpenAI's custom tools, choices of them and earlier calls as functions of one text, which every provider has; in chat's
 * own form and in the flat one of the Responses API. What is no custom tool is left, for the schema to name.
 */
export function mendCustomTools(body: Fields): WithoutCustomTools {
  const { tools, tool_choice, messages } = body;
  const names = new Set<string>();
  const mended: Record<string, unknown> = { ...body };
  if (Array.isArray(tools)) mended.tools = tools.map((tool) => mendTool(tool, names));
  if (isRecord(tool_choice)) mended.tool_choice = mendChoice(tool_choice);
  if (Array.isArray(messages)) mended.messages = messages.map(mendMessage);
  return { body: mended, names };
}

function mendTool(tool: unknown, names: Set<string>): unknown {
  const custom = customOf(tool);
  if (custom === null) return tool;
  names.add(custom.name);
  const { cache_control } = tool as Fields;
  const marker = cache_control === undefined ? {} : { cache_control };
  return { type: 'function', function: toFunctionOfText(custom), ...marker };
}

/** One tool, or some that are allowed: in chat's form these stand one level deeper. */
function mendChoice(choice: Fields): unknown {
  const custom = customOf(choice);
  if (custom !== null) return { type: 'function', function: { name: custom.name } };
  const { tools, allowed_tools } = choice;
  if (Array.isArray(tools)) return { ...choice, tools: tools.map(mendAllowed) };
  if (!isRecord(allowed_tools) || !Array.isArray(allowed_tools.tools)) return choice;
  return { ...choice, allowed_tools: { ...allowed_tools, tools: allowed_tools.tools.map(mendAllowed) } };
}

function mendAllowed(tool: unknown): unknown {
  const custom = customOf(tool);
  return custom === null ? tool : { type: 'function', function: { name: custom.name } };
}

function mendMessage(message: unknown): unknown {
  if (!isRecord(message) || !Array.isArray(message.tool_calls)) return message;
  return { ...message, tool_calls: message.tool_calls.map(mendCall) };
}

function mendCall(call: unknown): unknown {
  const custom = customOf(call);
  if (custom === null) return call;
  const { custom: _, ...others } = call as Fields;
  const { input } = custom;
  const text = typeof input === 'string' ? input : input == null ? '' : JSON.stringify(input);
  return { ...others, type: 'function', function: { name: custom.name, arguments: toInputArguments(text) } };
}

/** What a tool, a choice or a call says of its custom tool; null where it is of another kind (Anthropic's), or says no name. */
function customOf(entry: unknown): (CustomTool & Fields) | null {
  if (!isRecord(entry) || entry.type !== 'custom' || entry.input_schema !== undefined) return null;
  const custom = isRecord(entry.custom) ? entry.custom : entry;
  return typeof custom.name === 'string' ? (custom as CustomTool & Fields) : null;
}
