import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { runCli } from '../../functions/cli/run-cli.ts';
import type { Context } from '../../functions/cli/terminal/context.ts';

export interface Ran {
  code: number;
  out: string;
  err: string;
}

export interface CommandLine {
  /** The user's own folder, and the one that commands are started in. */
  home: string;
  /** Runs `mesh` with arguments, in this process. */
  run(args: readonly string[], more?: Partial<Context> & { input?: string }): Promise<Ran>;
  /** The same for `--json`: what was printed, read. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look at replies of any shape.
  json(args: readonly string[], more?: Partial<Context>): Promise<any>;
  remove(): void;
}

/** The command line of somebody whose home is empty, with variables that say which router is meant. */
export function commandLine(env: Record<string, string>): CommandLine {
  const home = mkdtempSync(join(tmpdir(), 'mesh-cli-'));
  async function run(args: readonly string[], { input, ...more }: Partial<Context> & { input?: string } = {}) {
    let out = '';
    let err = '';
    const context: Context = {
      env: { PATH: process.env.PATH ?? '', ...env },
      home,
      folder: home,
      columns: null,
      isWatched: false,
      stdin: Readable.from(input === undefined ? [] : [input]) as Context['stdin'],
      write: (text) => {
        out += text;
      },
      complain: (text) => {
        err += `${text}\n`;
      },
      fetch: (...request) => fetch(...request),
      now: Date.now,
      elapsed: () => 0,
      loadEnvFile: () => {},
      self: [process.execPath, 'functions/cli/index.ts'],
      leave: () => {},
      ...more,
    };
    const code = await runCli(args, context);
    return { code, out, err };
  }
  return {
    home,
    run,
    async json(args, more) {
      const ran = await run([...args, '--json'], more);
      if (ran.code !== 0) throw new Error(`mesh ${args.join(' ')} ended with ${ran.code}: ${ran.err}`);
      return JSON.parse(ran.out);
    },
    remove: () => rmSync(home, { recursive: true, force: true }),
  };
}
