import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A disk of its own, small enough to be filled. */
export interface SmallDisk {
  /** Where it is mounted. */
  path: string;
  /** Leaves no room for a single page. */
  fill(): void;
  /** Gives all of that room back. */
  empty(): void;
  close(): void;
}

const MEGABYTE = 1024 * 1024;
/** What is written to fill it, in pieces that get smaller. */
const PIECES = [16 * MEGABYTE, MEGABYTE, 64 * 1024, 4_096, 512];

/** Mounts one in memory, `megabytes` large; null where this machine does not let us. */
export function mountSmallDisk(megabytes: number): SmallDisk | null {
  const path = mkdtempSync(join(tmpdir(), 'mesh-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=0700`, 'tmpfs', path], { stdio: 'ignore' });
  } catch {
    rmSync(path, { recursive: true });
    return null;
  }
  const filling = join(path, 'filling');
  return {
    path,
    fill() {
      mkdirSync(filling, { recursive: true });
      for (const [kind, bytes] of PIECES.entries()) {
        for (let n = 0; writes(join(filling, `${kind}.${n}`), bytes); n++);
      }
    },
    empty: () => rmSync(filling, { recursive: true, force: true }),
    close() {
      execFileSync('umount', ['-l', path]);
      rmSync(path, { recursive: true });
    },
  };
}

function writes(path: string, bytes: number): boolean {
  try {
    writeFileSync(path, Buffer.alloc(bytes));
    return true;
  } catch {
    return false;
  }
}
