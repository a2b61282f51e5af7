import { type EffortLevel, effortLevels, nearestEffort } from '../../core/endpoints/effort.ts';
import type { Endpoint } from '../../core/endpoints/endpoint.ts';
import { isRecord } from '../shared/is-record.ts';
import { toolReferenceText } from './parse-parts.ts';

type Fields = Readonly<Record<string, unknown>>;

/** What is part of the API itself, on all platforms. */
const fields = [
  ...['model', 'max_tokens', 'messages', 'system', 'tools', 'tool_choice', 'thinking', 'output_config', 'stream'],
  ...['stop_sequences', 'temperature', 'top_p', 'top_k', 'metadata'],
];
const toolFields = ['name', 'description', 'input_schema', 'cache_control', 'type'];

/** A body without what hangs on a beta: fields at its top, of its tools, of its thinking. */
export function withoutBetas(body: Fields, endpoint: Endpoint): Fields {
  const kept = pick(body, fields);
  return {
    ...kept,
    ...(Array.isArray(body.messages) ? { messages: body.messages.map(plainMessage) } : {}),
    ...(Array.isArray(body.tools) ? { tools: body.tools.map((tool: Fields) => plainTool(tool, endpoint)) } : {}),
    ...(isRecord(body.thinking) ? { thinking: pick(body.thinking, ['type', 'budget_tokens']) } : {}),
    output_config: plainOutput(body, endpoint),
  };
}

/** The system speaks at the beginning alone; what it says later is the user's, in its place. */
function plainMessage({ role, content, ...others }: Fields): Fields {
  return {
    ...others,
    role: role === 'system' ? 'user' : role,
    content: Array.isArray(content) ? content.map(plainBlock) : content,
  };
}

function plainBlock(block: Fields): Fields {
  if (block.type !== 'tool_result' || !Array.isArray(block.content)) return block;
  const content = block.content.map((inner: Fields) =>
    inner.type === 'tool_reference' ? { type: 'text', text: toolReferenceText(inner) } : inner,
  );
  return { ...block, content };
}

function plainTool(tool: Fields, { capabilities }: Endpoint): Fields {
  return pick(tool, capabilities.has('json_schema') ? [...toolFields, 'strict'] : toolFields);
}

/** A level of effort is only said to models that take one by name. A format may have come by its older name, which is a beta's. */
function plainOutput({ output_config, output_format }: Fields, { reasoning }: Endpoint): Fields | undefined {
  const { effort, format: named }: Fields = isRecord(output_config) ? output_config : {};
  const format = named ?? output_format;
  const isLevel = effortLevels.includes(effort as EffortLevel) && reasoning.send !== 'budget';
  const taken = isLevel ? nearestEffort(effort as EffortLevel, reasoning.effortLevels) : null;
  if (taken === null && format == null) return undefined;
  return { ...(taken === null ? {} : { effort: taken }), ...(format == null ? {} : { format }) };
}

function pick(fields: Fields, names: readonly string[]): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => names.includes(name)));
}
