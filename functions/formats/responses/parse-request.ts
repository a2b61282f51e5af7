import { z } from 'zod';
import { MeshError } from '../../core/errors.ts';
import { mendUser } from '../chat/mend-request.ts';
import type { ChatRequest, ReasoningDetail } from '../pivot/chat-request.ts';
import type { PivotRequest } from '../pivot/upstream-format.ts';
import { bodyChecker } from '../shared/check-body.ts';
import { isRecord } from '../shared/is-record.ts';
import type { OwnerSeal } from '../shared/owner-seal.ts';
import { refuseUnserved } from '../shared/refuse-unserved.ts';
import { fromInput } from './from-input.ts';
import { openReasoning, resolveReferences } from './item-seals.ts';
import {
  type Item,
  inputItem,
  inputOf,
  isKnownItem,
  isServedTool,
  type ResponsesBody,
  responsesRequestSchema,
} from './responses-request.ts';
import { ToolBook } from './tool-book.ts';
import { isOfProviders } from './tool-uses.ts';
import { unservedFields } from './unserved-fields.ts';

type Fields = Readonly<Record<string, unknown>>;

/** A request of the Responses API, ready for a relay and for every other format. */
export interface ResponsesRequest {
  /** The caller's own body, with its defaults. Never changed. */
  raw: Fields;
  body: ResponsesBody;
  /** The items, references replaced by what they refer to. */
  items: string | readonly Item[];
  /** What was sealed in the reasoning among them. */
  thoughts: ReadonlyMap<Item, readonly ReasoningDetail[]>;
  /** The same for formats that are not this one. */
  pivot: PivotRequest;
  tools: ToolBook;
  /** Whether there is something in it that only OpenAI knows. */
  isNative: boolean;
  /** What only OpenAI reads of it, beside what the pivot has: items, tools, words about tools. */
  unsaid: readonly unknown[];
  /** Tools that only OpenAI knows: it has words of its own about each. */
  ownTools: number;
  /** Whether the next turn may refer to items by their ids. */
  refers: boolean;
  /** Whether reasoning is to come back with what its issuer needs of it. */
  includesReasoning: boolean;
  /** Whether reasoning is to be shown. */
  showsReasoning: boolean;
  seal: OwnerSeal;
}

const checkBody = bodyChecker({
  body: responsesRequestSchema,
  list: 'input',
  anyList: inputOf(z.unknown()),
  entry: inputItem,
});

/**
 * Reads the body of `POST /v1/responses`, item by item. `defaults` (the key's own, by chat's names) stand where the caller said nothing. Throws
 * `invalid_request_error` with the path of the first mistake as `param`; no message quotes a value from the request.
 */
export function* parseResponsesRequest(
  body: unknown,
  defaults: Fields,
  seal: OwnerSeal,
): Generator<void, ResponsesRequest> {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new MeshError('invalid_request_error', { message: 'The body must be a JSON object.' });
  }
  const given = withDefaults(withoutNulls(body as Fields), withoutNulls(toOwnNames(defaults)));
  const raw = typeof given.user === 'string' ? { ...given, user: mendUser(given.user) } : given;
  refuseUnserved(raw, unservedFields);
  return yield* readRequest(raw, yield* checkBody(raw), seal);
}

