import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import { buildConsole } from './build-console.ts';

/** What the first load may be, packed. */
const MAX_BYTES = 60 * 1024;

const dist = fileURLToPath(new URL('dist/', import.meta.url));

test('what is committed is what the sources give: npm run console:build', async () => {
  const built = await buildConsole();
  const names = readdirSync(dist, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => `${parentPath}/${name}`.slice(dist.length).replace(/^\//, ''));
  expect(names.sort()).toEqual([...built.keys()].sort());
  for (const name of names) expect([name, readFileSync(dist + name, 'utf8')]).toEqual([name, built.get(name)]);
});

test('all of it together is small', () => {
  const sizes = readdirSync(dist, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => gzipSync(readFileSync(`${parentPath}/${name}`)).length);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  expect(total).toBeGreaterThan(10_000);
  expect(total).toBeLessThanOrEqual(MAX_BYTES);
});
