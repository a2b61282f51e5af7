import { execFileSync } from 'node:child_process';
import { readlinkSync, realpathSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { readIfThere, writeWhole } from '../client/settings-file.ts';

const PERMISSIONS = 0o777;
const OWNER_ONLY = 0o600;

export interface FileOnDisk {
  /** Where it really is: a link is followed, not replaced. */
  path: string;
  /** Null where there is none. */
  text: string | null;
  mode: number | null;
}

export function readFile(named: string): FileOnDisk {
  const path = realPath(named);
  const text = readIfThere(path);
  return { path, text, mode: text === null ? null : statSync(path).mode & PERMISSIONS };
}

/** Null takes the file away. A file with a secret is for its user alone; else its `mode` stays. */
export function writeFile(path: string, text: string | null, mode: number | null, hasSecret: boolean): void {
  if (text === null) rmSync(path, { force: true });
  else writeWhole(path, text, hasSecret ? OWNER_ONLY & (mode ?? OWNER_ONLY) : (mode ?? OWNER_ONLY));
}

/** Whether git would show everybody what is in a file. */
export function isTracked(path: string): boolean {
  try {
    const options = { cwd: dirname(path), stdio: 'ignore' } as const;
    execFileSync('git', ['ls-files', '--error-unmatch', '--', basename(path)], options);
    return true;
  } catch {
    return false;
  }
}

/** Links are followed, also one whose file is yet to be made. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    // Not a link that leads back to itself: reading it tells so.
    const target = (error as NodeJS.ErrnoException).code === 'ENOENT' ? readLink(path) : null;
    return target === null ? path : realPath(resolve(dirname(path), target));
  }
}

/** Null where there is no link. */
function readLink(path: string): string | null {
  try {
    return readlinkSync(path);
  } catch {
    return null;
  }
}
