import type { Capability } from '../core/endpoints/endpoint.ts';
import { MistakeList } from './all-mistakes.ts';
import { type Catalogue, createCatalogue, type Model, unionOfCapabilities } from './catalogue.ts';
import {
  type CatalogueFile,
  type EndpointEntry,
  type ModelEntry,
  mistake,
  type ProviderEntry,
} from './catalogue-file.ts';
import { resolveEndpoints } from './resolve-endpoints.ts';
import { resolveQuality } from './resolve-quality.ts';
import type { Variables } from './resolve-url.ts';

export type { Catalogue, Model } from './catalogue.ts';

/**
 * The day that models are dated whose release is not known: that of the built-in catalogue's data. Clients take 0 for 1970, and a
 * day that moved with each start would make another catalogue of the same files.
 */
export const FIRST_KNOWN = '2026-11-23';

/**
 * One catalogue of files laid over each other, later ones on top: the fields of providers and models replace those of
 * the same name (a model's `endpoints` as a whole), null takes a provider or a model away.
 *
 * `vars` are values for `{name}` from outside the files, such as the project; the files' own win. Throws
 * `invalid_request_error` whose message has a line for each mistake; `param` is the path of the first.
 */
export function buildCatalogue(files: readonly CatalogueFile[], { vars = {} }: { vars?: Variables } = {}): Catalogue {
  const merged = mergeFiles(files);
  const mistakes = new MistakeList();
  const models = [...merged.models].flatMap(
    ([id, entry]) => mistakes.look(() => resolveModel(id, entry, merged, vars)) ?? [],
  );
  mistakes.look(() => refuseSharedNames(models));
  mistakes.end();
  return createCatalogue(models);
}

interface MergedFiles {
  providers: ReadonlyMap<string, ProviderEntry>;
  /** Providers that a file took away; endpoints of earlier files may still name them. */
  removed: ReadonlySet<string>;
  models: ReadonlyMap<string, ModelEntry>;
}

function mergeFiles(files: readonly CatalogueFile[]): MergedFiles {
  const providers = new Map<string, ProviderEntry>();
  const removed = new Set<string>();
  const models = new Map<string, ModelEntry>();
  for (const file of files) {
    for (const [name, entry] of Object.entries(file.providers ?? {})) {
      if (entry === null) removed.add(name);
      else removed.delete(name);
      lay(providers, name, entry);
    }
    for (const [id, entry] of Object.entries(file.models ?? {})) lay(models, id, entry);
  }
  return { providers, removed, models };
}

function lay<T extends object>(entries: Map<string, T>, name: string, entry: T | null): void {
  if (entry === null) entries.delete(name);
  else entries.set(name, { ...entries.get(name), ...entry });
}

/** One model, or none where all its endpoints are left out. */
function resolveModel(id: string, entry: ModelEntry, files: MergedFiles, variables: Variables): Model[] {
  const path = ['models', id];
  const { context_length } = entry;
  // Vectors are no tokens.
  const max_output_tokens = entry.model_type === 'embedding' ? 0 : entry.max_output_tokens;
  if (entry.endpoints === undefined) throw mistake([...path, 'endpoints'], 'is required');
  if (context_length === undefined) throw mistake([...path, 'context_length'], 'is required');
  if (max_output_tokens === undefined) throw mistake([...path, 'max_output_tokens'], 'is required');
  const mistakes = new MistakeList();
  const toEndpoints = (endpoint: EndpointEntry, at: number) => {
    const here = [...path, 'endpoints', at];
    const provider = files.providers.get(endpoint.provider);
    if (provider === undefined) {
      if (files.removed.has(endpoint.provider)) return [];
      throw mistake([...here, 'provider'], `there is no provider ${JSON.stringify(endpoint.provider)}`);
    }
    return resolveEndpoints({
      path: here,
      entry: endpoint,
      provider,
      modelId: id,
      contextLength: context_length,
      maxOutputTokens: max_output_tokens,
      model: entry,
      variables,
    });
  };
  const endpoints = entry.endpoints.flatMap((endpoint, at) => mistakes.look(() => toEndpoints(endpoint, at)) ?? []);
  mistakes.end();
  if (endpoints.length === 0) return [];
  const ids = new Set<string>();
  for (const endpoint of endpoints) {
    if (ids.has(endpoint.id)) throw mistake([...path, 'endpoints'], `${endpoint.id} is there twice`);
    ids.add(endpoint.id);
  }
  const can = unionOfCapabilities(endpoints);
  return [
    {
      id,
      name: entry.name ?? id,
      description: entry.description ?? null,
      brand: entry.brand ?? id.split('/')[0] ?? id,
      type: entry.model_type ?? 'chat',
      aliases: entry.aliases ?? [],
      contextLength: context_length,
      maxOutputTokens: max_output_tokens,
      capabilities: can,
      inputModalities: entry.input_modalities ?? inputModalities(can),
      outputModalities: entry.output_modalities ?? [entry.model_type === 'embedding' ? 'embedding' : 'text'],
      created: Date.parse(entry.created ?? FIRST_KNOWN) / 1000,
      quality: resolveQuality(entry, endpoints),
      endpoints,
    },
  ];
}

const modalityOf = { vision: 'image', audio: 'audio', file: 'file', video: 'video' } as const satisfies Partial<
  Record<Capability, string>
>;

function inputModalities(can: ReadonlySet<Capability>): string[] {
  const others = Object.entries(modalityOf).filter(([capability]) => can.has(capability as Capability));
  return ['text', ...others.map(([, modality]) => modality)];
}

/** An id or alias means one model. */
function refuseSharedNames(models: readonly Model[]): void {
  const owners = new Map(models.map(({ id }) => [id, id]));
  for (const { id, aliases } of models) {
    for (const [at, alias] of aliases.entries()) {
      const owner = owners.get(alias);
      if (owner !== undefined && owner !== id) {
        throw mistake(
          ['models', id, 'aliases', at],
          `${JSON.stringify(alias)} is also a name of ${JSON.stringify(owner)}`,
        );
      }
      owners.set(alias, id);
    }
  }
}
