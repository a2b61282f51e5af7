import { type EffortLevel, effortLevels } from '../../functions/core/endpoints/effort.ts';
import { type ListEntry, toListPrice } from './list-price.ts';
import { type Part, type PartPrice, type PriceFound, toOnePrice } from './price-found.ts';

/** What is known of a model at one of our providers. */
export interface ListedModel {
  /** Our id of the provider. */
  provider: string;
  /** What the provider calls it. */
  model: string;
  context_length?: number;
  max_output_tokens?: number;
  /** Names of our capabilities, `adaptive` for Claude that thinks as much as it likes, `replay` where reasoning is wanted back. */
  can: string[];
  /** Those that its provider names; absent where it names none. */
  effort_levels?: EffortLevel[];
  retires_at?: string;
  /** The page that says so. */
  source?: string;
  /** What it costs by the list. */
  found: PriceFound;
}

/** Providers of LiteLLM's list, with what stands before their models' names, and ours. */
const providers: ReadonlyMap<string, readonly [id: string, before: string]> = new Map([
  ['openai', ['openai', '']],
  ['anthropic', ['anthropic', '']],
  ['gemini', ['google', 'gemini/']],
  ['vertex_ai-language-models', ['vertex', '']],
  ['vertex_ai-anthropic_models', ['vertex-claude', 'vertex_ai/']],
  ['bedrock', ['bedrock', '']],
  ['bedrock_converse', ['bedrock', '']],
  ['deepseek', ['deepseek', 'deepseek/']],
  ['mistral', ['mistral', 'mistral/']],
  ['groq', ['groq', 'groq/']],
  ['xai', ['xai', 'xai/']],
  ['together_ai', ['together', 'together_ai/']],
  ['fireworks_ai', ['fireworks', 'fireworks_ai/']],
  ['moonshot', ['moonshot', 'moonshot/']],
  ['cerebras', ['cerebras', 'cerebras/']],
  ['zai', ['zai', 'zai/']],
  ['azure', ['azure', 'azure/']],
]);

const capabilityOf: Readonly<Record<string, string>> = {
  supports_function_calling: 'tools',
  supports_vision: 'vision',
  supports_audio_input: 'audio',
  supports_video_input: 'video',
  supports_pdf_input: 'file',
  supports_response_schema: 'json_schema',
  supports_reasoning: 'reasoning',
  supports_adaptive_thinking: 'adaptive',
};

/** The models of LiteLLM's list that our providers serve under a name of their own, to answer chats; by provider and name. */
export function readListedModels(list: Readonly<Record<string, ListEntry>>): ListedModel[] {
  const found = Object.entries(list).flatMap(([name, entry]) => {
    const [provider, before] = providers.get(String(entry.litellm_provider)) ?? [];
    if (provider === undefined || before === undefined || !name.startsWith(before)) return [];
    const model = name.slice(before.length);
    return servesChats(provider, model, entry) ? [toListedModel(provider, model, entry)] : [];
  });
  return found.sort((a, b) => compare(a.provider, b.provider) || compare(a.model, b.model));
}

function servesChats(provider: string, model: string, entry: ListEntry): boolean {
  if (entry.mode !== 'chat' && !(entry.mode === 'responses' && /^(openai|azure)$/.test(provider))) return false;
  // Of Bedrock: what is called in our region or everywhere, not the profiles and prices of other regions.
  if (provider === 'bedrock' && /^(apac|au|ca|eu|in|jp|sa)\./.test(model)) return false;
  if (provider === 'bedrock') return /^((global|us)\.)?[a-z0-9]+\.[^/@]+$/.test(model);
  // Of Fireworks: nearly all that lacks a source runs on one's own machines only, and the second name of the same.
  if (provider === 'fireworks') return model.startsWith('accounts/') && typeof entry.source === 'string';
  // Of Azure: what is sold everywhere, not the prices of other zones.
  return !(/^(vertex|azure)$/.test(provider) && model.includes('/'));
}

/** A model of a gateway as `@earendil-works/pi-ai` lists it: USD per million tokens; it lists those alone that take tools. */
export interface GatewayEntry {
  id: string;
  api: string;
  reasoning: boolean;
  /** Our level, and the gateway's; null where the model has none such. */
  thinkingLevelMap?: Readonly<Record<string, string | null>>;
  input: readonly string[];
  cost: GatewayCost & { tiers?: readonly (GatewayCost & { inputTokensAbove: number })[] };
  contextWindow: number;
  maxTokens: number;
  compat?: { requiresReasoningContentOnAssistantMessages?: boolean };
}

