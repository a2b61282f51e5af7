import { type BigIntStats, statSync } from 'node:fs';

/**
 * Remembers which files these paths lead to, and says whether they still do: whoever has a file open goes on with it after it was
 * deleted or replaced, and what is written then is lost. Those that are not there now are not asked for later.
 */
export function rememberFiles(paths: readonly string[]): () => boolean {
  const known = paths.flatMap((path) => {
    const found = look(path);
    return found === null ? [] : [{ path, found }];
  });
  return () =>
    known.every(({ path, found }) => {
      const now = look(path);
      return now !== null && now.ino === found.ino && now.dev === found.dev;
    });
}

/** Null also where it cannot be looked at: then nobody can open it either. */
function look(path: string): BigIntStats | null {
  try {
    return statSync(path, { bigint: true });
  } catch {
    return null;
  }
}
