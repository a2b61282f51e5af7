import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { readClients } from '../../../test/clients/client.ts';
import { takesTables } from '../../../test/support/takes-tables.ts';
import { alertKinds } from '../../core/alerts/alerts.ts';
import { errorTable } from '../../core/errors.ts';
import { metricNames } from '../../platform/telemetry/metric-names.ts';
import { routes } from '../routes.ts';
import { pageNames, readPages } from './pages.ts';
import { renderMarkdown } from './render-markdown.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const here = join(root, 'functions/router/docs');
const read = (name: string) => readFileSync(join(here, `${name}.md`), 'utf8');
const pages = readPages();
const readme = readFileSync(join(root, 'README.md'), 'utf8');

/** Rows of all tables of a page, as the words in their first cell. */
const rowsOf = (name: string) => [...read(name).matchAll(/^\| (.+?) \|/gm)].map((match) => match[1] ?? '');

/** All of the code but its tests. */
function readSources(): string[] {
  const files = execFileSync('git', ['ls-files', 'functions'], { cwd: root, encoding: 'utf8' }).split('\n');
  return files
    .filter((path) => /\.ts$/.test(path) && !/\.test\.ts$/.test(path))
    .map((path) => readFileSync(join(root, path), 'utf8'));
}

/** `32 * 1024 * 1024` as a number; NaN for what is no product of numbers. */
function product(expression: string): number {
  return expression.split('*').reduce((result, factor) => result * Number(factor.replaceAll('_', '')), 1);
}

describe('the documents say what the code has', () => {
  test('every error code, with its status and type', () => {
    const lines = read('errors').split('\n');
    for (const [code, { status, type }] of Object.entries(errorTable)) {
      expect([code, lines.some((line) => line.startsWith(`| \`${code}\` | ${status} | \`${type}\` |`))]).toEqual([
        code,
        true,
      ]);
    }
    const named = rowsOf('errors').flatMap((cell) => /^`(\w+)`$/.exec(cell)?.[1] ?? []);
    expect(named.sort()).toEqual(Object.keys(errorTable).sort());
  });

  test('every error code at a link of its own', () => {
    const { terms } = renderMarkdown(read('errors'));
    for (const code of Object.keys(errorTable)) expect(terms).toContainEqual({ id: code, text: code });
  });

  test('every variable that is read', () => {
    const read = new Set(
      readSources()
        .flatMap((source) => [...source.matchAll(/\benv\.([A-Z][A-Z_]+)/g)])
        .map((match) => match[1] ?? ''),
    );
    const named = new Set(
      rowsOf('configuration').flatMap((cell) => [...cell.matchAll(/`([A-Z_]+)`/g)].map(([, name]) => name)),
    );
    expect(read.size).toBeGreaterThan(20);
    expect([...read].filter((name) => !named.has(name))).toEqual([]);
    expect([...named].filter((name) => !read.has(name ?? ''))).toEqual([]);
  });

  test('every route, and no other', () => {
    const named = rowsOf('api').flatMap((cell) => /^`([A-Z]+ \/.*)`$/.exec(cell)?.[1] ?? []);
    expect(named.sort()).toEqual(routes.map(({ method, path }) => `${method} ${path.replace('+}', '}')}`).sort());
  });

  test('who may call each route', () => {
    const access = { inference: 'inference', admin: 'admin', manage: 'manage', either: 'either', open: 'none' };
    for (const route of routes) {
      const line = `| \`${route.method} ${route.path.replace('+}', '}')}\` | ${access[route.access]} |`;
      expect([line, read('api').includes(line)]).toEqual([line, true]);
    }
  });

  test('every metric and every alert', () => {
    expect(Object.values(metricNames).filter((name) => !read('operate').includes(`| \`${name}\` |`))).toEqual([]);
    expect(alertKinds.filter((kind) => !read('money').includes(`\`${kind}\``))).toEqual([]);
  });

  test('every named limit, as it stands in the code', () => {
    const constants = readSources().flatMap((source) => [
      ...source.matchAll(/^(?:export )?const ([A-Z][A-Z_]+)(?:: \w+)? = ([^;]+);/gm),
    ]);
    const units: Readonly<Record<string, number>> = { KiB: 1_024, MiB: 1_048_576 };
    const rows = [...read('limits').matchAll(/^\| [^|]+ \| `([A-Z_]+)` \| ([\d,.]+) ?(\w*)/gm)];
    expect(rows.length).toBeGreaterThan(30);
    for (const [, name = '', digits = '', unit = ''] of rows) {
      const said = Number(digits.replaceAll(',', '')) * (name.endsWith('_MS') ? 1_000 : (units[unit] ?? 1));
      const found = constants.filter(([, constant]) => constant === name).map(([, , value = '']) => product(value));
      expect([name, found]).toEqual([name, expect.arrayContaining([said])]);
    }
  });

  test('every playbook, by its own title', () => {
    const folder = join(root, 'infra/operate/playbooks');
    for (const file of readdirSync(folder)) {
      const title = /^# (.+)$/m.exec(readFileSync(join(folder, file), 'utf8'))?.[1];
      const line = `| \`${file.replace(/\.md$/, '')}\` | ${title} |`;
      expect([line, read('operate').includes(line)]).toEqual([line, true]);
    }
  });

  test('what a second region costs, as it was measured', () => {
    const rows = readFileSync(join(root, 'test/load/results/regions.md'), 'utf8').match(/^\|.*\|$/gm) ?? [];
    expect(rows.length).toBeGreaterThan(6);
    expect(rows.filter((row) => !read('operate').includes(`\n${row}\n`))).toEqual([]);
  });

  test('every client that is tried, at the version of its lock file', () => {
    const lines = readClients().map(({ name, version, surface }) => `| ${name} | ${version} | ${surface} |`);
    expect(lines.length).toBeGreaterThan(15);
    expect(lines.filter((line) => !read('clients').includes(line))).toEqual([]);
  });

  test('every built-in provider', () => {
    const folder = join(root, 'functions/catalogue/data');
    const providers = readdirSync(folder).flatMap((file) =>
      Object.entries(
        JSON.parse(readFileSync(join(folder, file), 'utf8')).providers as Record<string, { format: string }>,
      ),
    );
    for (const [id, { format }] of providers) {
      expect([id, read('providers').includes(`| \`${id}\` | \`${format}\` |`)]).toEqual([id, true]);
    }
  });
});

