import { describe, expect, test } from '@jest/globals';
import fc from '../../../test/support/fast-check.ts';
import { aider } from './aider.ts';
import { planChange, undoChange } from './change-file.ts';
import { claude } from './claude.ts';
import { codex } from './codex.ts';
import { gemini } from './gemini.ts';
import type { SettingKey, SettingsFile } from './tool.ts';

const model = { id: 'openai/gpt-5-mini', contextLength: 400_000 };
const target = { url: 'http://localhost:8080', key: 'rsk_secret', model, models: [model.id] };
const fileOf = (files: SettingsFile[], format: SettingsFile['format']) => files.find((file) => file.format === format);
const claudeFile = fileOf(claude.settings(target), 'json') as SettingsFile;
const codexFile = fileOf(codex.settings(target), 'toml') as SettingsFile;
const aiderFile = fileOf(aider.settings(target), 'yaml') as SettingsFile;
const geminiFile = fileOf(gemini.settings(target), 'env') as SettingsFile;

/** Configures a text, lets somebody edit it, and unconfigures it. */
function through(before: string | null, file: SettingsFile, edit: (text: string) => string = (text) => text) {
  const receipt = planChange('file', before, 0o644, file);
  return undoChange(edit(receipt.after), receipt);
}

describe('what was configured is undone', () => {
  const texts = {
    json: [
      '{}',
      '{\n\t"theme": "dark",\n\t// mine\n\t"env": { "A": "1" }\n}\n',
      '{"env":{"ANTHROPIC_BASE_URL":"x"}}',
      '\n',
    ],
    toml: [
      '',
      'model = "o3"\n\n[model_providers.mesh]\nbase_url = "x"\n',
      '# mine\n[a]\nmodel = 1',
      'x = [\n  ["a"]\n]\r\n',
    ],
    yaml: ['', '# mine\nmodel: o3 # by me\nread:\n  - a\n', 'openai-api-base: "x"\r\n'],
    env: ['', 'A=1\nexport GEMINI_API_KEY=mine\n', 'A=1'],
  };
  const all = [
    ...texts.json.map((text) => [text, claudeFile] as const),
    ...texts.toml.map((text) => [text, codexFile] as const),
    ...texts.yaml.map((text) => [text, aiderFile] as const),
    ...texts.env.map((text) => [text, geminiFile] as const),
  ];
  test.each(all)('to the byte where nobody has edited it: %j', (text, file) => {
    expect(planChange('file', text, 0o644, file).after).not.toBe(text);
    expect(through(text, file)).toEqual({ text, kept: [] });
    expect(through(null, file)).toEqual({ text: null, kept: [] });
  });

  test('by taking the file away that was made for it, but not one that somebody has put something into', () => {
    const more = (text: string) => text.replace('{', '{ "theme": "dark",');
    expect(JSON.parse(through(null, claudeFile, more).text ?? '')).toEqual({ theme: 'dark' });
    expect(through(null, codexFile, (text) => `${text}[mine]\n`).text).toBe('[mine]\n');
  });

  test('but for a key of ours that somebody has changed since', () => {
    const change = (text: string) => text.replace('http://localhost:8080', 'https://mine.example');
    const { text, kept } = through('{"env":{"ANTHROPIC_BASE_URL":"before"}}', claudeFile, change);
    expect([JSON.parse(text ?? ''), kept]).toEqual([
      { env: { ANTHROPIC_BASE_URL: 'https://mine.example' } },
      [['env', 'ANTHROPIC_BASE_URL']],
    ]);
  });

  test('and a file that is gone stays so', () => {
    expect(undoChange(null, planChange('file', '{}', 0o644, claudeFile))).toEqual({ text: null, kept: [] });
  });

  test('and a file that is not of its format is not touched', () => {
    expect(() => planChange('file', '{"a": ', 0o644, claudeFile)).toThrow('no JSON object');
    expect(() => planChange('file', '[]', 0o644, claudeFile)).toThrow('no JSON object');
  });
});

