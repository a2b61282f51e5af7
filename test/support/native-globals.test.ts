import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import * as live from './native-globals.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
/** A constant of a module that is one of Jest's functions, or chosen among them. */
const KEPT =
  /^(?:export )?const \w+ =[^;(]*\b(?:describe|expect|it|jest|test|(?:after|before)(?:All|Each))(?:\.\w+)*(?:;| [:?])/m;

test('what a file imports as @jest/globals was made for it', () => {
  expect(test).toBe(live.test);
  expect(expect.getState().testPath).toBe(import.meta.filename);
});

test('a module that several files share sees those of the file that runs', () => {
  const own = { ...live };
  const next = { ...own, test: Object.assign(() => {}, own.test) };
  live.setGlobals(next);
  try {
    expect(test).toBe(next.test);
  } finally {
    live.setGlobals(own);
  }
});

test('no module that files share keeps one of another file', () => {
  expect('export const describeHere =\n  process.env.HERE ? describe : describe.skip;').toMatch(KEPT);
  expect('const testOnLinux = test;').toMatch(KEPT);
  const shared = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.ts'], { cwd: root })
    .toString()
    .split('\n')
    .filter((path) => path !== '' && !path.endsWith('.test.ts'))
    .map((path) => ({ path, text: readFileSync(root + path, 'utf8') }))
    .filter(({ text }) => text.includes("from '@jest/globals'"));
  expect(shared.length).toBeGreaterThan(5);
  expect(shared.filter(({ text }) => KEPT.test(text)).map(({ path }) => path)).toEqual([]);
});
