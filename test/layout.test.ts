import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import {
  findCircles,
  findLiteralShards,
  findLong,
  findRepeated,
  findStray,
  type Rule,
  type Source,
} from './support/layout.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const MOST_LINES = 300;

/** Longer files, and why they are better whole. */
const longForAReason: Readonly<Record<string, string>> = {};

const isTest = (path: string) => /(\.test|-contract)\.ts$/.test(path);
const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
});
const sources: Source[] = listed
  .split('\n')
  .filter((path) => /^(functions|emulators|infra)\/.*\.tsx?$/.test(path) && !isTest(path) && existsSync(root + path))
  .map((path) => ({ path, text: readFileSync(root + path, 'utf8') }));

const functions = 'functions/';
const room = (name: string) => new RegExp(`^${functions}${name}/`);
const rooms = (...names: string[]) => `^${functions}(${names.join('|')})/`;
const packages = (...names: string[]) => `^(${names.join('|')})`;
const either = (...patterns: string[]) => new RegExp(patterns.join('|'));
const router = (...names: string[]) => rooms(...names.map((name) => `router/${name}`));
const domain = rooms('core', 'catalogue', 'platform', 'formats/(pivot|shared)');

const rules: Rule[] = [
  { of: room('core'), may: either(rooms('core'), packages('node:crypto$', 'node:zlib$')) },
  { of: /^functions\/core\/[^/]+$/, may: either(packages('node:')) },
  {
    of: room('formats'),
    may: either(rooms('core', 'formats'), packages('zod$', '@smithy/eventstream-codec$', 'node:crypto$')),
    // The providers' packages give types alone.
    typesToo: true,
  },
  { of: room('formats/pivot'), may: either(rooms('core', 'formats/pivot'), packages('zod$')), typesToo: true },
  {
    of: room('formats/shared'),
    may: either(rooms('core', 'formats/(pivot|shared)'), packages('zod$', 'node:crypto$')),
  },
  { of: room('catalogue'), may: either(rooms('core', 'catalogue'), packages('zod$', 'node:crypto$')) },
  { of: room('platform'), may: either(rooms('core', 'platform'), '^[^.]*$', '^@', '^node:') },
  {
    of: room('router/http'),
    may: either(rooms('core', 'platform', 'formats/(pivot|shared)', 'router/http'), '^[^/]*$', '^node:'),
  },
  { of: room('router/access'), may: either(domain, router('http', 'access'), '^[^/]*$', '^node:') },
  { of: room('router/way'), may: either(domain, router('http', 'access', 'way'), '^[^/]*$', '^node:') },
  { of: room('router/report'), may: either(domain, router('way', 'report'), '^[^/]*$', '^node:') },
  {
    of: room('router/operations'),
    may: either(domain, rooms('formats'), router('http', 'access', 'way', 'operations'), '^[^/]*$', '^node:'),
  },
  {
    of: room('router/api'),
    may: either(domain, rooms('formats'), router('http', 'access', 'way', 'api'), '^[^/]*$', '^node:'),
  },
  {
    of: room('(usage|fx|sweep|webhooks)'),
    may: either(rooms('core', 'platform', 'usage', 'fx', 'sweep', 'webhooks'), '^[^/]*$', '^node:', '^@'),
  },
  // What runs in a browser knows nothing of ours but the public API, and what sends it is no part of it.
  {
    of: /^functions\/console\/app\//,
    may: either(
      rooms('console/app'),
      packages('preact$', 'preact/hooks$', 'preact-iso/router$', '@preact/signals$', 'uplot$'),
    ),
  },
  { of: room('router/console'), may: either(domain, rooms('formats'), router('http', 'console'), 'zod$', '^node:') },
  // Google's clients, OpenTelemetry, SQLite and the network are known to adapters and to the entries of functions.
  {
    of: /^functions\/(?!platform\/|\w+\/index\.ts$)/,
    may: /^(?!@google-cloud\/|@opentelemetry\/|google-auth-library|node:sqlite|undici)/,
  },
  // One function knows another only where a laptop runs all of them in one process.
  { of: /^functions\/router\/(?!index\.ts$|run-router\.ts$|start\/)/, may: /^(?!functions\/router\/start\/)/ },
  // The command line is on top: it starts routers, speaks to them from outside and carries out plans; nothing knows it.
  { of: /^functions\/(?!cli\/)/, may: /^(?!functions\/cli\/)/ },
  {
    of: room('cli'),
    may: either(
      rooms('core', 'cli'),
      '^package\\.json$',
      '^functions/formats/shared/nearest-name\\.ts$',
      '^functions/router/(run-router|start/(check-catalogue-file|config|known-variables|open-platform|report-ledger))\\.ts$',
      '^infra/operate/(ask|replay-plan|run-command|run-plan)\\.ts$',
      packages('node:', 'commander$', 'jsonc-parser$'),
    ),
  },
  { of: /^functions\/usage\//, may: /^(?!functions\/(router|fx|sweep|webhooks)\/)/ },
  { of: /^functions\/fx\//, may: /^(?!functions\/(router|usage|sweep|webhooks)\/)/ },
  { of: /^functions\/sweep\//, may: /^(?!functions\/(router|usage|fx|webhooks)\/)/ },
  { of: /^functions\/webhooks\//, may: /^(?!functions\/(router|usage|fx|sweep)\/)/ },
  { of: /^functions\/router\/(?!index\.ts$)/, may: /^(?!functions\/router\/index\.ts)/ },
];

/** Names of collections and topics, each with the one file that says it. */
const declared = sources.flatMap(({ path, text }) =>
  [...text.matchAll(/^export const ([A-Z_]+) = '([a-z_]+)';$/gm)].map(([, constant = '', name = '']) => ({
    constant,
    name,
    path,
  })),
);
const named = new Map(declared.map(({ name, path }) => [name, path]));

describe('the house', () => {
  test('files were found, so that the rest can fail', () => {
    expect(sources.length).toBeGreaterThan(300);
    expect(named.size).toBeGreaterThan(10);
  });
  test('has no circle of files or folders, types included', () => expect(findCircles(sources)).toEqual([]));
  test('is built from the ground up: nothing imports against the direction', () =>
    expect(findStray(sources, rules)).toEqual([]));
  test('every rule is about files that there are', () =>
    expect(rules.filter(({ of }) => !sources.some(({ path }) => of.test(path)))).toEqual([]));
  test(`has no file over ${MOST_LINES} lines without a reason`, () =>
    expect(findLong(sources, MOST_LINES).sort()).toEqual(Object.keys(longForAReason).sort()));
  test('names a collection or a topic in one place', () => {
    expect(findRepeated(sources, named)).toEqual([]);
    const twice = declared.filter(({ name, constant, path }) =>
      declared.some((other) => other.name === name && (other.constant !== constant || other.path !== path)),
    );
    // The topic of alerts is named as their collection is.
    expect(twice.map(({ constant }) => constant).sort()).toEqual(['ALERTS', 'ALERTS_TOPIC']);
  });
  test('says each count of shards once', () => {
    const counts = sources.flatMap(({ text }) =>
      [...text.matchAll(/\b([A-Z_]*SHARDS) = (\d+);/g)].map(([, name]) => name),
    );
    expect(new Set(counts).size).toBe(counts.length);
    expect(findLiteralShards(sources)).toEqual([]);
  });
  test('has no drawer for everything', () =>
    expect(sources.filter(({ path }) => /(^|\/)(utils?|helpers?|common|misc)\.ts$/.test(path))).toEqual([]));
  test('reads the environment in the entry of a function alone', () => {
    const readers = sources.filter(({ path, text }) => path.startsWith(functions) && /process\.env/.test(text));
    expect(readers.map(({ path }) => path).filter((path) => !/^functions\/\w+\/index\.ts$/.test(path))).toEqual([]);
    expect(readers.length).toBeGreaterThan(1);
  });
});

describe('what is planted is found', () => {
  const file = (path: string, ...targets: string[]): Source => ({
    path,
    text: targets.map((target) => `import { x } from '${target}';`).join('\n'),
  });

  test('a circle of two files, by types too', () => {
    const planted = [
      { path: 'functions/a.ts', text: "import type { B } from './b.ts';" },
      { path: 'functions/b.ts', text: "export { a } from './a.ts';" },
    ];
    expect(findCircles(planted)).toEqual([['functions/a.ts', 'functions/b.ts']]);
  });

  test('a circle of folders whose files have none, a folder and one within it among them', () => {
    const planted = [
      file('functions/core/a.ts', './money/b.ts'),
      file('functions/core/money/b.ts'),
      file('functions/core/money/c.ts', '../d.ts'),
      file('functions/core/d.ts'),
    ];
    expect(findCircles(planted)).toEqual([['functions/core/', 'functions/core/money/']]);
  });

  test('a long way round is a circle, a fork is none', () => {
    const round = [file('a.ts', './b.ts'), file('b.ts', './c.ts'), file('c.ts', './d.ts'), file('d.ts', './a.ts')];
    expect(findCircles(round)).toEqual([['a.ts', 'b.ts', 'c.ts', 'd.ts']]);
    expect(findCircles([file('a.ts', './b.ts', './c.ts'), file('b.ts', './c.ts'), file('c.ts')])).toEqual([]);
  });

  test.each([
    [file('functions/core/store/x.ts', '../../platform/log.ts'), 'functions/platform/log.ts'],
    [file('functions/core/errors.ts', './money/money.ts'), 'functions/core/money/money.ts'],
    [file('functions/router/way/pump.ts', '../../formats/chat/surface.ts'), 'functions/formats/chat/surface.ts'],
    [file('functions/router/http/call.ts', '../way/ask.ts'), 'functions/router/way/ask.ts'],
    [
      file('functions/router/api/keys/x.ts', '../../operations/chat/chat.ts'),
      'functions/router/operations/chat/chat.ts',
    ],
    [file('functions/router/way/pump.ts', '@google-cloud/firestore'), '@google-cloud/firestore'],
    [file('functions/router/way/pump.ts', '../start/config.ts'), 'functions/router/start/config.ts'],
    [file('functions/usage/x.ts', '../router/way/ask.ts'), 'functions/router/way/ask.ts'],
    [file('functions/formats/chat/x.ts', 'openai'), 'openai'],
  ])('an import against the direction: %#', (planted, to) => {
    expect(findStray([planted], rules)).toEqual([`${planted.path} → ${to}`]);
  });

  test('a type from a provider’s package is none', () => {
    const planted = { path: 'functions/formats/chat/x.ts', text: "import type OpenAI from 'openai';" };
    expect(findStray([planted], rules)).toEqual([]);
  });

  test('a file that is one line too long', () => {
    const lines = (count: number) => ({ path: 'x.ts', text: 'x\n'.repeat(count) });
    expect(findLong([lines(MOST_LINES)], MOST_LINES)).toEqual([]);
    expect(findLong([lines(MOST_LINES + 1)], MOST_LINES)).toEqual(['x.ts']);
  });

  test('a count of shards that is a number', () => {
    const planted = { path: 'x.ts', text: 'f(shardOf(id, 16));\nconst shard = BigInt(hash % 4);' };
    expect(findLiteralShards([planted])).toEqual(['x.ts: shardOf(id, 16', 'x.ts: shard = BigInt(hash % 4']);
  });

  test('a collection that is written out again', () => {
    const names = new Map([['owners', 'owners.ts']]);
    const at = (path: string) => ({ path, text: "documents.get('owners', id); query({ collection: 'owners' })" });
    expect(findRepeated([at('owners.ts'), at('x.ts')], names)).toEqual(["x.ts: 'owners'", "x.ts: 'owners'"]);
  });
});
