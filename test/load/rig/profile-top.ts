import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

interface Profile {
  nodes: { id: number; callFrame: { functionName: string; url: string; lineNumber: number } }[];
  samples: number[];
  timeDeltas: number[];
}

const root = new URL('../../..', import.meta.url);

/** The functions that took most time by themselves, as lines for the terminal. Waiting counts for nothing. */
export function topFunctions(path: string, count: number): string[] {
  const { nodes, samples, timeDeltas } = JSON.parse(readFileSync(path, 'utf8')) as Profile;
  const names = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]));
  const selfUs = new Map<string, number>();
  samples.forEach((id, index) => {
    const name = names.get(id) ?? '';
    if (name !== '(idle)') selfUs.set(name, (selfUs.get(name) ?? 0) + Math.max(0, timeDeltas[index] ?? 0));
  });
  const totalUs = [...selfUs.values()].reduce((sum, each) => sum + each, 0);
  return [...selfUs]
    .sort(([, a], [, b]) => b - a)
    .slice(0, count)
    .map(([name, us]) => `${((us / totalUs) * 100).toFixed(1).padStart(5)} %  ${name}`);
}

/** The profile written last. */
export function newestProfile(folder: string): string | null {
  // Of the main thread: others write one each.
  const files = readdirSync(folder).filter((name) => /\.0\.\d+\.cpuprofile$/.test(name));
  // Names begin with the date and time.
  const newest = files.sort().at(-1);
  return newest === undefined ? null : join(folder, newest);
}

function nameOf({ functionName, url, lineNumber }: Profile['nodes'][number]['callFrame']): string {
  const name = functionName || '(anonymous)';
  if (url === '') return name;
  const path = url.startsWith('file:') ? fileURLToPath(url).replace(fileURLToPath(root), '') : url;
  return `${name}  ${path}:${lineNumber + 1}`;
}
