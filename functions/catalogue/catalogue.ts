import { createHash } from 'node:crypto';
import type { Auth, Capability, Endpoint } from '../core/endpoints/endpoint.ts';
import type { Quality } from '../core/routing/quality.ts';
import { indexLooseNames } from './loose-names.ts';

/** What a request may ask for by name. Immutable. */
export interface Model {
  /** `anthropic/claude-sonnet-4.5` */
  readonly id: string;
  readonly name: string;
  readonly description: string | null;
  readonly brand: string;
  readonly type: 'chat' | 'embedding';
  readonly aliases: readonly string[];
  /** Tokens of input and output together. An endpoint may offer less. */
  readonly contextLength: number;
  readonly maxOutputTokens: number;
  /** What at least one of its endpoints can do. */
  readonly capabilities: ReadonlySet<Capability>;
  readonly inputModalities: readonly string[];
  readonly outputModalities: readonly string[];
  /** When it was released, or first known to the router where that is not known. Seconds since 1970, never 0. */
  readonly created: number;
  /** The day from which its providers may not answer any more, `2027-03-01`; null where none of them said one. */
  readonly retiresAt: string | null;
  readonly quality: Quality;
  /** Never empty. */
  readonly endpoints: readonly Endpoint[];
}

/** All models that are served, and the names that find them. Immutable: a change is a new catalogue. */
export interface Catalogue {
  /** By id, in the order of the files. */
  readonly models: ReadonlyMap<string, Model>;
  /** The same text for the same content, another for any other. */
  readonly version: string;
  /** The moment from which something costs something else, Unix milliseconds; infinite where nothing will. */
  readonly holdsUntil: number;
  /** By id, alias, or an upstream name that only one model has; each also percent-encoded, as in paths; else by `loose-names.ts`. */
  find(name: string): Model | null;
  /** Names of the secrets that the endpoints use, sorted. */
  secretNames(): readonly string[];
}

export function createCatalogue(models: readonly Model[], holdsUntil = Number.POSITIVE_INFINITY): Catalogue {
  const byId = new Map(models.map((model) => [model.id, deepFreeze(model)]));
  const byName = indexNames(models);
  const findLoosely = indexLooseNames(byName);
  let version: string | null = null;
  return {
    models: byId,
    // Most catalogues are made to be looked at, and are asked for it by nobody.
    get version() {
      version ??= hash(models);
      return version;
    },
    holdsUntil,
    find: (name) => byName.get(name) ?? byName.get(decode(name)) ?? findLoosely(decode(name)),
    secretNames: () => [...new Set(models.flatMap((model) => model.endpoints.flatMap(secretOf)))].sort(),
  };
}

/**
 * The part of a catalogue that there are credentials for: endpoints whose secret is among `names`, those that need none,
 * and, where `googleDefault` says that this process has application default credentials, those that use them.
 */
export function withAvailableSecrets(
  catalogue: Catalogue,
  names: ReadonlySet<string>,
  { googleDefault }: { googleDefault: boolean },
): Catalogue {
  const isAvailable = ({ auth }: Endpoint) => {
    if (auth.type === 'none') return true;
    return auth.secret === undefined ? googleDefault : names.has(auth.secret);
  };
  const models = [...catalogue.models.values()].flatMap((model) => {
    const endpoints = model.endpoints.filter(isAvailable);
    if (endpoints.length === 0) return [];
    return [{ ...model, endpoints, capabilities: unionOfCapabilities(endpoints), retiresAt: retirementOf(endpoints) }];
  });
  return createCatalogue(models, catalogue.holdsUntil);
}

/** The day of the last of some endpoints; null where one of them has none. */
export function retirementOf(endpoints: readonly Pick<Endpoint, 'retiresAt'>[]): string | null {
  const days = endpoints.map(({ retiresAt }) => retiresAt ?? null);
  return days.includes(null) ? null : (days.sort().at(-1) ?? null);
}

export function unionOfCapabilities(endpoints: readonly Endpoint[]): ReadonlySet<Capability> {
  return new Set(endpoints.flatMap((endpoint) => [...endpoint.capabilities]));
}

/** Ids win over aliases, and both over upstream names, which count only where no two models share them. */
function indexNames(models: readonly Model[]): Map<string, Model> {
  const byUpstreamName = new Map<string, Model | null>();
  for (const model of models) {
    for (const { upstreamModel } of model.endpoints) {
      const other = byUpstreamName.get(upstreamModel);
      byUpstreamName.set(upstreamModel, other === undefined || other === model ? model : null);
    }
  }
  const names = new Map<string, Model>();
  for (const [name, model] of byUpstreamName) if (model !== null) names.set(name, model);
  for (const model of models) for (const alias of model.aliases) names.set(alias, model);
  for (const model of models) names.set(model.id, model);
  return names;
}

function decode(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

function secretOf({ auth }: { auth: Auth }): string[] {
  return auth.type === 'none' || auth.secret === undefined ? [] : [auth.secret];
}

const VERSION_LENGTH = 16;

function hash(models: readonly Model[]): string {
  const sorted = [...models].sort((a, b) => (a.id < b.id ? -1 : 1));
  return createHash('sha256').update(canonical(sorted)).digest('hex').slice(0, VERSION_LENGTH);
}

/** JSON with sorted keys, so that the order in which a file names its fields does not make another version. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => {
    if (typeof part === 'bigint') return part.toString();
    if (part instanceof Set) return [...part].sort();
    if (typeof part !== 'object' || part === null || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const part of Object.values(value)) deepFreeze(part);
  return Object.freeze(value);
}
