import type { CatalogueFile, ModelEntry, ProviderEntry } from './catalogue-file.ts';
import { filesOf, type Layers } from './layers.ts';
import { mergeFiles } from './merge-files.ts';

/** What a catalogue file names. */
export const entryKinds = ['providers', 'models'] as const;
export type EntryKind = (typeof entryKinds)[number];

export type Entry = ProviderEntry | ModelEntry;

/** What one file says of a name; undefined where nothing, null where it takes away what lies below. */
export function entryIn(file: CatalogueFile, kind: EntryKind, id: string): Entry | null | undefined {
  const entries: Readonly<Record<string, Entry | null>> = file[kind] ?? {};
  return Object.hasOwn(entries, id) ? entries[id] : undefined;
}

/** The same file with another entry. */
export function withEntry(file: CatalogueFile, kind: EntryKind, id: string, entry: Entry | null): CatalogueFile {
  return withEntries(file, { [kind]: { [id]: entry } });
}

/** The same file with all entries of another in place of its own of those names. In one go, since a draft may name thousands. */
export function withEntries(file: CatalogueFile, others: CatalogueFile): CatalogueFile {
  const named = entryKinds.filter((kind) => others[kind] !== undefined);
  return { ...file, ...Object.fromEntries(named.map((kind) => [kind, { ...file[kind], ...others[kind] }])) };
}

/** The same file without an entry. */
export function withoutEntry(file: CatalogueFile, kind: EntryKind, id: string): CatalogueFile {
  const { [id]: _, ...others } = (file[kind] ?? {}) as Record<string, Entry | null>;
  return { ...file, [kind]: others };
}

/** What each layer that names an entry says of it, lowest first, and what comes of that; null where it is taken away. */
export interface LayeredEntry {
  id: string;
  layers: { layer: 'builtin' | 'file' | 'api'; entry: Entry | null }[];
  effective: Entry | null;
}

/** An entry by its id; null where no layer names it. */
export function layeredEntry(layers: Layers, kind: EntryKind, id: string): LayeredEntry | null {
  const found = layersOf(layers).flatMap(({ layer, file }) => {
    const entry = entryIn(file, kind, id);
    return entry === undefined ? [] : [{ layer, entry }];
  });
  if (found.length === 0) return null;
  const merged: ReadonlyMap<string, Entry> = mergeFiles(filesOf(layers))[kind];
  return { id, layers: found, effective: merged.get(id) ?? null };
}

/** The ids of all entries, and the layers that name each, in the order of the files. */
export function listEntries(layers: Layers, kind: EntryKind): Map<string, Set<'builtin' | 'file' | 'api'>> {
  const found = new Map<string, Set<'builtin' | 'file' | 'api'>>();
  for (const { layer, file } of layersOf(layers)) {
    for (const id of Object.keys(file[kind] ?? {})) found.set(id, (found.get(id) ?? new Set()).add(layer));
  }
  return found;
}

function layersOf({ builtin, file, api }: Layers) {
  return [
    ...builtin.map((each) => ({ layer: 'builtin' as const, file: each })),
    { layer: 'file' as const, file },
    { layer: 'api' as const, file: api.file },
  ];
}

export interface EntryChange {
  kind: EntryKind;
  id: string;
  /** Undefined where the file did not name it. */
  before: Entry | null | undefined;
  after: Entry | null | undefined;
}

/** What is another in one file than in the other. */
export function changedEntries(before: CatalogueFile, after: CatalogueFile): EntryChange[] {
  return entryKinds.flatMap((kind) => {
    const ids = new Set([...Object.keys(before[kind] ?? {}), ...Object.keys(after[kind] ?? {})]);
    return [...ids]
      .map((id) => ({ kind, id, before: entryIn(before, kind, id), after: entryIn(after, kind, id) }))
      .filter((change) => JSON.stringify(change.before) !== JSON.stringify(change.after));
  });
}
