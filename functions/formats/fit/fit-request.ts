import type { Endpoint } from '../../core/endpoints/endpoint.ts';
import { type OptionalField, optionalFields, type RequestRules } from '../../core/endpoints/request-rules.ts';
import { type AssistantMessage, type ChatMessage, type ChatRequest, toArgumentsText } from '../pivot/chat-request.ts';
import type { ParsedChat, PivotRequest } from '../pivot/upstream-format.ts';
import { imageTypeOf } from '../shared/image-type.ts';
import { passesOn } from '../shared/passes-on.ts';
import { toTurns } from '../shared/turns.ts';
import { fitArguments } from './call-arguments.ts';
import { fitCallIds } from './call-ids.ts';
import { ToolNames } from './tool-names.ts';

type Body = Pick<ChatRequest, OptionalField | 'messages' | 'tools' | 'tool_choice'>;

/**
 * The same request as an endpoint takes it, before any format: without the fields that it lacks, with ids and names that it
 * takes, with arguments that are objects, and images that say what they are. Of the caller's body and what was understood of it
 * only the one is fitted that is sent.
 */
export function fitRequest(parsed: ParsedChat, endpoint: Endpoint): ParsedChat {
  const { chat, raw } = parsed;
  if (!passesOn(raw, endpoint)) return { ...parsed, chat: fitBody(chat, endpoint) };
  // The caller's own body has been validated, so it is a request too, with more fields in it.
  return { ...parsed, raw: fitBody(raw as unknown as ChatRequest, endpoint) };
}

/** What is the default anyway: many clients always send it. */
const defaults: Readonly<Partial<Record<OptionalField, unknown>>> = {
  temperature: 1,
  top_p: 1,
  top_k: 0,
  min_p: 0,
  frequency_penalty: 0,
  presence_penalty: 0,
  repetition_penalty: 1,
  user: '',
  parallel_tool_calls: true,
};

/** The fields of a request that an endpoint would not get, and that its caller would miss. */
export function missedFields({ chat }: PivotRequest, endpoint: Endpoint): OptionalField[] {
  return lackedFields(chat, endpoint).filter((field) => chat[field] !== defaults[field]);
}

function lackedFields(body: Body, { request }: Endpoint): OptionalField[] {
  return optionalFields.filter((field) => body[field] != null && !request.fields.includes(field));
}

/** How the tools of a request are called at an endpoint. */
export function toolNamesOf(chat: ChatRequest, { request }: Endpoint): ToolNames {
  return new ToolNames(chat, request.toolNames);
}

function fitBody<T extends Body>(body: T, endpoint: Endpoint): T {
  const { request } = endpoint;
  const names = new ToolNames(body, request.toolNames);
  const lacked = lackedFields(body, endpoint);
  const { tools, tool_choice } = body;
  return {
    ...body,
    ...Object.fromEntries(lacked.map((field) => [field, undefined])),
    ...toTemperature(body, request),
    messages: fitMessages(body.messages, endpoint, names),
    ...(names.same
      ? {}
      : {
          tools: tools?.map((tool) => ({
            ...tool,
            function: { ...tool.function, name: names.fit(tool.function.name) },
          })),
          tool_choice:
            typeof tool_choice === 'object' && tool_choice !== null
              ? { ...tool_choice, function: { ...tool_choice.function, name: names.fit(tool_choice.function.name) } }
              : tool_choice,
        }),
  };
}

function toTemperature(body: Body, { fields, maxTemperature }: RequestRules): Pick<Body, 'temperature'> {
  const { temperature } = body;
  if (temperature == null || maxTemperature === null || !fields.includes('temperature')) return {};
  return { temperature: Math.min(temperature, maxTemperature) };
}

function fitMessages(messages: readonly ChatMessage[], { request }: Endpoint, names: ToolNames): ChatMessage[] {
  const hasCalls = messages.some((message) => message.role === 'assistant' && message.tool_calls?.length);
  return (hasCalls ? fitIds(messages, request) : messages).map((message) => {
    if (message.role === 'assistant') return message.tool_calls?.length ? fitCalls(message, names) : message;
    return message.role === 'user' || message.role === 'tool' ? fitImages(message) : message;
  });
}

function fitIds(messages: readonly ChatMessage[], { toolIds }: RequestRules): ChatMessage[] {
  const unique = fitCallIds(messages, { pattern: null, max: null });
  // Calls and results that do not belong together are told by the ids that the caller knows.
  toTurns(unique);
  return fitCallIds(unique, toolIds);
}

function fitCalls(message: AssistantMessage, names: ToolNames): AssistantMessage {
  const tool_calls = message.tool_calls?.map((call) => ({
    ...call,
    function: {
      ...call.function,
      name: names.fit(call.function.name),
      // In the caller's own body they may also be null, or the object itself.
      arguments: fitArguments(toArgumentsText(call.function.arguments)),
    },
  }));
  return { ...message, tool_calls };
}

function fitImages<T extends ChatMessage & { role: 'user' | 'tool' }>(message: T): T {
  if (typeof message.content === 'string' || message.content.every(({ type }) => type === 'text')) return message;
  const content = message.content.map((part) => {
    if (part.type === 'image_url')
      return { ...part, image_url: { ...part.image_url, url: fitUrl(part.image_url.url) } };
    if (part.type !== 'file' || part.file.file_data === undefined) return part;
    return { ...part, file: { ...part.file, file_data: fitUrl(part.file.file_data) } };
  });
  return { ...message, content };
}

/** As much of a data URL as its media type takes, and of the data as the first bytes are. */
const DATA_URL = /^data:([^,]{0,255}),\s*(.{0,32})/is;

/** Providers look at the bytes and refuse an image that says it is of another type; clients go by the name of a file. */
function fitUrl(url: string): string {
  const [all, head = '', begin = ''] = DATA_URL.exec(url) ?? [];
  const type = imageTypeOf(begin);
  if (all === undefined || type === null || !/;base64$/i.test(head)) return url;
  const [named = '', ...parameters] = head.split(';');
  return named.toLowerCase() === type ? url : `data:${[type, ...parameters].join(';')}${url.slice(url.indexOf(','))}`;
}
