import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type CommandLine, commandLine } from '../support/run-mesh.ts';
import { type Account, type Mesh, startMesh } from '../support/start-mesh.ts';

/** Coding tools are started and configured. The programs here are stand-ins that tell what they were started with. */
const root = fileURLToPath(new URL('../..', import.meta.url));
const model = (id: string, capabilities: string[]) => ({
  [id]: {
    context_length: 123_000,
    max_output_tokens: 4_096,
    capabilities,
    endpoints: [{ provider: 'acme', model: id, price: { input: '1', output: '2' } }],
  },
});
const catalogue = {
  providers: { acme: { format: 'chat', base_url: 'http://127.0.0.1:9', auth: { type: 'none' } } },
  models: { ...model('acme/able', ['tools']), ...model('acme/claude-like', ['tools']) },
};

let mesh: Mesh;
let account: Account;
let cli: CommandLine;
let bin: string;

beforeAll(async () => {
  mesh = await startMesh({ catalogue });
  account = await mesh.makeOwner();
});
afterAll(() => mesh.close());

beforeEach(() => {
  cli = commandLine({ MESH_URL: mesh.url, MESH_KEY: account.key });
  bin = join(cli.home, 'bin');
  mkdirSync(bin);
});
afterEach(() => cli.remove());

function install(name: string, script: string): void {
  writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(bin, name), 0o755);
}

/** `mesh launch`, in a process of its own: what the tool was started with, as lines of its environment and its arguments. */
async function launch(...args: string[]) {
  install(args[0] ?? '', 'env; for each in "$@"; do echo "arg $each"; done');
  const path = `${bin}:${process.env.PATH}`;
  const env = { PATH: path, HOME: cli.home, MESH_URL: mesh.url, MESH_KEY: account.key, ANTHROPIC_API_KEY: 'sk-other' };
  const child = spawn(process.execPath, ['functions/cli/index.ts', 'launch', ...args], { cwd: root, env });
  let out = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      out += text;
    });
  }
  const [code] = await once(child, 'close');
  const lines = out.split('\n');
  return { code, out, lines, args: lines.filter((line) => line.startsWith('arg ')).map((line) => line.slice(4)) };
}

describe('a tool is launched', () => {
  /** As somebody's settings say it who has chosen so; what is in the folder then. */
  function goByKey(): string[] {
    mkdirSync(join(cli.home, '.gemini'));
    const settings = { security: { auth: { selectedType: 'gemini-api-key' } } };
    writeFileSync(join(cli.home, '.gemini', 'settings.json'), JSON.stringify(settings));
    return ['.gemini', 'bin'];
  }

  test.each([
    [
      'claude',
      [
        'ANTHROPIC_BASE_URL=<url>',
        'ANTHROPIC_AUTH_TOKEN=<key>',
        'ANTHROPIC_MODEL=acme/able',
        'CLAUDE_CODE_MAX_CONTEXT_TOKENS=123000',
      ],
    ],
    ['codex', ['MESH_KEY=<key>']],
    ['gemini', ['GOOGLE_GEMINI_BASE_URL=<url>', 'GEMINI_API_KEY=<key>', 'GEMINI_MODEL=acme/able']],
    ['opencode', ['MESH_KEY=<key>']],
    ['aider', ['OPENAI_API_BASE=<url>/v1', 'OPENAI_API_KEY=<key>', 'AIDER_MODEL=openai/acme/able']],
  ])(
    '%s, with what it has to know in its environment, no secret in its arguments, and nothing written',
    async (tool, expected) => {
      const before = tool === 'gemini' ? goByKey() : ['bin'];
      const { code, lines, args } = await launch(tool, '-m', 'acme/able', '--', '-p', 'say "hi"');
      expect(code).toBe(0);
      for (const line of expected)
        expect(lines).toContain(line.replace('<url>', mesh.url).replace('<key>', account.key));
      expect(args.slice(-2)).toEqual(['-p', 'say "hi"']);
      expect(args.join(' ')).not.toContain(account.key);
      // What mesh itself has compiled is no setting of a tool.
      const now = readdirSync(cli.home).filter((name) => name !== '.cache');
      expect(now.sort()).toEqual(before);
    },
  );

  test('Gemini CLI only where its settings say that it goes by a key, which no variable can', async () => {
    const { code, out } = await launch('gemini', '-m', 'acme/able');
    const wanted = 'wants security.auth.selectedType to be "gemini-api-key" in';
    expect([code, out]).toEqual([1, expect.stringContaining(wanted)]);
  });

  test('Claude Code without the keys that would win over ours', async () => {
    const { out } = await launch('claude', '-m', 'acme/able');
    expect(out).not.toContain('ANTHROPIC_API_KEY');
  });

  test('without a model where its own is served, and told which there are where none is', async () => {
    expect((await launch('claude')).out).not.toContain('ANTHROPIC_MODEL');
    const { code, out } = await launch('codex');
    expect([code, out]).toEqual([1, expect.stringContaining('Codex has to be told a model: -m and one of acme/able')]);
  });

  test('and said to be missing, or a model that is not there, or one without tools', async () => {
    const missing = await cli.run(['launch', 'aider', '-m', 'acme/able'], { env: { PATH: bin, MESH_URL: mesh.url } });
    expect([missing.code, missing.err]).toEqual([1, expect.stringContaining('Aider is not installed: python')]);
    expect(await launch('codex', '-m', 'acme/none')).toMatchObject({
      code: 1,
      out: expect.stringContaining('no such model'),
    });
    expect((await launch('codex', '-m', 'mesh/echo')).out).toContain('mesh/echo calls no tools, which Codex needs');
  });

  test('and mesh ends as it has ended', async () => {
    install('codex', 'exit 7');
    const env = { PATH: `${bin}:${process.env.PATH}`, MESH_URL: mesh.url, MESH_KEY: account.key };
    expect(await cli.run(['launch', 'codex', '-m', 'acme/able'], { env })).toEqual({ code: 7, out: '', err: '' });
  });
});

