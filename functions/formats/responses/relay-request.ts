import { type EffortLevel, nearestEffort } from '../../core/endpoints/effort.ts';
import type { Endpoint } from '../../core/endpoints/endpoint.ts';
import type { UpstreamBody } from '../pivot/upstream-format.ts';
import { isRecord } from '../shared/is-record.ts';
import type { Seal } from '../shared/seal.ts';
import { openReasoning } from './item-seals.ts';
import type { ResponsesRequest } from './parse-request.ts';
import { type Item, isKnownItem, isServedTool, type PublicTool, responsesRequestSchema } from './responses-request.ts';
import { toReasoningItems } from './to-reasoning-items.ts';

type Fields = Readonly<Record<string, unknown>>;

/** What callers say to the router, by OpenRouter's and Mesh's names. None of it reaches an upstream. */
const routerOwned: ReadonlySet<string> = new Set([
  'models',
  'provider',
  'weight_profile',
  'session_id',
  'timeout',
  'template',
  'variables',
  'route',
  'transforms',
  'plugins',
  'preset',
  'usage',
  'include_reasoning',
  'cache_control',
  // What Codex tells of itself, to nobody but OpenAI's own service.
  'client_metadata',
]);

/** Fields that every endpoint of this format knows. */
const known: ReadonlySet<string> = new Set(Object.keys(responsesRequestSchema.shape));
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
 * A request to an endpoint of the same format: the caller's own body but for what the router owns. Nothing is stored; reasoning comes
 * back sealed by its provider, so that the next turn can return it; the tier is the standard one, whatever the account's is.
 */
export function toRelayRequest(request: ResponsesRequest, endpoint: Endpoint, maxOutputTokens: number): UpstreamBody {
  const { raw, body } = request;
  const passes = endpoint.request.unknown === 'pass';
  const lacked = lackedFields(endpoint);
  const kept = Object.entries(raw).filter(
    ([field]) => !routerOwned.has(field) && !rewritten.has(field) && !lacked.has(field) && (passes || known.has(field)),
  );
  const include = includeOf(body.include ?? [], endpoint);
  return {
    headers: {},
    body: {
      ...Object.fromEntries(kept),
      model: endpoint.upstreamModel,
      input: toRelayInput(request, endpoint),
      ...toRelayTools(raw, body.tools ?? [], passes),
      ...toRelayReasoning(raw, endpoint),
      ...toRelayText(raw, endpoint),
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

/** Tools that work at the provider go nowhere, and those that only OpenAI knows to nobody else. */
function isRelayed(tool: PublicTool, passes: boolean): boolean {
  if (isServedTool(tool)) return passes || tool.type === 'function';
  return passes && !/^(web_search|image_generation)/.test(tool.type);
}

/** A choice is for tools; without any the API refuses it. Of those that it allows the ones are left that go there. */
function toRelayTools({ tool_choice: choice }: Fields, all: readonly PublicTool[], passes: boolean): Fields {
  const tools = all.filter((tool) => isRelayed(tool, passes));
  if (tools.length === 0) return {};
  if (choice === undefined) return { tools };
  if (!isRecord(choice) || !Array.isArray(choice.tools)) return { tools, tool_choice: choice };
  const types = new Set<unknown>(tools.map(({ type }) => type));
  const allowed = choice.tools.filter((each) => isRecord(each) && types.has(each.type));
  return { tools, tool_choice: { ...choice, tools: allowed } };
}

function toRelayReasoning({ reasoning }: Fields, { capabilities, reasoning: rules }: Endpoint): Fields {
  if (!isRecord(reasoning) || !capabilities.has('reasoning')) return {};
  const { effort, ...rest } = reasoning as { effort?: EffortLevel | null };
  const level = effort == null ? null : nearestEffort(effort, rules.effortLevels);
  return { reasoning: { ...rest, ...(level === null ? {} : { effort: level }) } };
}

function toRelayText({ text }: Fields, { request }: Endpoint): Fields {
  if (!isRecord(text)) return {};
  const { verbosity, ...rest } = text;
  const kept = verbosity != null && request.fields.includes('verbosity') ? { ...rest, verbosity } : rest;
  return Object.keys(kept).length > 0 ? { text: kept } : {};
}

function includeOf(asked: readonly string[], { capabilities }: Endpoint): string[] {
  const wanted = asked.filter((each) => each === 'message.output_text.logprobs');
  return capabilities.has('reasoning') ? [...wanted, 'reasoning.encrypted_content'] : wanted;
}

function toRelayInput({ items, seal }: ResponsesRequest, endpoint: Endpoint): unknown {
  if (typeof items === 'string') return items;
  const passes = endpoint.request.unknown === 'pass';
  const input = items.flatMap((item, at) => toRelayItem(item, `input.${at}`, endpoint, passes, seal));
  // The API refuses reasoning that nothing follows.
  return input.filter(({ type }, at) => type !== 'reasoning' || !endsThought(input[at + 1]));
}

function endsThought(next: Fields | undefined): boolean {
  return next === undefined || (next.role !== undefined && next.role !== 'assistant');
}

/** Without the ids, which name nothing there; reasoning as its issuer wrote it, or none where that is another. */
function toRelayItem(item: Item, param: string, endpoint: Endpoint, passes: boolean, seal: Seal): Fields[] {
  if (!isKnownItem(item)) {
    if (!passes) return [];
    const { id: _, ...rest } = item as Fields;
    // Elsewhere it is the id that names a call.
    return [NAMED_BY_ID.has(item.type) ? (item as Fields) : rest];
  }
  if (item.type === 'reasoning') {
    return toReasoningItems(openReasoning(item, param, seal), endpoint).flatMap(({ part }) =>
      part === null ? [] : [{ ...part, summary: item.summary ?? part.summary } as Fields],
    );
  }
  const { id: _id, status: _status, ...rest } = item as Fields;
  if (item.type === 'additional_tools')
    return [{ ...rest, tools: item.tools.filter((tool) => isRelayed(tool, passes)) }];
  return [rest];
}

const NAMED_BY_ID: ReadonlySet<string> = new Set(['local_shell_call', 'tool_search_output']);
