import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Command } from 'commander';
import { CliError } from '../terminal/cli-error.ts';
import type { Context } from '../terminal/context.ts';
import { addExamples, toCount } from '../terminal/options.ts';

interface ServeOptions {
  port?: number;
  host?: string;
  data?: string;
  catalogue?: string;
  open?: boolean;
}

const MAX_PORT = 65_535;

export function register(command: Command, context: Context): void {
  command
    .option('-p, --port <port>', 'the port; else PORT, else 8080', toCount(0, MAX_PORT))
    .option('--host <address>', 'the address; else MESH_HOST, else this machine alone')
    .option('--data <folder>', 'where the database and the demo’s keys are; else .mesh')
    .option('--catalogue <file>', 'a file laid over the built-in catalogue; else MESH_CATALOGUE')
    .option('--open', 'show its pages in the browser')
    .action((options: ServeOptions) => serve(options, context));
  addExamples(command, [
    ['mesh serve', 'on port 8080, for this machine alone'],
    ['mesh serve --port 9000 --data ~/mesh', 'on another port, its database elsewhere'],
    ['mesh serve --catalogue my.json', 'with models and providers of your own'],
  ]);
}

async function serve(options: ServeOptions, context: Context): Promise<void> {
  context.loadEnvFile();
  // It is the greatest part of the program, and no other command needs it.
  const { runRouter } = await import('../../router/run-router.ts');
  const { columns, write } = context;
  const print = (text: string) => write(`${text}\n`);
  const running = runRouter({ env: toEnvironment(context.env, options), isTerminal: columns !== null, print });
  const { url } = await running.catch((error: Error) => {
    throw new CliError(`The router cannot start: ${error.message}`);
  });
  if (options.open) openPage(`${url}/`, context);
}

/** A flag is what its variable would be. */
export function toEnvironment(env: Context['env'], { port, host, data, catalogue }: ServeOptions): Context['env'] {
  return {
    ...env,
    ...(port === undefined ? {} : { PORT: String(port) }),
    ...(host === undefined ? {} : { MESH_HOST: host }),
    ...(data === undefined ? {} : { MESH_STORE: `sqlite:${join(data, 'mesh.db')}` }),
    ...(catalogue === undefined ? {} : { MESH_CATALOGUE: catalogue }),
  };
}

const openers: Readonly<Record<string, string>> = { darwin: 'open', win32: 'explorer' };

function openPage(url: string, context: Context): void {
  const opener = spawn(openers[process.platform] ?? 'xdg-open', [url], { stdio: 'ignore', detached: true });
  opener.on('error', () => context.complain(`No browser could be started; open ${url}`));
  opener.unref();
}
