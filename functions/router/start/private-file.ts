import { chmod, link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Read and written by its own user alone, whatever the process’s umask is. */
const OWNER_ONLY = 0o600;
/** In the name of a file that is not yet whole. */
const DRAFT_BYTES = 8;

export interface PrivateFile<T> {
  path: string;
  /** What a file holds; null where it is not ours, and may be replaced. May throw where it must not be. */
  parse(text: string): T | null;
  make(): T;
}

/**
 * What a file holds that is made at the first start and read at later ones. Of several that start at once one makes the
 * file, whole, and the others read it. `random`: bytes for the name of its draft.
 */
export async function keepInPrivateFile<T>(file: PrivateFile<T>, random: (bytes: number) => Uint8Array): Promise<T> {
  const { path } = file;
  const known = await readPrivate(file);
  if (known !== null) {
    await chmod(path, OWNER_ONLY);
    return known;
  }
  const content = file.make();
  await mkdir(dirname(path), { recursive: true });
  const draft = `${path}.${Buffer.from(random(DRAFT_BYTES)).toString('hex')}`;
  await writeFile(draft, `${JSON.stringify(content, null, 2)}\n`, { mode: OWNER_ONLY });
  await chmod(draft, OWNER_ONLY);
  try {
    await link(draft, path);
    return content;
  } catch {
    const made = await readPrivate(file);
    if (made !== null) return made;
    // What is there is not ours.
    await rename(draft, path);
    return content;
  } finally {
    await rm(draft, { force: true });
  }
}

async function readPrivate<T>({ path, parse }: PrivateFile<T>): Promise<T | null> {
  const text = await readFile(path, 'utf8').catch(() => null);
  return text === null ? null : parse(text);
}
