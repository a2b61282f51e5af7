import { readFile, stat } from 'node:fs/promises';
import { type CatalogueFile, parseCatalogueFile } from '../../catalogue/catalogue-file.ts';
import { mistake } from '../../catalogue/mistakes.ts';

export interface WatchedFile {
  /** What the file says, where it is not what it said at the last look; null where it is. Throws the mistakes of a new one. */
  look(): Promise<CatalogueFile | null>;
}

/**
 * The operator's file, looked at by its time, size and place before it is read: a mounted bucket has no events. Without a path
 * there is none, and it never says anything.
 */
export function watchCatalogueFile(path: string | null): WatchedFile {
  let stamp = '';
  let text: string | null = null;

  function gone(thrown: NodeJS.ErrnoException): never {
    // Whatever stands there next is looked at anew.
    stamp = '';
    text = null;
    throw mistake([], `the file cannot be read (${thrown.code ?? thrown.name})`);
  }

  return {
    async look() {
      if (path === null) return null;
      const found = await stampOf(path).catch(gone);
      if (found === stamp) return null;
      const read = await readFile(path, 'utf8').catch(gone);
      stamp = found;
      if (read === text) return null;
      text = read;
      return parse(read);
    },
  };
}

async function stampOf(path: string): Promise<string> {
  const { mtimeMs, size, ino } = await stat(path);
  return `${mtimeMs} ${size} ${ino}`;
}

function parse(text: string): CatalogueFile {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The parser's own message quotes the file.
    throw mistake([], 'the file is no JSON');
  }
  return parseCatalogueFile(value);
}
