import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { runCli } from './run-cli.ts';
import type { Context } from './terminal/context.ts';

/** Runs the command line of this process. */
export async function main(env: Context['env']): Promise<void> {
  const context: Context = {
    env,
    home: homedir(),
    folder: process.cwd(),
    columns: process.stdout.isTTY ? process.stdout.columns : null,
    isWatched: process.stderr.isTTY === true,
    stdin: process.stdin,
    write: (text) => void process.stdout.write(text),
    complain: (text) => void process.stderr.write(`${text}\n`),
    fetch: (...request) => fetch(...request),
    now: Date.now,
    elapsed: () => performance.now(),
    loadEnvFile() {
      if (existsSync('.env')) process.loadEnvFile('.env');
    },
    self: [process.execPath, process.argv[1] ?? ''],
    // Once what was written is out.
    leave: () => void process.stdout.write('', () => process.exit()),
  };

  // Who reads our output may have gone, as `head` has after ten lines.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(0);
  });
  // Whoever does not hear what went wrong has the exit code.
  process.stderr.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  process.exitCode = await runCli(process.argv.slice(2), context);
}
