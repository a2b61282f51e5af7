import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** How long the tests of one mutation may take; one that hangs is seen. */
const LIMIT_MS = 300_000;

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Which tests: a project of Jest, and a pattern of paths. */
export interface Tests {
  project: 'unit' | 'system';
  pattern: string;
}

/** What some tests say of a copy: `failed` names the first test that failed, and its file. */
export type Verdict = { passed: true } | { passed: false; failed: string; file: string | null };

/** The project's files, as `git` would take them: what is ignored is left out. */
export function listFiles(under = '.'): string[] {
  const options = ['ls-files', '--cached', '--others', '--exclude-standard', '-z', under];
  return execFileSync('git', options, { cwd: root, encoding: 'utf8' }).split('\0').filter(Boolean);
}

/**
 * A copy of the project, so that nobody's working tree has a mistake in it, not even for a moment. It is a repository of its
 * own because some tests ask `git` which files there are. The packages are the project's own.
 */
export class MutatedCopy {
  readonly #path = mkdtempSync(join(tmpdir(), 'mesh-mutations-'));
  #running: number | null = null;

  constructor() {
    for (const path of listFiles()) {
      mkdirSync(dirname(join(this.#path, path)), { recursive: true });
      cpSync(join(root, path), join(this.#path, path));
    }
    symlinkSync(join(root, 'node_modules'), join(this.#path, 'node_modules'));
    execFileSync('git', ['init', '-q'], { cwd: this.#path });
    execFileSync('git', ['add', '-A'], { cwd: this.#path });
  }

  /** Replaces a text of a file for as long as `act` takes. */
  async with<T>(file: string, from: string, to: string, act: () => Promise<T>): Promise<T> {
    const path = join(this.#path, file);
    const text = readFileSync(path, 'utf8');
    writeFileSync(
      path,
      text.replace(from, () => to),
    );
    try {
      return await act();
    } finally {
      writeFileSync(path, text);
    }
  }

  /** Runs tests up to the first file of which one fails. */
  async run({ project, pattern }: Tests): Promise<Verdict> {
    const { code, output } = await this.#jest([
      ...[`--selectProjects=${project}`, '--testPathPatterns', pattern, '--bail', '--silent', '--maxWorkers=1'],
      // Jest's cache goes with the copy.
      ...[`--cacheDirectory=${join(this.#path, '.jest')}`, '--reporters=default', '--forceExit'],
    ]);
    if (code === 0) return { passed: true };
    const [, file = null] = /^FAIL \S+ (\S+)/m.exec(output) ?? [];
    const [, failed] = /^ {2}\u25cf (.+)$/m.exec(output) ?? [];
    return { passed: false, failed: code === null ? 'hangs' : (failed ?? 'crashes'), file };
  }

  close(): void {
    this.#stop();
    rmSync(this.#path, { recursive: true, force: true });
  }

  /**
   * How Jest ended, null where it did not in time, and what it told. It leads a group of processes, so that routers that tests
   * have started end with it.
   */
  async #jest(args: string[]): Promise<{ code: number | null; output: string }> {
    const jest = ['--disable-warning=ExperimentalWarning', 'node_modules/jest/bin/jest.js'];
    const child = spawn(process.execPath, [...jest, ...args], {
      cwd: this.#path,
      stdio: ['ignore', 'ignore', 'pipe'],
      detached: true,
    });
    this.#running = child.pid ?? null;
    const timer = setTimeout(() => this.#stop(), LIMIT_MS);
    let output = '';
    child.stderr.setEncoding('utf8').on('data', (text) => {
      output += text;
    });
    const [code] = await once(child, 'exit');
    clearTimeout(timer);
    this.#stop();
    return { code, output };
  }

  /** Ends the tests' group of processes, and only that. */
  #stop(): void {
    if (this.#running === null) return;
    try {
      process.kill(-this.#running, 'SIGKILL');
    } catch (error) {
      // Nobody of it is left.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
    this.#running = null;
  }
}
