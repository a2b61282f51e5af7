import type { Auth, Endpoint } from '../core/endpoints/endpoint.ts';
import type { EndpointEntry, ModelEntry, ProviderEntry } from './catalogue-file.ts';
import { mistake } from './mistakes.ts';
import { resolveCapabilities } from './resolve-capabilities.ts';
import { embeddingCapabilities, resolveEmbedding } from './resolve-embedding.ts';
import { nextChange, priceAt, resolvePrices } from './resolve-price.ts';
import { resolveReasoning } from './resolve-reasoning.ts';
import { resolveRequest } from './resolve-request.ts';
import {
  appendQuery,
  fillTemplate,
  missingVariables,
  mistakeInUrl,
  toEmbeddingTemplates,
  toPathSegment,
  toUrlTemplates,
  type Variables,
} from './resolve-url.ts';

/** What an endpoint of which nothing is known is taken to do: the middle of what chat models do. */
const DEFAULT_FIRST_TOKEN_MS = 800;
const DEFAULT_TOKENS_PER_SECOND = 60;

/** One endpoint entry with all that it stands on. */
export interface EndpointSource {
  /** Where the entry stands, for errors. */
  path: readonly PropertyKey[];
  entry: EndpointEntry;
  provider: ProviderEntry;
  modelId: string;
  contextLength: number;
  maxOutputTokens: number;
  model: ModelEntry;
  /** Values from outside the files, such as the project of the environment; any file's wins. */
  variables: Variables;
  /** The moment whose prices count: Unix milliseconds. */
  at: number;
  /** Whether somebody over the API says where it is. */
  outside: boolean;
}

export interface ResolvedEndpoints {
  endpoints: Endpoint[];
  /** The first moment at which they cost something else: Unix milliseconds; infinite where there is none. */
  holdsUntil: number;
}

/**
 * The endpoints of one entry, one for each region; none where the provider is optional and a variable is missing, or where no
 * price holds.
 */
export function resolveEndpoints(source: EndpointSource): ResolvedEndpoints {
  const prices = resolvePrices(source.entry.price, [...source.path, 'price']);
  const price = priceAt(prices, source.at);
  // Looked at whatever the day: a mistake is told when it is made.
  const unpriced = resolveUnpriced(source);
  const endpoints = price === null ? [] : unpriced.map((endpoint) => ({ ...endpoint, price }));
  return { endpoints, holdsUntil: nextChange(prices, source.at) };
}

function resolveUnpriced(source: EndpointSource): Omit<Endpoint, 'price'>[] {
  const serving = mergeServing(source);
  const { entry, modelId } = source;
  const shared = {
    modelId,
    provider: entry.provider,
    upstreamModel: entry.model,
    format: serving.format,
    contextLength: entry.context_length ?? source.contextLength,
    maxOutputTokens: entry.max_output_tokens ?? source.maxOutputTokens,
    embedding: serving.embedding,
    capabilities:
      serving.embedding === null
        ? resolveCapabilities(serving.format, [
            source.model.capabilities,
            source.provider.capabilities,
            entry.capabilities,
          ])
        : embeddingCapabilities(serving.embedding),
    request: resolveRequest(serving.format, entry.model, serving.request),
    reasoning: resolveReasoning(serving.format, entry.model, serving.reasoning),
    usage: { cached: serving.usage.cached ?? null },
    tokenizer: source.model.tokenizer ?? 'unknown',
    visibleOutput: serving.visible_output ?? false,
    expected: {
      firstTokenMs: serving.expected.first_token_ms ?? DEFAULT_FIRST_TOKEN_MS,
      tokensPerSecond: serving.expected.tokens_per_second ?? DEFAULT_TOKENS_PER_SECOND,
    },
    collectsData: serving.collects_data ?? false,
    retiresAt: (entry.retires_at === undefined ? source.model.retires_at : entry.retires_at) ?? null,
    // `echo://` reaches no network.
    ...(source.outside && !serving.base_url.startsWith('echo:') ? { outside: true } : {}),
  };
  return regionsOf(source).flatMap(({ region, variables }) => {
    const place = resolvePlace(source, serving, region, variables);
    if (place === null) return [];
    const id = `${entry.provider}/${entry.model}${region === null ? '' : `@${region}`}`;
    return [{ ...shared, id, region, ...place }];
  });
}

type Serving = ReturnType<typeof mergeServing>;

