import { isRecord } from '../shared/is-record.ts';
import { invalid } from '../shared/refusals.ts';
import { blockFields } from './messages-request.ts';

type Fields = Readonly<Record<string, unknown>>;

/**
 * Fields that change what a request costs, or that keep something in our account at the provider, where every caller could
 * reach it. The catalogue has no price for them, so they are refused before anything is held; `unless` says what costs nothing.
 */
const costly: Readonly<Record<string, { unless: readonly unknown[]; why: string; details?: object }>> = {
  service_tier: { unless: ['auto', 'standard_only'], why: 'Only the standard service tier is served.' },
  speed: { unless: ['standard'], why: 'The fast mode has a price of its own, and is not served.' },
  inference_geo: { unless: ['global'], why: 'A region of inference has a price of its own, and is not served.' },
  mcp_servers: { unless: [], why: 'MCP servers that the provider calls are not served.' },
  container: { unless: [], why: 'Containers at the provider are not served.' },
  fallbacks: { unless: [], why: 'Fallbacks at the provider have prices of their own; `models` is the router’s.' },
  fallback_credit_token: { unless: [], why: 'Credits of the provider’s own fallbacks are not served.' },
  billing_policy: { unless: [], why: 'Nobody but the owner of the key is billed.' },
  thread: {
    unless: [],
    why: 'Conversations that the provider keeps are not served.',
    // By this Anthropic's SDK knows to send the whole conversation instead; its tool runner asks for a thread by itself.
    details: { error_code: 'thread_unsupported_request', unsupported: ['thread'] },
  },
};

/** Tools that run at the provider are dated too, or are all of a server's. */
const DATED = /_\d{8}$|^mcp_toolset$/;
/** Tools that the client runs itself, by Anthropic's names: they cost tokens and nothing else. */
const CLIENT_TOOL = /^(custom|(bash|text_editor|computer|memory|browser_toolset|computer_toolset)_\d+)$/;

/** Throws `invalid_request_error` for the first field that costs in a way that is not served. */
export function refuseCostly(body: Fields): void {
  for (const [field, { unless, why, details }] of Object.entries(costly)) {
    if (saysNothing(body[field]) || unless.includes(body[field])) continue;
    throw details === undefined ? invalid(field, why) : invalid(field, why).with({ details });
  }
  if (Array.isArray(body.tools)) for (const [at, tool] of body.tools.entries()) refuseServerTool(tool, `tools.${at}`);
}

/** Whether a definition is of a tool that the client runs itself, in the schema that Anthropic has for it. */
export function isAnthropicsTool(tool: Fields): boolean {
  return tool.type != null && tool.type !== 'custom';
}

/** Such a field, and not a text that says so. */
const FILE_ID = /"file_id":"/;

/** Throws for what lies in the router's own account, and for tools that are defined within a conversation. */
export function refuseCostlyBlock(block: Fields, param: string): void {
  const { source, type, tool } = block;
  // Such a file lies in the router's own account, where every caller could read every other's.
  const why = 'Files stored at a provider cannot be used; send their content.';
  if (isRecord(source) && source.type === 'file') throw invalid(`${param}.source`, why);
  if (!blockFields.has(String(type)) && FILE_ID.test(JSON.stringify(block))) throw invalid(param, why);
  if (type === 'container_upload') throw invalid(param, 'Containers at the provider are not served.');
  if (type === 'tool_addition' && isRecord(tool)) {
    // By name, or the definition itself.
    if (tool.type !== 'tool_reference') refuseServerTool(isRecord(tool.tool) ? tool.tool : tool, `${param}.tool`);
  }
}

function refuseServerTool(tool: unknown, param: string): void {
  if (!isRecord(tool) || tool.type == null) return;
  if (typeof tool.type === 'string' && CLIENT_TOOL.test(tool.type)) return;
  throw invalid(
    `${param}.type`,
    DATED.test(String(tool.type))
      ? 'Tools that run at the provider have prices of their own, and are not served.'
      : `${param}.type: there is no such type of tools; one of your own has no type, a \`name\` and an \`input_schema\`.`,
  );
}

function saysNothing(value: unknown): boolean {
  return value == null || (Array.isArray(value) && value.length === 0);
}
