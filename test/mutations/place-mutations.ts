import { readFileSync } from 'node:fs';
import { listFiles } from './mutated-copy.ts';
import type { Mutation } from './mutations.ts';

/** A mutation, and the file that it is made in. */
export interface Placed extends Mutation {
  file: string;
}

/** Finds the one place in the code of each mutation. Throws for texts that stand nowhere or twice, with the names of all of them. */
export function placeMutations(some: readonly Mutation[]): Placed[] {
  const sources = listFiles('functions')
    .filter((path) => path.endsWith('.ts') && !/(\.test|-contract)\.ts$/.test(path))
    .map((path) => ({ path, text: readFileSync(path, 'utf8') }));
  const wrong: string[] = [];
  const placed = some.flatMap((mutation) => {
    const places = sources.flatMap(({ path, text }) =>
      Array.from({ length: text.split(mutation.from).length - 1 }, () => path),
    );
    const [file, ...more] = places;
    if (file !== undefined && more.length === 0) return [{ ...mutation, file }];
    wrong.push(`«${mutation.name}» stands in ${places.length} places: ${places.join(', ')}`);
    return [];
  });
  if (wrong.length > 0) throw new Error(wrong.join('\n'));
  return placed;
}