function* readRequest(raw: Fields, body: ResponsesBody, seal: OwnerSeal): Generator<void, ResponsesRequest> {
  const items = typeof body.input === 'string' ? body.input : yield* resolveReferences(body.input, seal);
  const list = typeof items === 'string' ? [] : items;
  const later = list.flatMap((item) => (isKnownItem(item) && item.type === 'additional_tools' ? item.tools : []));
  const allTools = [...(body.tools ?? []), ...later];
  const tools = new ToolBook(allTools, 'tools');
  const ownTools = allTools.filter((tool) => !isServedTool(tool) && !isOfProviders(tool));
  const namespaces = allTools.flatMap((tool) =>
    tool.type === 'namespace' ? [{ name: tool.name, description: tool.description }] : [],
  );
  const foreign = list.filter((item) => !isKnownItem(item));
  const { reasoning, include, store } = body;
  const summary = reasoning?.summary ?? reasoning?.generate_summary ?? null;
  const thoughts = new Map<Item, readonly ReasoningDetail[]>();
  const messages = yield* fromInput(
    { input: items, instructions: body.instructions ?? null },
    {
      tools,
      open(item, param) {
        const details = openReasoning(item, param, seal);
        thoughts.set(item, details);
        return details;
      },
    },
  );
  if (messages.length === 0) {
    throw new MeshError('invalid_request_error', { param: 'input', message: 'There is nothing in `input` to answer.' });
  }
  const chat = toChat(body, messages, tools, summary !== null);
  return {
    raw,
    body,
    items,
    thoughts,
    pivot: { chat, raw: { ...chat, ...sharedFields(raw) } },
    tools,
    isNative: tools.isNative || foreign.length > 0 || list.some(isNativeItem),
    unsaid: [...foreign, ...ownTools, ...namespaces],
    ownTools: ownTools.length,
    refers: store !== false,
    includesReasoning: include?.includes('reasoning.encrypted_content') === true,
    showsReasoning: summary !== null,
    seal,
  };
}

function isNativeItem(item: Item): boolean {
  if (!isKnownItem(item)) return false;
  if (item.type === 'function_call') return item.namespace != null;
  return ['custom_tool_call', 'custom_tool_call_output', 'additional_tools'].includes(item.type);
}

function toChat(
  body: ResponsesBody,
  messages: ChatRequest['messages'],
  book: ToolBook,
  showsReasoning: boolean,
): ChatRequest {
  const { reasoning, text, include } = body;
  const { tools, tool_choice } = book.choose(body.tool_choice);
  const logprobs = include?.includes('message.output_text.logprobs') === true || body.top_logprobs != null;
  return {
    model: body.model,
    messages,
    stream: body.stream,
    max_completion_tokens: body.max_output_tokens,
    temperature: body.temperature,
    top_p: body.top_p,
    ...(logprobs ? { logprobs: true, top_logprobs: body.top_logprobs } : {}),
    ...(tools.length === 0 ? {} : { tools: [...tools] }),
    ...(tool_choice === undefined ? {} : { tool_choice }),
    parallel_tool_calls: body.parallel_tool_calls,
    ...(reasoning == null ? {} : { reasoning: { effort: reasoning.effort, exclude: !showsReasoning } }),
    verbosity: text?.verbosity,
    response_format: toResponseFormat(text?.format),
    user: body.user,
    metadata: body.metadata,
    models: body.models,
    provider: body.provider,
    weight_profile: body.weight_profile,
    session_id: body.session_id,
  };
}

function toResponseFormat(format: NonNullable<ResponsesBody['text']>['format']): ChatRequest['response_format'] {
  if (format == null) return undefined;
  if (format.type !== 'json_schema') return { type: format.type };
  const { name, description, schema, strict } = format;
  return { type: 'json_schema', json_schema: { name, description, schema, strict } };
}

/** What OpenAI's two APIs have in common and the pivot has not. */
function sharedFields({ prompt_cache_key, safety_identifier }: Fields): Fields {
  return {
    ...(typeof prompt_cache_key === 'string' ? { prompt_cache_key } : {}),
    ...(typeof safety_identifier === 'string' ? { safety_identifier } : {}),
  };
}

/** A key's defaults have chat's names. */
function toOwnNames({ max_tokens, max_completion_tokens, reasoning_effort, verbosity, ...defaults }: Fields): Fields {
  const limit = max_completion_tokens ?? max_tokens;
  return {
    ...defaults,
    ...(limit == null ? {} : { max_output_tokens: limit }),
    ...(reasoning_effort == null ? {} : { reasoning: { effort: reasoning_effort } }),
    ...(verbosity == null ? {} : { text: { verbosity } }),
  };
}

/** Of `reasoning` and `text` each field stands for itself. */
function withDefaults(said: Fields, defaults: Fields): Fields {
  const both = (name: string) => {
    const [own, other] = [said[name], defaults[name]];
    return isRecord(own) && isRecord(other) ? { [name]: { ...other, ...withoutNulls(own) } } : {};
  };
  return { ...defaults, ...said, ...both('reasoning'), ...both('text') };
}

/** Null says nothing, wherever OpenAI documents it. */
function withoutNulls(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));
}
