import { type EffortLevel, nearestEffort } from '../../core/endpoints/effort.ts';
import type { Endpoint } from '../../core/endpoints/endpoint.ts';
import { takesText } from '../../core/endpoints/request-rules.ts';
import { toResponseFormat } from '../chat/to-response-format.ts';
import { withoutNulls } from '../chat/without-nulls.ts';
import type { UpstreamBody } from '../pivot/upstream-format.ts';
import { isRecord } from '../shared/is-record.ts';
import { routerOwned } from '../shared/router-owned.ts';
import type { ResponsesRequest } from './parse-request.ts';
import { RelayTools } from './relay-tools.ts';
import { type CallItem, type Item, isKnownItem, responsesRequestSchema } from './responses-request.ts';
import { toReasoningItems } from './to-reasoning-items.ts';

type Fields = Readonly<Record<string, unknown>>;

/** What is the router's, or tells it something: none of it reaches an upstream. */
const notPassedOn: ReadonlySet<string> = new Set([
  ...routerOwned,
  'models',
  'provider',
  'session_id',
  'timeout',
  // What Codex tells of itself, to nobody but OpenAI's own service.
  'client_metadata',
]);

/** Fields that every endpoint of this format knows. */
const known: ReadonlySet<string> = new Set(Object.keys(responsesRequestSchema.shape));
/** Of those the ones that name something at OpenAI alone. */
const ofOpenAi: ReadonlySet<string> = new Set(['prompt_cache_key', 'safety_identifier']);
/** Written anew, whatever the caller says. */
const rewritten: ReadonlySet<string> = new Set([
  'model',
  'input',
  'tools',
  'tool_choice',
  'reasoning',
  'text',
  'store',
  'stream',
  'include',
  'max_output_tokens',
  'service_tier',
  'truncation',
]);

/**
 * Whether an endpoint can be asked as the caller asks: it has the same format, and knows the tools, their names and the ids of their
 * calls. Else the request is translated into what the endpoint knows, as for any other.
 */
export function canRelay(asked: ResponsesRequest, endpoint: Endpoint): boolean {
  const { isNative, pivot, tools, items } = asked;
  const { format, request } = endpoint;
  const { chat } = pivot;
  if (format !== 'responses' || (isNative && request.unknown !== 'pass')) return false;
  const ids = chat.messages.flatMap((message) =>
    message.role === 'assistant' ? (message.tool_calls ?? []).map(({ id }) => id) : [],
  );
  const fit = ids.every((id) => takesText(id, request.toolIds)) && new Set(ids).size === ids.length;
  const called = typeof items === 'string' ? [] : items.filter(isCall);
  // A namespace and a tool in it have a name each here; in the pivot they have one together.
  const names = [...tools.names(), ...called].flatMap(({ name, namespace }) => [name, namespace ?? name]);
  return fit && names.every((name) => takesText(name, request.toolNames));
}

function isCall(item: Item): item is Item & CallItem {
  return isKnownItem(item) && (item.type === 'function_call' || item.type === 'custom_tool_call');
}

/**
 * A request to an endpoint of the same format: the caller's own body but for what the router owns. Nothing is stored; reasoning comes
 * back sealed by its provider, so that the next turn can return it; the tier is the standard one, whatever the account's is.
 */
export function toRelayRequest(request: ResponsesRequest, endpoint: Endpoint, maxOutputTokens: number): UpstreamBody {
  const { raw, body } = request;
  const passes = endpoint.request.unknown === 'pass';
  const lacked = lackedFields(endpoint);
  const kept = Object.entries(raw).filter(
    ([field]) =>
      !notPassedOn.has(field) &&
      !rewritten.has(field) &&
      !lacked.has(field) &&
      (passes || (known.has(field) && !ofOpenAi.has(field))),
  );
  const relayed = new RelayTools(request, endpoint);
  const tools = relayed.of(body.tools ?? []);
  const include = includeOf(body.include ?? [], endpoint);
  return {
    headers: {},
    body: {
      ...Object.fromEntries(kept),
      model: endpoint.upstreamModel,
      input: toRelayInput(request, endpoint, relayed),
      ...(tools.length > 0 ? { tools } : {}),
      ...relayed.choice(raw.tool_choice, tools),
      ...toRelayReasoning(raw, endpoint),
      ...toRelayText(request, endpoint),
      store: false,
      ...(include.length > 0 ? { include } : {}),
      max_output_tokens: maxOutputTokens,
      ...(passes ? { service_tier: 'default' } : {}),
      ...(body.stream === true ? { stream: true } : {}),
    },
  };
}

