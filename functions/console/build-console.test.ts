import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import { buildConsole } from './build-console.ts';

/** What a page may take to be shown first, packed: the document, its style, its script and all that they need. */
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

const textOf = (name: string) => readFileSync(`${dist}assets/${name}`, 'utf8');
const namesIn = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(([, name]) => name ?? '');
/** Files that a script has at its head; what it fetches later is called by `import(…)`. */
const needs = (name: string) => namesIn(textOf(name), /\b(?:from|import)"\.\/([\w-]+\.js)"/g);
const fetches = (name: string) => namesIn(textOf(name), /\bimport\("\.\/([\w-]+\.js)"\)/g);

function withNeeds(names: readonly string[]): Set<string> {
  const all = new Set(names);
  for (const name of all) for (const needed of needs(name)) all.add(needed);
  return all;
}

const [script = ''] = readdirSync(`${dist}assets`).filter((name) => name.startsWith('console-'));
const style = readdirSync(`${dist}assets`).filter((name) => name.endsWith('.css'));
const pages = [...withNeeds([script])].flatMap(fetches);
const packed = (text: string) => gzipSync(text).length;

test('each page is a file of its own, and every file is of a page', () => {
  expect(pages.length).toBeGreaterThanOrEqual(12);
  const reached = withNeeds([script, ...pages]);
  expect([...reached, ...style].sort()).toEqual(readdirSync(`${dist}assets`).sort());
});

test.each(pages)('whoever opens %s first waits for little', (page) => {
  const scripts = [...withNeeds([script, page])].map((name) => packed(textOf(name)));
  const others = [packed(readFileSync(`${dist}index.html`, 'utf8')), ...style.map((name) => packed(textOf(name)))];
  const total = [...scripts, ...others].reduce((sum, size) => sum + size, 0);
  expect(total).toBeGreaterThan(10_000);
  expect(total).toBeLessThanOrEqual(MAX_BYTES);
});
