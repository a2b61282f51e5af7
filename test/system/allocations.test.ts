import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { differencesFromRecord } from '../support/recorded-figures.ts';

const LIMIT_MS = 180_000;
/** Nothing is collected, and nothing is optimized, so that the figure is the same on every machine. */
const settings = ['--no-opt', '--no-maglev', '--min-semi-space-size=128', '--max-semi-space-size=128'];
/** Runs differ by one in a hundred. */
const ROOM = 0.25;

test(
  'a chunk of a stream takes as many bytes of the heap as was recorded',
  async () => {
    const script = fileURLToPath(new URL('../support/count-allocations.ts', import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', ...settings, script]);
    const figures = JSON.parse(stdout);
    expect(differencesFromRecord('allocations', 'bytes of heap a chunk', figures, { share: ROOM })).toEqual([]);
  },
  LIMIT_MS,
);
