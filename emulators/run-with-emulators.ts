import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findEmulators } from './find-emulators.ts';

/** `demo-` tells the emulator suite that no real project is meant. */
export const PROJECT = 'demo-mesh';

const here = fileURLToPath(new URL('.', import.meta.url));
const firebase = fileURLToPath(new URL('../node_modules/firebase-tools/lib/bin/firebase.js', import.meta.url));

export interface RunOptions {
  /** `free`: ports that nobody uses, so that two runs can go side by side. `fixed`: those of firebase.json. */
  ports: 'free' | 'fixed';
  /** Whether to run the command without emulators where there are none. */
  optional: boolean;
}

/** Runs a command with both emulators up and their addresses in its environment. Resolves with its exit code. */
export async function runWithEmulators(command: readonly string[], { ports, optional }: RunOptions): Promise<number> {
  const work = await mkdtemp(join(tmpdir(), 'mesh-emulators-'));
  try {
    const found = await findEmulators(process.env, work);
    if (found.kind === 'running') return await run(command, process.env);
    if (found.kind === 'missing') {
      console.error(complaint(found.reasons, optional));
      return optional ? await run(command, { ...process.env, MESH_NO_EMULATORS: found.reasons.join('; ') }) : 1;
    }
    const config = join(work, 'firebase.json');
    await writeFile(config, JSON.stringify(await configure(ports)));
    // No metadata server is asked for credentials that the emulators do not want.
    const env = { ...process.env, ...found.env, METADATA_SERVER_DETECTION: 'none', GOOGLE_CLOUD_PROJECT: PROJECT };
    const script = command.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
    const suite = ['emulators:exec', '--config', config, '--project', PROJECT, '--only', 'firestore,pubsub'];
    const inProject = `cd '${process.cwd()}' && ${script}`;
    // The suite writes its debug logs into the folder it is started in.
    return await run([process.execPath, firebase, ...suite, inProject], env, work);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

function complaint(reasons: readonly string[], optional: boolean): string {
  const line = '='.repeat(78);
  const effect = optional
    ? 'Tests that need the emulators are SKIPPED. What is missing:'
    : 'The emulators cannot be started. What is missing:';
  return [line, effect, ...reasons.map((reason) => `  - ${reason}`), line].join('\n');
}

async function configure(ports: RunOptions['ports']): Promise<unknown> {
  const config = JSON.parse(await readFile(join(here, 'firebase.json'), 'utf8')) as {
    firestore: Record<string, string>;
    emulators: Record<string, unknown>;
  };
  config.firestore = { rules: join(here, 'firestore.rules'), indexes: join(here, 'firestore.indexes.json') };
  if (ports === 'fixed') return config;
  const [firestore, websocketPort, pubsub, hub, logging] = await freePorts(5);
  const host = '127.0.0.1';
  config.emulators = {
    ...config.emulators,
    firestore: { host, port: firestore, websocketPort },
    pubsub: { host, port: pubsub },
    hub: { host, port: hub },
    logging: { host, port: logging },
  };
  return config;
}

/** Ports that were free a moment ago, all different. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

function run(command: readonly string[], env: NodeJS.ProcessEnv, cwd?: string): Promise<number> {
  const [file = '', ...args] = command;
  const child = spawn(file, args, { env, stdio: 'inherit', ...(cwd === undefined ? {} : { cwd }) });
  const forward = (signal: NodeJS.Signals) => child.kill(signal);
  process.on('SIGINT', forward);
  process.on('SIGTERM', forward);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      process.off('SIGINT', forward);
      process.off('SIGTERM', forward);
      resolve(code ?? (signal === null ? 1 : 128));
    });
  });
}
