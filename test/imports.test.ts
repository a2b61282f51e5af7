import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';

const root = fileURLToPath(new URL('../functions', import.meta.url));
const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
const isTest = (file: string) => /(\.test|-contract)\.ts$/.test(file);

interface Import {
  file: string;
  /** Path below functions/ for our own files, the package's name for others. */
  target: string;
  typeOnly: boolean;
}

const imports: Import[] = files
  .filter((file) => !isTest(file))
  .flatMap((file) => {
    const text = readFileSync(join(root, file), 'utf8');
    return [...text.matchAll(/^import (type )?[^;]*?from '([^']+)'|import\('([^']+)'\)/gms)].map((match) => {
      const name = match[2] ?? match[3] ?? '';
      const target = name.startsWith('.') ? relative(root, join(root, dirname(file), name)) : name;
      return { file, target, typeOnly: match[1] !== undefined };
    });
  });

const from = (folder: string) => imports.filter(({ file }) => file.startsWith(`${folder}/`));
const show = ({ file, target }: Import) => `${file} → ${target}`;

const functions = ['router', 'usage', 'fx', 'sweep'];

describe('the direction of imports', () => {
  test('files were found, so that the rest can fail', () => expect(imports.length).toBeGreaterThan(200));

  test('core imports nothing but core and what computes', () => {
    const allowed = (target: string) => target.startsWith('core/') || ['node:crypto', 'node:zlib'].includes(target);
    expect(
      from('core')
        .filter(({ target }) => !allowed(target))
        .map(show),
    ).toEqual([]);
  });

  test('formats import core, formats and schemas; the providers’ packages give types alone', () => {
    const allowed = ({ target, typeOnly }: Import) =>
      /^(core|formats)\//.test(target) ||
      ['zod', '@smithy/eventstream-codec', 'node:crypto'].includes(target) ||
      typeOnly;
    expect(
      from('formats')
        .filter((each) => !allowed(each))
        .map(show),
    ).toEqual([]);
  });

  test('the catalogue imports core and schemas', () => {
    const allowed = (target: string) => /^(core|catalogue)\//.test(target) || ['zod', 'node:crypto'].includes(target);
    expect(
      from('catalogue')
        .filter(({ target }) => !allowed(target))
        .map(show),
    ).toEqual([]);
  });

  test('only platform, and the entry of a function, know Google’s clients, OpenTelemetry and SQLite', () => {
    const cloud = imports.filter(({ target }) =>
      /^(@google-cloud\/|@opentelemetry\/|google-auth-library|node:sqlite|undici)/.test(target),
    );
    const stray = cloud.filter(({ file }) => !file.startsWith('platform/') && !/^\w+\/index\.ts$/.test(file));
    expect(stray.map(show)).toEqual([]);
    expect(cloud.length).toBeGreaterThan(5);
  });

  test('platform knows core and itself', () => {
    const own = from('platform').filter(({ target }) => /^(router|formats|catalogue|usage|fx|sweep)\//.test(target));
    expect(own.map(show)).toEqual([]);
  });

  test('functions do not import each other, but for the wiring of the router', () => {
    const stray = imports.filter(({ file, target }) => {
      const [one, other] = [file.split('/')[0], target.split('/')[0]];
      return functions.includes(one ?? '') && functions.includes(other ?? '') && one !== other;
    });
    expect(stray.filter(({ file }) => !file.startsWith('router/start/')).map(show)).toEqual([]);
  });
});

test('only the entry of a function reads the environment', () => {
  const readers = files.filter((file) => !isTest(file) && /process\.env/.test(readFileSync(join(root, file), 'utf8')));
  expect(readers.filter((file) => !/^\w+\/index\.ts$/.test(file))).toEqual([]);
  expect(readers.length).toBeGreaterThan(1);
});

test('no file is a drawer for everything', () => {
  expect(files.filter((file) => /(^|\/)(utils?|helpers?|common|misc)\.ts$/.test(file))).toEqual([]);
});
