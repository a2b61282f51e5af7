import type { CatalogueFile, EndpointEntry, ModelEntry } from '../../functions/catalogue/catalogue-file.ts';
import type { EffortLevel } from '../../functions/core/endpoints/effort.ts';
import type { ListedModel } from './listed-model.ts';

/** What a model and its endpoint say of how it is served, but its price. */
export interface ServeRules {
  model: Pick<ModelEntry, 'tokenizer'>;
  endpoint: Pick<EndpointEntry, 'format' | 'request' | 'reasoning' | 'capabilities' | 'regions'>;
}

type Reasoning = NonNullable<EndpointEntry['reasoning']>;
type Capability = NonNullable<EndpointEntry['capabilities']>[number];

/**
 * The rules of a model's family at its provider. What nobody says is taken to be the least: a model that takes no levels of effort
 * that we know of is not asked to reason, and what a provider's format has no place for is not said.
 */
export function serveRules(listed: ListedModel, hand: readonly CatalogueFile[]): ServeRules {
  switch (listed.provider) {
    case 'openai':
    case 'azure':
      return snapshotRules(listed, hand) ?? openaiRules(listed);
    case 'anthropic':
      return claudeRules(listed, ['tools', 'vision', 'json_schema']);
    case 'vertex-claude':
      return claudeRules(listed, ['tools', 'vision']);
    case 'bedrock':
      return bedrockRules(listed);
    case 'google':
    case 'vertex':
      return geminiRules(listed);
    case 'openrouter':
      return openRouterRules(listed);
    default:
      return chatRules(listed);
  }
}

const SNAPSHOT = /-20\d{2}-\d{2}-\d{2}$/;

/** A snapshot with a date is served as its model is, which is held by hand. */
function snapshotRules({ model }: ListedModel, hand: readonly CatalogueFile[]): ServeRules | null {
  if (!SNAPSHOT.test(model)) return null;
  const entry = hand
    .map((file) => file.models?.[`openai/${model.replace(SNAPSHOT, '')}`])
    .find((found) => found != null);
  const [endpoint] = entry?.endpoints ?? [];
  if (entry === undefined || endpoint === undefined) return null;
  const { tokenizer, capabilities, request, reasoning } = entry;
  return {
    model: defined({ tokenizer }),
    endpoint: defined({
      format: endpoint.format,
      capabilities,
      request: request ?? endpoint.request,
      reasoning: reasoning ?? endpoint.reasoning,
    }),
  };
}

/** https://developers.openai.com/api/docs/guides/reasoning: the models called pro take few levels, `high` among them. */
function openaiRules({ model, can, effort_levels = ['low', 'medium', 'high'] }: ListedModel): ServeRules {
  const capabilities = pick(can, ['tools', 'vision', 'file', 'json_schema', 'reasoning']);
  if (!can.includes('reasoning')) {
    return {
      model: {},
      endpoint: { format: 'chat', capabilities, request: { fields: ['temperature', 'top_p', 'user'] } },
    };
  }
  const levels: EffortLevel[] = /-pro(-|$)/.test(model) ? ['high'] : effort_levels.filter((level) => level !== 'max');
  return {
    model: /^(gpt-5|o\d)/.test(model) ? { tokenizer: 'o200k' } : {},
    endpoint: {
      // What came before GPT-5 refuses `verbosity`.
      ...(/^o\d/.test(model)
        ? { request: { fields: ['temperature', 'top_p', 'user', 'parallel_tool_calls', 'metadata'] } }
        : {}),
      capabilities: [...capabilities, '-sampling', '-logprobs'],
      reasoning: { effort_levels: levels },
    },
  };
}

function claudeRules({ can, effort_levels }: ListedModel, wanted: readonly Capability[]): ServeRules {
  const reasoning: Reasoning = {
    ...(can.includes('adaptive') ? { send: 'adaptive' } : {}),
    ...(effort_levels === undefined ? {} : { effort_levels }),
  };
  return {
    model: { tokenizer: can.includes('-sampling') ? 'claude-4.7' : 'claude' },
    endpoint: { capabilities: pick(can, [...wanted, 'reasoning', '-sampling']), reasoning },
  };
}

