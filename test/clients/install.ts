import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { type Client, PROGRAMS } from './client.ts';

/** How long one client may take to be installed. */
const INSTALL_LIMIT_MS = 600_000;
/** Where clients are installed, outside the project: nothing of them is found by its tests, nor by what they try. */
export const CACHE = process.env.MESH_CLIENTS_CACHE ?? join(homedir(), '.cache', 'mesh-router-clients');

/** How a client's program is started; null where it could not be installed, and why. */
export type Installed = { command: string[]; folder: string } | { missing: string };

interface Language {
  /** What says which versions; where it is the same as before nothing is installed again. */
  lock: string[];
  /** Commands, one after the other. */
  install: string[][];
  command: string[];
}

const languages: Readonly<Record<Client['language'], Language>> = {
  node: {
    lock: ['package.json', 'package-lock.json'],
    install: [['npm', 'ci', '--no-audit', '--no-fund', '--loglevel=error']],
    command: [process.execPath, 'client.mjs'],
  },
  python: {
    lock: ['requirements.txt'],
    install: [
      ['python3', '-m', 'venv', '--clear', 'venv'],
      ['venv/bin/python', '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', 'requirements.txt'],
    ],
    command: ['venv/bin/python', 'client.py'],
  },
  go: {
    lock: ['go.mod', 'go.sum', 'main.go'],
    install: [['go', 'build', '-o', 'client', '.']],
    command: ['./client'],
  },
};

/** Lays what programs share beside their folders. */
export async function layShared(): Promise<void> {
  await mkdir(CACHE, { recursive: true });
  for (const entry of await readdir(PROGRAMS, { withFileTypes: true }))
    if (entry.isFile()) await cp(join(PROGRAMS, entry.name), join(CACHE, entry.name));
}

/** Installs what a client's lock file says, if it is not there yet, and lays its program beside it. */
export async function installClient({ id, language }: Client): Promise<Installed> {
  const { lock, install, command } = languages[language];
  const source = join(PROGRAMS, id);
  const folder = join(CACHE, id);
  const stamp = join(folder, 'installed');
  const wanted = (await Promise.all(lock.map((file) => readFile(join(source, file), 'utf8')))).join('\n');
  if ((await readFile(stamp, 'utf8').catch(() => '')) !== wanted) {
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    for (const file of lock) await cp(join(source, file), join(folder, file));
    for (const each of install) {
      const failure = await run(each, folder);
      if (failure !== null) return { missing: `${each.slice(0, 2).join(' ')}: ${failure}` };
    }
    await writeFile(stamp, wanted);
  }
  await cp(source, folder, { recursive: true, filter: (path) => !path.includes('node_modules') });
  return { command, folder };
}

/** Null where it went well, else the end of what it said. */
async function run([file = '', ...args]: string[], cwd: string): Promise<string | null> {
  const path = [dirname(process.execPath), process.env.PATH ?? ''].join(delimiter);
  const child = spawn(file, args, {
    cwd,
    env: { ...process.env, PATH: path, GOTOOLCHAIN: 'local' },
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: INSTALL_LIMIT_MS,
    killSignal: 'SIGKILL',
  });
  let said = '';
  child.stderr.on('data', (bytes) => {
    said += bytes;
  });
  try {
    const [code] = await once(child, 'close');
    return code === 0 ? null : (said.trim().split('\n').at(-1) ?? `ended with ${code}`);
  } catch (error) {
    return String(error);
  }
}
