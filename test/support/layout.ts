import { dirname, join, normalize } from 'node:path';

/** A source file, by its path from the project's root. */
export interface Source {
  path: string;
  text: string;
}

export interface Import {
  from: string;
  /** Path of one of our own files, or the name of a package. */
  to: string;
  typeOnly: boolean;
}

/** What a file imports or re-exports, types included. */
export function importsOf({ path, text }: Source): Import[] {
  const found = text.matchAll(/^(?:import|export) (type )?[^;]*?from '([^']+)'|\bimport\('([^']+)'\)/gms);
  return [...found].map((match) => {
    const name = match[2] ?? match[3] ?? '';
    const to = name.startsWith('.') ? normalize(join(dirname(path), name)) : name;
    return { from: path, to, typeOnly: match[1] !== undefined };
  });
}

/** Circles among nodes that name each other, each as a list of its nodes. */
export function circlesOf(edges: readonly (readonly [from: string, to: string])[]): string[][] {
  const next = new Map<string, Set<string>>();
  for (const [from, to] of edges) {
    if (from !== to) next.set(from, (next.get(from) ?? new Set()).add(to));
  }
  const reach = (start: string) => {
    const seen = new Set<string>();
    const waiting = [...(next.get(start) ?? [])];
    for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
      if (seen.has(node)) continue;
      seen.add(node);
      waiting.push(...(next.get(node) ?? []));
    }
    return seen;
  };
  const reached = new Map([...next.keys()].map((node) => [node, reach(node)]));
  const circles: string[][] = [];
  const placed = new Set<string>();
  for (const [node, seen] of reached) {
    if (placed.has(node) || !seen.has(node)) continue;
    const circle = [...seen].filter((other) => reached.get(other)?.has(node));
    for (const each of circle) placed.add(each);
    circles.push(circle.sort());
  }
  return circles;
}

/** Circles of files, and of folders: a folder and one within it are two. */
export function findCircles(sources: readonly Source[]): string[][] {
  const known = new Set(sources.map(({ path }) => path));
  const own = sources.flatMap(importsOf).filter(({ to }) => known.has(to));
  return [
    ...circlesOf(own.map(({ from, to }) => [from, to])),
    ...circlesOf(own.map(({ from, to }) => [`${dirname(from)}/`, `${dirname(to)}/`])),
  ];
}

/** Whether something at a path may import something. */
export interface Rule {
  /** The files that it is about. */
  of: RegExp;
  /** What they may import, our own paths and packages. */
  may: RegExp;
  /** Whether types may come from anywhere. */
  typesToo?: boolean;
}

/** Imports that a rule forbids, as `from → to`. */
export function findStray(sources: readonly Source[], rules: readonly Rule[]): string[] {
  return sources.flatMap(importsOf).flatMap(({ from, to, typeOnly }) => {
    const broken = rules.some(
      ({ of, may, typesToo = false }) => of.test(from) && !may.test(to) && !(typesToo && typeOnly),
    );
    return broken ? [`${from} → ${to}`] : [];
  });
}

/** Files that are longer than `most` lines. */
export function findLong(sources: readonly Source[], most: number): string[] {
  return sources.filter(({ text }) => text.split('\n').length - 1 > most).map(({ path }) => path);
}

/** Names of collections and topics that are written out again, where their constant should stand: `path: 'name'`. */
export function findRepeated(sources: readonly Source[], names: ReadonlyMap<string, string>): string[] {
  return sources.flatMap(({ path, text }) =>
    [...text.matchAll(/(?:collection|topic)\w*: '([a-z_]+)'|\.(?:get|query|publish)\('([a-z_]+)'/g)].flatMap(
      (match) => {
        const name = match[1] ?? match[2] ?? '';
        return names.has(name) && names.get(name) !== path ? [`${path}: '${name}'`] : [];
      },
    ),
  );
}

/** Where a shard is counted by a number instead of by its name. */
export function findLiteralShards(sources: readonly Source[]): string[] {
  return sources.flatMap(({ path, text }) =>
    [...text.matchAll(/shardOf\([^)]*, \d+|[sS]hard\w* = [^;\n]*[%,] ?\d+/g)].map(([found]) => `${path}: ${found}`),
  );
}
