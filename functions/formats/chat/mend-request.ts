import { createHash } from 'node:crypto';
import { MeshError } from '../../core/errors.ts';
import { MAX_NAME_LENGTH } from '../pivot/chat-request.ts';
import { isRecord } from '../shared/is-record.ts';
import { isResponsesBody, toChatBody } from './from-responses-body.ts';
import { mendFunctionRole } from './mend-function-role.ts';
import { mendParts } from './mend-parts.ts';
import { mendToolParts } from './mend-tool-parts.ts';

type Fields = Readonly<Record<string, unknown>>;

/**
 * The body of a chat request in the one form that the router works with: forms that clients send for the same thing are
 * rewritten, whatever else is wrong is left for the schema to name. Nothing of the body given is changed. It stops
 * after each message.
 */
export function* mendRequest(body: Fields): Generator<void, Fields> {
  const chat = isResponsesBody(body) ? toChatBody(body) : body;
  const mended: Record<string, unknown> = { ...chat };
  if (Array.isArray(chat.tools)) mended.tools = chat.tools.map(mendTool);
  if (isRecord(chat.tool_choice)) Object.assign(mended, mendChoice(chat.tool_choice, mended.tools));
  if (Array.isArray(chat.messages)) mended.messages = yield* mendParts(mendToolParts(mendFunctionRole(chat.messages)));
  if (typeof chat.user === 'string') mended.user = mendUser(chat.user);
  return mended;
}

/** The flat tools of the Responses API, and Anthropic's. */
function mendTool(tool: unknown): unknown {
  if (!isRecord(tool) || tool.function !== undefined || tool.name === undefined) return tool;
  const { type, cache_control, input_schema, ...called } = tool;
  if (type !== 'function' && input_schema === undefined) return tool;
  const parameters = input_schema === undefined ? {} : { parameters: input_schema };
  return {
    type: 'function',
    function: { ...called, ...parameters },
    ...(cache_control === undefined ? {} : { cache_control }),
  };
}

/** Anthropic's choices. */
const choices: Readonly<Record<string, string>> = { auto: 'auto', any: 'required', none: 'none' };

/** The flat choice, Anthropic's, and a choice among some of the tools: every provider understands that there are only these. */
function mendChoice(choice: Fields, tools: unknown): Fields {
  const simple = choices[String(choice.type)];
  if (simple !== undefined) return { tool_choice: simple };
  const isNamed = choice.type === 'function' || choice.type === 'tool';
  if (isNamed && choice.function === undefined && choice.name !== undefined) {
    return { tool_choice: { type: 'function', function: { name: choice.name } } };
  }
  if (choice.type !== 'allowed_tools' || !Array.isArray(tools)) return {};
  const { mode, tools: allowed } = isRecord(choice.allowed_tools) ? choice.allowed_tools : choice;
  if ((mode !== 'auto' && mode !== 'required') || !Array.isArray(allowed)) return {};
  const names = new Set(allowed.map((tool) => nameOf(mendTool(tool))));
  const kept = tools.filter((tool) => names.has(nameOf(tool)));
  if (kept.length < names.size) {
    throw new MeshError('invalid_request_error', {
      param: 'tool_choice',
      message: 'tool_choice allows a tool that is not among `tools`.',
    });
  }
  return { tools: kept, tool_choice: mode };
}

function nameOf(tool: unknown): unknown {
  return isRecord(tool) && isRecord(tool.function) ? tool.function.name : undefined;
}

/** One too long for providers is sent as its hash, so that the same user keeps the same name. */
export function mendUser(user: string): string {
  return user.length <= MAX_NAME_LENGTH ? user : createHash('sha256').update(user).digest('hex');
}