describe('a tool is configured', () => {
  const files = {
    claude: ['.claude/settings.json'],
    codex: ['.codex/config.toml'],
    gemini: ['.gemini/.env', '.gemini/settings.json'],
    opencode: ['.config/opencode/opencode.json'],
    aider: ['.aider.conf.yml'],
  };
  const at = (file: string) => join(cli.home, file);

  test.each(Object.entries(files))(
    '%s, and is as it was afterwards, whether it had settings or not',
    async (tool, paths) => {
      const before = (path: string) => (path.endsWith('json') ? '{ "mine": 1 }' : '# mine\n');
      for (const had of [false, true]) {
        for (const path of had ? paths : []) {
          mkdirSync(join(at(path), '..'), { recursive: true });
          writeFileSync(at(path), before(path), { mode: 0o644 });
        }
        const { code, out } = await cli.run(['configure', tool, '-m', 'acme/able']);
        expect(code).toBe(0);
        expect(out).not.toContain(account.key);
        const written = paths.map((path) => readFileSync(at(path), 'utf8')).join('\n');
        expect(written).toContain(account.key);
        expect(written).toContain(mesh.url);
        const secret = paths.find((path) => readFileSync(at(path), 'utf8').includes(account.key)) ?? '';
        expect((statSync(at(secret)).mode & 0o777).toString(8)).toBe('600');
        expect((await cli.run(['configure', tool, '-m', 'acme/able'])).err).toContain('configured already');
        expect((await cli.run(['unconfigure', tool])).code).toBe(0);
        for (const path of paths) {
          expect(existsSync(at(path))).toBe(had);
          if (!had) continue;
          expect(readFileSync(at(path), 'utf8')).toBe(before(path));
          expect((statSync(at(path)).mode & 0o777).toString(8)).toBe('644');
        }
      }
      expect(await cli.run(['unconfigure', tool])).toMatchObject({ code: 1 });
    },
  );

  test('only for show, with --dry-run', async () => {
    const { out } = await cli.run(['configure', 'claude', '-m', 'acme/able', '--dry-run']);
    expect(out).toContain('+ env.ANTHROPIC_BASE_URL: ');
    expect(out).toContain('+ env.ANTHROPIC_AUTH_TOKEN: the key');
    expect(readdirSync(cli.home)).toEqual(['bin']);
  });

  test('never in a file that git tracks, not even through a link to one', async () => {
    const repository = at('dotfiles');
    mkdirSync(repository);
    mkdirSync(at('.claude'));
    writeFileSync(join(repository, 'settings.json'), '{}');
    const git = (...args: string[]) => execFileSync('git', args, { cwd: repository, stdio: 'ignore' });
    git('init');
    git('add', 'settings.json');
    symlinkSync(join(repository, 'settings.json'), at('.claude/settings.json'));
    const { code, err } = await cli.run(['configure', 'claude', '-m', 'acme/able']);
    expect([code, err]).toEqual([1, expect.stringContaining('is tracked by git')]);
    expect(readFileSync(join(repository, 'settings.json'), 'utf8')).toBe('{}');
  });

  test('and what somebody has edited meanwhile stays', async () => {
    await cli.run(['configure', 'claude', '-m', 'acme/able']);
    const settings = JSON.parse(readFileSync(at('.claude/settings.json'), 'utf8'));
    settings.theme = 'dark';
    settings.env.ANTHROPIC_MODEL = 'mine';
    writeFileSync(at('.claude/settings.json'), JSON.stringify(settings));
    const { out } = await cli.run(['unconfigure', 'claude']);
    expect(out).toContain('but for what you have changed: env.ANTHROPIC_MODEL');
    expect(JSON.parse(readFileSync(at('.claude/settings.json'), 'utf8'))).toEqual({
      theme: 'dark',
      env: { ANTHROPIC_MODEL: 'mine' },
    });
  });
});