test('what each built-in provider takes is said as the catalogue has it', () => {
  const { fields, forms } = takesTables();
  const lines = read('providers').split('\n');
  const tableFrom = (head: string) => {
    const at = lines.indexOf(head);
    return lines.slice(at, lines.indexOf('', at));
  };
  expect(tableFrom(fields[0] ?? '')).toEqual(fields);
  expect(tableFrom(forms[0] ?? '')).toEqual(forms);
});

describe('the documents hold together', () => {
  const texts = [
    ['README.md', readme, root] as const,
    ...pages.map(({ name, text }) => [`${name}.md`, text, here] as const),
  ];
  const ids = new Map(pages.map(({ name, text }) => [name, renderMarkdown(text).headings.map(({ id }) => id)]));

  test('there is a page for each name, and no other', () => {
    const found = readdirSync(here).filter((name) => name.endsWith('.md'));
    expect(found.sort()).toEqual(pageNames.map((name) => `${name}.md`).sort());
  });

  test.each(texts)('every link in %s leads somewhere', (_name, text, folder) => {
    const dead = [...text.matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, href = '']) => {
      if (/^https?:/.test(href)) return [];
      const [path = '', id] = href.split('#');
      if (!existsSync(join(folder, path))) return [href];
      const name = path.replace(/\.md$/, '').replace(/^.*\//, '');
      return id === undefined || ids.get(name)?.includes(id) ? [] : [href];
    });
    expect(dead).toEqual([]);
  });

  test.each(texts)('every path that %s names is there', (_name, text) => {
    const named = [...text.matchAll(/\b((?:functions|infra|test|emulators)\/[\w./-]*\w)/g)].map(
      ([, path = '']) => path,
    );
    const missing = named.filter((path) => !existsSync(join(root, path)));
    expect(missing).toEqual([]);
  });

  test.each(texts)('no line of %s is too long to be read beside code', (_name, text) => {
    const lines = text.split('\n').filter((line) => !line.startsWith('|'));
    expect(lines.filter((line) => [...line].length > 160)).toEqual([]);
  });

  test('decisions are dated, the newest first', () => {
    const decisions = texts.find(([name]) => name === 'decisions.md')?.[1] ?? '';
    const dates = [...decisions.matchAll(/^## (.*)$/gm)].map(
      ([, title]) => /^(\d{4}-\d\d-\d\d) · ./.exec(title ?? '')?.[1],
    );
    expect(dates.length).toBeGreaterThan(100);
    expect(dates).toEqual([...dates].sort().reverse());
    expect(dates).not.toContain(undefined);
  });

  test('the README is what a newcomer needs in five minutes', () => {
    const lines = readme.split('\n');
    expect(lines.length).toBeLessThanOrEqual(151);
    expect(lines.filter((line) => line.length > 120)).toEqual([]);
  });

  test('every command that is shown is there', () => {
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    const shown = texts.flatMap(([, text]) => [...text.matchAll(/npm run ([\w:]+)/g)].map(([, name = '']) => name));
    expect([...new Set(shown)].filter((name) => !(name in scripts))).toEqual([]);
    expect(
      Object.keys(scripts).filter(
        (name) =>
          /^(check|test:|bench$|deploy|build|emulators|ledger)/.test(name) && !readme.includes(`npm run ${name} `),
      ),
    ).toEqual([]);
  });
});

test('the renderer of the reference is the one that is installed', () => {
  const packaged = dirname(fileURLToPath(import.meta.resolve('rapidoc')));
  expect(readFileSync(join(here, 'assets/rapidoc.min.js')).equals(readFileSync(join(packaged, 'rapidoc-min.js')))).toBe(
    true,
  );
});