/** What the provider says, with what the model and the endpoint say over it; objects are merged by key, all else is replaced. */
function mergeServing({ path, entry, provider, model }: EndpointSource) {
  const { format = provider.format, base_url = provider.base_url, auth = provider.auth } = entry;
  if (format === undefined) throw mistake([...path, 'format'], neither(entry));
  if (base_url === undefined) throw mistake([...path, 'base_url'], neither(entry));
  if (auth === undefined) throw mistake([...path, 'auth'], neither(entry));
  return {
    ...provider,
    ...entry,
    format,
    base_url,
    auth,
    query: { ...provider.query, ...entry.query },
    headers: { ...lowerCaseNames(provider.headers), ...lowerCaseNames(entry.headers) },
    vars: { ...provider.vars, ...entry.vars },
    request: { ...provider.request, ...model.request, ...entry.request },
    reasoning: { ...provider.reasoning, ...model.reasoning, ...entry.reasoning },
    usage: { ...provider.usage, ...entry.usage },
    embedding:
      model.model_type === 'embedding'
        ? resolveEmbedding(format, { ...provider.embedding, ...model.embedding, ...entry.embedding }, path)
        : null,
    expected: { ...provider.expected, ...entry.expected },
  };
}

function neither({ provider }: EndpointEntry): string {
  return `is required, here or on the provider ${JSON.stringify(provider)}`;
}

function lowerCaseNames(headers: Variables = {}): Variables {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

interface Region {
  region: string | null;
  variables: Variables;
}

function regionsOf({ path, entry, provider }: EndpointSource): Region[] {
  const known = toRegionMap(provider.regions);
  if (entry.regions === undefined && known.size === 0) return [{ region: null, variables: {} }];
  if (!Array.isArray(entry.regions)) {
    const regions = entry.regions === undefined ? known : toRegionMap(entry.regions);
    return [...regions].map(([region, variables]) => ({ region, variables }));
  }
  return entry.regions.map((region, at) => {
    if (known.size > 0 && !known.has(region)) {
      throw mistake([...path, 'regions', at], `is no region of the provider ${JSON.stringify(entry.provider)}`);
    }
    return { region, variables: known.get(region) ?? {} };
  });
}

function toRegionMap(regions: ProviderEntry['regions']): Map<string, Variables> {
  if (Array.isArray(regions)) return new Map(regions.map((region) => [region, {}]));
  return new Map(Object.entries(regions ?? {}));
}

/** What depends on the region; null where the provider is optional and a variable is missing. */
function resolvePlace(source: EndpointSource, serving: Serving, region: string | null, regional: Variables) {
  const { path, entry } = source;
  const templates =
    serving.embedding === null
      ? toUrlTemplates(serving.format, serving)
      : toEmbeddingTemplates(serving.embedding.shape, serving.format, { ...serving, path: entry.path });
  const variables: Variables = {
    ...source.variables,
    ...serving.vars,
    ...regional,
    ...(region === null ? {} : { region }),
    model: entry.model,
  };
  const wanted = {
    base_url: templates.url + templates.streamUrl,
    query: Object.values(serving.query).join(),
    headers: Object.values(serving.headers).join(),
    auth: serving.auth.type === 'aws' ? '{region}' : '',
  };
  for (const [field, template] of Object.entries(wanted)) {
    const [missing] = missingVariables(template, variables);
    if (missing === undefined) continue;
    if (serving.optional === true) return null;
    throw mistake(path, `${field} needs the variable {${missing}}, which neither regions nor vars give`);
  }
  const query = fillAll(serving.query, variables);
  const inPath = { ...variables, model: toPathSegment(entry.model) };
  return {
    url: resolveUrl(templates.url, inPath, query, path),
    streamUrl: resolveUrl(templates.streamUrl, inPath, query, path),
    headers: fillAll(serving.headers, variables),
    auth: resolveAuth(serving.auth, variables),
  };
}

function fillAll(templates: Variables, variables: Variables): Variables {
  return Object.fromEntries(Object.entries(templates).map(([name, value]) => [name, fillTemplate(value, variables)]));
}

function resolveUrl(template: string, variables: Variables, query: Variables, path: readonly PropertyKey[]): string {
  const filled = fillTemplate(template, variables);
  const url = appendQuery(filled, query);
  const wrong = mistakeInUrl(filled) ?? mistakeInUrl(url);
  if (wrong !== null) throw mistake([...path, 'base_url'], wrong);
  return new URL(url).href;
}

function resolveAuth(auth: NonNullable<ProviderEntry['auth']>, variables: Variables): Auth {
  if (auth.type === 'aws') return { ...auth, region: variables.region ?? '' };
  if (auth.type !== 'google') return auth;
  return auth.secret === undefined ? { type: 'google' } : { type: 'google', secret: auth.secret };
}