type GatewayCost = Readonly<Record<'input' | 'output' | 'cacheRead' | 'cacheWrite', number>>;

/**
 * The models that OpenRouter serves to chat under a name of their own: none that chooses another, is free, is asked in batches, or
 * moves from one model to another.
 */
export function readOpenRouterModels(list: Readonly<Record<string, GatewayEntry>>): ListedModel[] {
  return Object.values(list)
    .filter(({ id }) => /^[a-z0-9-]+\/[^:]+$/.test(id) && !/^openrouter\/|router|pareto|fusion/.test(id))
    .map((entry) => toGatewayModel(entry))
    .sort((a, b) => compare(a.model, b.model));
}

function toGatewayModel(entry: GatewayEntry): ListedModel {
  const { id, input, cost, contextWindow, maxTokens } = entry;
  const levels = gatewayLevels(entry);
  return {
    provider: 'openrouter',
    model: id,
    context_length: contextWindow,
    max_output_tokens: maxTokens,
    can: [
      'tools',
      ...(input.includes('image') ? ['vision'] : []),
      ...(levels.length > 0 ? ['reasoning'] : []),
      ...(entry.compat?.requiresReasoningContentOnAssistantMessages ? ['replay'] : []),
    ],
    ...(levels.length > 0 ? { effort_levels: levels } : {}),
    source: `https://openrouter.ai/${id}`,
    found: toGatewayPrice(cost),
  };
}

/**
 * Of models that are asked in OpenAI's format. Claude and Gemini want their signed thoughts back beside calls of tools, for which
 * that format has no place.
 */
function gatewayLevels({ id, api, reasoning, thinkingLevelMap = {} }: GatewayEntry): EffortLevel[] {
  if (!reasoning || api !== 'openai-completions' || id.startsWith('google/')) return [];
  return effortLevels.filter((level) => {
    const known = thinkingLevelMap[level === 'none' ? 'off' : level];
    return typeof known === 'string' || (known === undefined && ['low', 'medium', 'high'].includes(level));
  });
}

function toGatewayPrice({ tiers = [], ...base }: GatewayEntry['cost']): PriceFound {
  const names = [
    ['input', 'input'],
    ['output', 'output'],
    ['cacheRead', 'cache_read'],
    ['cacheWrite', 'cache_write'],
  ] as const;
  const parts = names.flatMap(([name, part]): [Part, PartPrice][] => {
    // Nothing is not a price of a cache.
    if (base[name] === 0 && part.startsWith('cache')) return [];
    return [
      [part, { base: base[name], tiers: tiers.map((tier) => ({ above: tier.inputTokensAbove, price: tier[name] })) }],
    ];
  });
  return toOnePrice(new Map(parts));
}

function toListedModel(provider: string, model: string, entry: ListEntry): ListedModel {
  const levels = levelsOf(entry);
  const can = Object.entries(capabilityOf).flatMap(([flag, name]) => (entry[flag] === true ? [name] : []));
  if (entry.supports_sampling_params === false) can.push('-sampling');
  return {
    provider,
    model,
    ...number('context_length', entry.max_input_tokens),
    ...number('max_output_tokens', entry.max_output_tokens),
    can,
    ...(levels === null ? {} : { effort_levels: levels }),
    ...text('retires_at', entry.deprecation_date),
    ...text('source', entry.source),
    found: toListPrice(entry),
  };
}

function levelsOf(entry: ListEntry): EffortLevel[] | null {
  const { reasoning_effort_levels: named } = entry;
  if (Array.isArray(named)) return effortLevels.filter((level) => named.includes(level));
  const flags = effortLevels.filter((level) => `supports_${level}_reasoning_effort` in entry);
  if (flags.length === 0) return null;
  return effortLevels.filter((level) => {
    const flag = entry[`supports_${level}_reasoning_effort`];
    return flag === true || (flag === undefined && ['low', 'medium', 'high'].includes(level));
  });
}

function number<Name extends string>(name: Name, value: unknown) {
  return (typeof value === 'number' ? { [name]: value } : {}) as { [name in Name]?: number };
}

function text<Name extends string>(name: Name, value: unknown) {
  return (typeof value === 'string' ? { [name]: value } : {}) as { [name in Name]?: string };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