describe('whatever somebody edits meanwhile', () => {
  /** Names of which some are ours, some names of every object. */
  const name = fc.constantFrom('env', 'a', 'b', 'ANTHROPIC_MODEL', 'ANTHROPIC_BASE_URL', 'toString', '__proto_');
  const value = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null), fc.array(fc.integer()));
  const object = fc.dictionary(name, fc.oneof(value, fc.dictionary(name, value)));
  const spaces = fc.constantFrom(undefined, 2, '\t');

  /** JSON in which nothing of ours stands, and that somebody may write into a file of settings. */
  const isOurs = (key: string) => claudeFile.keys.some(({ path }) => path.at(-1) === key);

  test('JSON has it, and all else as it was', () => {
    fc.assert(
      fc.property(object, object, spaces, (before, edits, space) => {
        const envBefore = before.env;
        fc.pre(
          envBefore === undefined || (typeof envBefore === 'object' && envBefore !== null && !Array.isArray(envBefore)),
        );
        const own = Object.fromEntries(Object.entries(edits).filter(([key]) => key !== 'env' && !isOurs(key)));
        const ownEnv = Object.entries(typeof edits.env === 'object' ? (edits.env ?? {}) : {}).filter(
          ([key]) => !isOurs(key),
        );
        const edit = (settings: Record<string, unknown>) => {
          const env = { ...(settings.env as object | undefined), ...Object.fromEntries(ownEnv) };
          const hasEnv = settings.env !== undefined || ownEnv.length > 0;
          return { ...settings, ...own, ...(hasEnv ? { env } : {}) };
        };
        const text = JSON.stringify(before, null, space);
        const undone = through(text, claudeFile, (now) => JSON.stringify(edit(JSON.parse(now)), null, space));
        expect(JSON.parse(undone.text ?? '')).toEqual(edit(before));
        expect(undone.kept).toEqual([]);
      }),
    );
  });

  const line = fc.constantFrom(
    '',
    '# mine',
    'model = "o3"',
    'theme = "dark"',
    '[a]',
    '[model_providers.b]',
    'x = 1',
    'GEMINI_MODEL=own',
  );
  const lines = fc.array(line, { maxLength: 8 });

  test.each([
    ['TOML', codexFile],
    ['a file of variables', geminiFile],
  ])('%s has the lines that were put in, and all others as they were', (_format, file) => {
    fc.assert(
      fc.property(
        lines,
        fc.boolean(),
        fc.array(fc.tuple(fc.nat(), fc.nat({ max: 99 })), { maxLength: 5 }),
        (before, ends, edits) => {
          const text = before.join('\n') + (ends ? '\n' : '');
          const receipt = planChange('file', text, 0o644, file);
          const isEdit = (each: string) => /^# edit \d+$/.test(each);
          const now = receipt.after.split('\n');
          // At any place but below the table's own lines, where whatever is put in is the table's.
          for (const [place, number] of edits) now.splice(place % (now.length + 1), 0, `# edit ${number}`);
          const undone = undoChange(now.join('\n'), receipt);
          const left = (undone.text ?? '').split('\n');
          expect(left.filter(isEdit)).toEqual(now.filter(isEdit));
          const others = left.filter((each) => !isEdit(each));
          const wasThere = (key: SettingKey) => others.some((each) => each.includes(String(key.value)));
          expect(file.keys.filter((key) => String(key.value) !== 'mesh' && wasThere(key))).toEqual([]);
          expect(others.filter((each) => each !== '[model_providers.mesh]')).toEqual(text.split('\n'));
        },
      ),
    );
  });
});

describe('somebody’s own lines, comments among them, stay to the byte', () => {
  const number = fc.nat({ max: 30 });
  const some = fc.uniqueArray(number, { maxLength: 6 });
  /** Files as people write them, each comment of which is there once. */
  const own = fc.record({
    outer: some,
    inner: fc.option(some),
    eol: fc.constantFrom('\n', '\r\n'),
    ends: fc.boolean(),
  });
  type Own = typeof own extends fc.Arbitrary<infer Value> ? Value : never;
  const noted = (mark: string, indent: string, toLine: (n: number) => string) => (n: number) => [
    `${indent}${mark} note ${indent.length}.${n}`,
    `${indent}${toLine(n)}`,
  ];
  const writers: Readonly<Record<string, [SettingsFile, (own: Own) => string[]]>> = {
    JSON: [
      claudeFile,
      ({ outer, inner, ends }) => {
        const lines = [
          '{',
          ...outer.flatMap(noted('//', '  ', (n) => `"own${n}": [${n}, /* and */ ${n}],`)),
          ...(inner === null
            ? []
            : ['  "env": {', ...inner.flatMap(noted('//', '    ', (n) => `"OWN_${n}": "",`)), '  },']),
        ];
        // With a comma behind the last one, or without.
        return [...(ends ? lines : [...lines.slice(0, -1), (lines.at(-1) ?? '').replace(/,$/, '')]), '}'];
      },
    ],
    TOML: [
      codexFile,
      ({ outer, inner }) => [
        ...(inner ?? []).flatMap(noted('#', '', (n) => `own${n} = "${n}" # behind`)),
        ...outer.flatMap((n) => [`[own${n}]`, ...noted('#', '  ', () => `x = ["a", # first`)(n), '  "b"]']),
      ],
    ],
    YAML: [
      aiderFile,
      ({ outer, inner }) => [
        ...outer.flatMap(noted('#', '', (n) => `own${n}: ${n} # behind`)),
        ...(inner === null ? [] : ['read:', ...inner.flatMap(noted('#', '  ', (n) => `- file${n}`))]),
      ],
    ],
    'a file of variables': [geminiFile, ({ outer }) => outer.flatMap(noted('#', '', (n) => `export OWN_${n}="${n}"`))],
  };

  test.each(Object.entries(writers))('%s, whatever is edited in them meanwhile', (_format, [file, toLines]) => {
    fc.assert(
      fc.property(own, fc.dictionary(number.map(String), fc.constantFrom('gone', 'more', 'other')), (mine, edits) => {
        const text = toLines(mine).join(mine.eol) + (mine.ends ? mine.eol : '');
        const edit = (whole: string) =>
          whole
            .split('\n')
            .flatMap((line) => {
              const how = edits[/note \d+\.(\d+)/.exec(line)?.[1] ?? ''];
              if (how === 'gone') return [];
              if (how === 'more') return [line, line.replace('note', 'more')];
              return how === 'other' ? [line.replace('note', 'my note')] : [line];
            })
            .join('\n');
        expect(through(text, file, edit)).toEqual({ text: edit(text), kept: [] });
      }),
    );
  });
});
