import type { CatalogueFile, ModelEntry, ProviderEntry } from './catalogue-file.ts';

/** The entries of files that lie on each other. */
export interface MergedFiles {
  providers: ReadonlyMap<string, ProviderEntry>;
  /** Providers that a file took away; endpoints of earlier files may still name them. */
  removed: ReadonlySet<string>;
  models: ReadonlyMap<string, ModelEntry>;
}

/** Later files on top: the fields of an entry replace those of the same name, null takes it away. */
export function mergeFiles(files: readonly CatalogueFile[]): MergedFiles {
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