/** Fields that the catalogue says this endpoint refuses. */
function lackedFields({ capabilities, request }: Endpoint): ReadonlySet<string> {
  const lacked = new Set<string>();
  for (const field of ['temperature', 'top_p'] as const) {
    if (!capabilities.has('sampling') || !request.fields.includes(field)) lacked.add(field);
  }
  for (const field of ['metadata', 'user', 'parallel_tool_calls'] as const) {
    if (!request.fields.includes(field)) lacked.add(field);
  }
  return lacked;
}

function toRelayReasoning({ reasoning }: Fields, { capabilities, reasoning: rules }: Endpoint): Fields {
  if (!isRecord(reasoning) || !capabilities.has('reasoning')) return {};
  const { effort, ...rest } = reasoning as { effort?: EffortLevel | null };
  const level = effort == null ? null : nearestEffort(effort, rules.effortLevels);
  return { reasoning: { ...withoutNulls(rest), ...(level === null ? {} : { effort: level }) } };
}

/** The schema of an answer is fitted like those of tools. */
function toRelayText({ raw, pivot }: ResponsesRequest, endpoint: Endpoint): Fields {
  if (!isRecord(raw.text)) return {};
  const { verbosity, ...rest } = withoutNulls(raw.text);
  const fitted = toResponseFormat(pivot.chat, endpoint);
  const { schema } = fitted?.type === 'json_schema' ? fitted.json_schema : {};
  const kept = {
    ...rest,
    ...(schema !== undefined && isRecord(rest.format) ? { format: { ...withoutNulls(rest.format), schema } } : {}),
    ...(verbosity !== undefined && endpoint.request.fields.includes('verbosity') ? { verbosity } : {}),
  };
  return Object.keys(kept).length > 0 ? { text: kept } : {};
}

function includeOf(asked: readonly string[], { capabilities }: Endpoint): string[] {
  const wanted = asked.filter((each) => each === 'message.output_text.logprobs');
  return capabilities.has('reasoning') ? [...wanted, 'reasoning.encrypted_content'] : wanted;
}

function toRelayInput(request: ResponsesRequest, endpoint: Endpoint, tools: RelayTools): unknown {
  const { items } = request;
  if (typeof items === 'string') return items;
  return withoutLoose(items.flatMap((item) => toRelayItem(item, request, endpoint, tools)));
}

/** Without the reasoning that nothing follows but more of it, which the API refuses. */
function withoutLoose(input: readonly Fields[]): Fields[] {
  let next: Fields | undefined;
  const kept: Fields[] = [];
  for (const item of input.toReversed()) {
    if (item.type !== 'reasoning') next = item;
    else if (endsThought(next)) continue;
    kept.push(item);
  }
  return kept.reverse();
}

function endsThought(next: Fields | undefined): boolean {
  return next === undefined || (next.role !== undefined && next.role !== 'assistant');
}

/** Without the ids, which name nothing there; reasoning as its issuer wrote it, or none where that is another. */
function toRelayItem(item: Item, { thoughts }: ResponsesRequest, endpoint: Endpoint, tools: RelayTools): Fields[] {
  if (!isKnownItem(item)) {
    if (endpoint.request.unknown !== 'pass') return [];
    const { id: _, ...rest } = item as Fields;
    // Elsewhere it is the id that names a call.
    return [NAMED_BY_ID.has(item.type) ? (item as Fields) : rest];
  }
  if (item.type === 'reasoning') {
    return toReasoningItems(thoughts.get(item) ?? [], endpoint).flatMap(({ part }) =>
      part === null ? [] : [{ ...part, summary: item.summary ?? part.summary } as Fields],
    );
  }
  const rest = withoutAdded(item);
  return [item.type === 'additional_tools' ? { ...rest, tools: tools.of(item.tools) } : rest];
}

/** An item without what names or describes it, without nulls, which Python's SDK writes for what is not there, and without what OpenAI's own SDKs add to what they parse, which the API refuses. */
function withoutAdded(item: Item): Fields {
  const { id: _id, status: _status, parsed_arguments: _arguments, ...rest } = withoutNulls(item as Fields);
  if (!Array.isArray(rest.content)) return rest;
  return { ...rest, content: rest.content.map(({ parsed: _, ...part }: Fields) => part) };
}

const NAMED_BY_ID: ReadonlySet<string> = new Set(['local_shell_call', 'tool_search_output']);
