import type { Capability } from '../core/endpoints/endpoint.ts';
import { isAuto } from '../core/routing/auto-names.ts';
import { type Catalogue, createCatalogue, type Model, retirementOf, unionOfCapabilities } from './catalogue.ts';
import type { CatalogueFile, ModelEntry } from './catalogue-file.ts';
import { tellsWhere } from './destinations.ts';
import { type MergedFiles, mergeFiles } from './merge-files.ts';
import { eachChecked, mistake } from './mistakes.ts';
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
 * `vars` are values for `{name}` from outside the files, such as the project; the files' own win. `at`: the moment whose prices
 * count, Unix milliseconds; default: now. `outside`: the one of the files whose places have to be public. Throws `invalid_request_error` that names the paths of all mistakes.
 */
export function buildCatalogue(
  files: readonly CatalogueFile[],
  { vars = {}, at = Date.now(), outside = {} }: { vars?: Variables; at?: number; outside?: CatalogueFile } = {},
): Catalogue {
  const merged = mergeFiles(files);
  const resolved = eachChecked(merged.models, ([id, entry]) => resolveModel(id, entry, merged, { vars, at, outside }));
  const models = resolved.flatMap(({ model }) => model ?? []);
  refuseSharedNames(models);
  return createCatalogue(models, Math.min(...resolved.map(({ holdsUntil }) => holdsUntil)));
}

/** Whoever asks for such a name would never get the model of that name. */
const LEFT_TO_US = 'is a name that leaves the choice of the model to the router';

interface ResolvedModel {
  /** Null where all its endpoints are left out. */
  model: Model | null;
  holdsUntil: number;
}

function resolveModel(
  id: string,
  entry: ModelEntry,
  files: MergedFiles,
  { vars: variables, at, outside }: { vars: Variables; at: number; outside: CatalogueFile },
): ResolvedModel {
  const path = ['models', id];
  const { context_length } = entry;
  // Vectors are no tokens.
  const max_output_tokens = entry.model_type === 'embedding' ? 0 : entry.max_output_tokens;
  if (entry.endpoints === undefined) throw mistake([...path, 'endpoints'], 'is required');
  if (context_length === undefined) throw mistake([...path, 'context_length'], 'is required');
  if (max_output_tokens === undefined) throw mistake([...path, 'max_output_tokens'], 'is required');
  const isOutside = entryIn(outside.models, id)?.endpoints !== undefined;
  const resolved = eachChecked(entry.endpoints.entries(), ([place, endpoint]) => {
    const here = [...path, 'endpoints', place];
    const provider = files.providers.get(endpoint.provider);
    if (provider === undefined) {
      if (files.removed.has(endpoint.provider)) return null;
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
      at,
      outside: tellsWhere(entryIn(outside.providers, endpoint.provider)) || (isOutside && tellsWhere(endpoint)),
    });
  });
  const endpoints = resolved.flatMap((one) => one?.endpoints ?? []);
  const holdsUntil = Math.min(...resolved.map((one) => one?.holdsUntil ?? Number.POSITIVE_INFINITY));
  if (endpoints.length === 0) return { model: null, holdsUntil };
  const ids = new Set<string>();
  for (const endpoint of endpoints) {
    if (ids.has(endpoint.id)) throw mistake([...path, 'endpoints'], `${endpoint.id} is there twice`);
    ids.add(endpoint.id);
  }
  const can = unionOfCapabilities(endpoints);
  return {
    holdsUntil,
    model: {
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
      retiresAt: retirementOf(endpoints),
      quality: resolveQuality(entry, endpoints),
      endpoints,
    },
  };
}

const modalityOf = { vision: 'image', audio: 'audio', file: 'file', video: 'video' } as const satisfies Partial<
  Record<Capability, string>
>;

function inputModalities(can: ReadonlySet<Capability>): string[] {
  const others = Object.entries(modalityOf).filter(([capability]) => can.has(capability as Capability));
  return ['text', ...others.map(([, modality]) => modality)];
}

function entryIn<T>(entries: Readonly<Record<string, T>> | undefined, name: string): T | undefined {
  return entries !== undefined && Object.hasOwn(entries, name) ? entries[name] : undefined;
}

/** An id or alias means one model, and none that of the choice between all. */
function refuseSharedNames(models: readonly Model[]): void {
  eachChecked(models, ({ id }) => {
    if (isAuto(id)) throw mistake(['models', id], LEFT_TO_US);
  });
  const owners = new Map(models.map(({ id }) => [id, id]));
  const names = models.flatMap(({ id, aliases }) => [...aliases.entries()].map(([at, alias]) => ({ id, at, alias })));
  eachChecked(names, ({ id, at, alias }) => {
    if (isAuto(alias)) throw mistake(['models', id, 'aliases', at], LEFT_TO_US);
    const owner = owners.get(alias);
    if (owner !== undefined && owner !== id) {
      const message = `${JSON.stringify(alias)} is also a name of ${JSON.stringify(owner)}`;
      throw mistake(['models', id, 'aliases', at], message);
    }
    owners.set(alias, id);
  });
}
