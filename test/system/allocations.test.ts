import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { PLANTED_BYTES } from '../support/planted-bytes.ts';
import { differencesFromRecord } from '../support/recorded-figures.ts';

const LIMIT_MS = 180_000;
/** Nothing is collected, and nothing is optimized, so that the figure is the same on every machine. */
const settings = ['--no-opt', '--no-maglev', '--min-semi-space-size=128', '--max-semi-space-size=128'];
/** Medians of runs on a busy machine differ by seven in a thousand. */
const ROOM = 0.03;

const fileOf = (name: string) => fileURLToPath(new URL(`../support/${name}`, import.meta.url));

/** How what a chunk takes differs from the record, in words. `imported`: before the router. */
async function differences(...imported: string[]): Promise<string[]> {
  const before = imported.flatMap((name) => ['--import', fileOf(name)]);
  const args = ['--expose-gc', ...settings, ...before, fileOf('count-allocations.ts')];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return differencesFromRecord('allocations', 'bytes of heap a chunk', JSON.parse(stdout), { share: ROOM });
}

test(
  'a chunk of a stream takes as many bytes of the heap as was recorded',
  async () => {
    expect(await differences()).toEqual([]);
  },
  LIMIT_MS,
);

// What is planted must not become the record.
const unlessRecording = process.env.MESH_RECORD === 'on' ? test.skip : test;

unlessRecording(
  `${PLANTED_BYTES} bytes more for each chunk are seen, in a stream that is relayed and in one that is translated`,
  async () => {
    const rose = expect.stringMatching(/It rose/);
    expect(await differences('plant-allocation.ts')).toEqual([rose, rose]);
  },
  LIMIT_MS,
);