/** Nobody but Claude is known to be asked for reasoning by Converse. */
function bedrockRules(listed: ListedModel): ServeRules {
  const regions = listed.model.startsWith('global.') ? {} : { regions: ['us-east-1'] };
  if (listed.model.includes('anthropic.')) {
    const { model, endpoint } = claudeRules(listed, ['tools', 'vision']);
    return { model, endpoint: { ...endpoint, ...regions } };
  }
  return { model: {}, endpoint: { capabilities: pick(listed.can, ['tools', 'vision']), ...regions } };
}

/** https://ai.google.dev/gemini-api/docs/thinking: levels since Gemini 3. */
function geminiRules({ provider, model, can }: ListedModel): ServeRules {
  const capabilities = pick(can, [
    'tools',
    'vision',
    'audio',
    'video',
    'file',
    'json_schema',
    'reasoning',
    '-sampling',
  ]);
  return {
    model: { tokenizer: 'gemini' },
    endpoint: {
      capabilities,
      ...(/gemini-[4-9]/.test(model) ? { reasoning: { send: 'level' } } : {}),
      ...(provider === 'vertex' ? { regions: ['global'] } : {}),
    },
  };
}

/** What each provider's own page or our strict copy of it (test/support/strict-chat-providers.ts) takes as levels, of which models. */
const chatLevels: Readonly<Record<string, { of: RegExp; levels: readonly EffortLevel[] }>> = {
  xai: { of: /grok-4\.[5-9]/, levels: ['low', 'medium', 'high'] },
  groq: { of: /gpt-oss/, levels: ['low', 'medium', 'high'] },
  cerebras: { of: /gpt-oss/, levels: ['low', 'medium', 'high'] },
  fireworks: { of: /./, levels: ['none', 'low', 'medium', 'high'] },
  moonshot: { of: /kimi-k3/, levels: ['low', 'high', 'max'] },
  zai: { of: /./, levels: ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'] },
};

/** They refuse `strict`; and they think unless they are told not to, and then refuse some choices of tools. */
const withoutSchemas: ReadonlySet<string> = new Set(['moonshot', 'zai']);

function chatRules({ provider, model, can, effort_levels }: ListedModel): ServeRules {
  const thinks = withoutSchemas.has(provider);
  const capabilities = pick(can, thinks ? ['tools', 'vision'] : ['tools', 'vision', 'json_schema']);
  const known = chatLevels[provider];
  const levels = known?.levels.filter((level) => effort_levels === undefined || effort_levels.includes(level)) ?? [];
  if (!can.includes('reasoning') || known === undefined || !known.of.test(model) || levels.length === 0) {
    const least = thinks ? capabilities.filter((name) => name !== 'tools') : capabilities;
    return { model: {}, endpoint: { capabilities: least } };
  }
  const thinking = provider === 'moonshot' ? { thinking_off: null } : {};
  return {
    model: {},
    endpoint: { capabilities: [...capabilities, 'reasoning'], reasoning: { effort_levels: levels, ...thinking } },
  };
}

/** https://openrouter.ai/docs/guides/best-practices/reasoning-tokens */
function openRouterRules({ can, effort_levels }: ListedModel): ServeRules {
  const reasoning: Reasoning = {
    ...(effort_levels === undefined ? {} : { effort_levels }),
    ...(can.includes('replay') ? { replay: 'always' } : {}),
  };
  const isSaid = can.includes('reasoning') || can.includes('replay');
  return {
    model: {},
    endpoint: { capabilities: pick(can, ['tools', 'vision', 'reasoning']), ...(isSaid ? { reasoning } : {}) },
  };
}

function pick(can: readonly string[], wanted: readonly Capability[]): Capability[] {
  return wanted.filter((name) => can.includes(name));
}

function defined<T extends object>(entry: T): T {
  return Object.fromEntries(Object.entries(entry).filter(([, value]) => value !== undefined)) as T;
}
