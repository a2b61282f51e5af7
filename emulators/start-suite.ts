import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { FIREBASE, type Startable } from './find-emulators.ts';
import { manifestJar } from './manifest-jar.ts';

/** `demo-` tells the emulator suite that no real project is meant. */
export const PROJECT = 'demo-mesh';

/** How long the suite may take to start; where the emulators have to be downloaded, 200 MB on a slow line. */
const START_LIMIT_MS = 120_000;
const DOWNLOAD_LIMIT_MS = 600_000;
/** How long it may take to stop before it is killed. */
const STOP_LIMIT_MS = 20_000;
/** As much of the suite's output as is shown when it does not start. */
const SHOWN_LOG_LINES = 30;

const HOST = '127.0.0.1';
const FIRESTORE_MAIN = 'com.google.cloud.datastore.emulator.firestore.CloudFirestore';
const here = fileURLToPath(new URL('.', import.meta.url));

/** `free`: ports that nobody uses, so that several suites can run at once. `fixed`: those of firebase.json. */
export type Ports = 'free' | 'fixed';

export interface Suite {
  /** Where clients find the emulators. */
  env: Record<'FIRESTORE_EMULATOR_HOST' | 'PUBSUB_EMULATOR_HOST', string>;
  stop(): Promise<void>;
}

/**
 * Starts both emulators under the Firebase emulator suite, in a temporary folder for its configuration and logs. The suite
 * ends by itself when this process does, whatever ended it. Throws with the end of the suite's output where it does not start.
 */
export async function startSuite(found: Startable, ports: Ports): Promise<Suite> {
  const work = await mkdtemp(join(tmpdir(), 'mesh-emulators-'));
  const config = await configure(ports);
  await writeFile(join(work, 'firebase.json'), JSON.stringify(config));
  const server = createServer().listen(0, HOST);
  await once(server, 'listening');
  const child = await spawnSuite(work, await suiteEnv(found, work), portOf(server));
  const exited = once(child, 'exit');
  try {
    const held = await untilUp(server, exited, found.download ? DOWNLOAD_LIMIT_MS : START_LIMIT_MS);
    const { firestore, pubsub } = config.emulators;
    return {
      env: {
        FIRESTORE_EMULATOR_HOST: `${HOST}:${firestore.port}`,
        PUBSUB_EMULATOR_HOST: `${HOST}:${pubsub.port}`,
      },
      async stop() {
        held.destroy();
        await stopSuite(child, exited);
        await rm(work, { recursive: true, force: true });
      },
    };
  } catch (error) {
    const log = await readFile(join(work, 'suite.log'), 'utf8');
    await stopSuite(child, exited);
    await rm(work, { recursive: true, force: true });
    const shown = log.trim().split('\n').slice(-SHOWN_LOG_LINES).join('\n');
    throw new Error(`${(error as Error).message}\n${shown}`);
  } finally {
    server.close();
  }
}

/** The suite in a process group of its own: an interrupt in the terminal is for the command, which needs the emulators to end well. */
async function spawnSuite(work: string, env: NodeJS.ProcessEnv, port: number): Promise<ChildProcess> {
  const log = await open(join(work, 'suite.log'), 'w');
  try {
    const hold = [process.execPath, join(here, 'hold.ts'), String(port)].map((word) => `"${word}"`).join(' ');
    const options = ['--only', 'firestore,pubsub', '--project', PROJECT, '--config', join(work, 'firebase.json')];
    const args = [FIREBASE, 'emulators:exec', ...options, hold];
    return spawn(process.execPath, args, { cwd: work, env, stdio: ['ignore', log.fd, log.fd], detached: true });
  } finally {
    await log.close();
  }
}

async function untilUp(server: Server, exited: Promise<unknown>, limitMs: number): Promise<Socket> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), limitMs);
  try {
    return await Promise.race([
      once(server, 'connection', { signal: limit.signal }).then(([socket]: Socket[]) => {
        if (socket === undefined) throw new Error('unreachable');
        // A suite that breaks resets the connection; its end is seen by its exit.
        return socket.on('error', () => {});
      }),
      exited.then(() => {
        throw new Error('The emulators ended before they were up:');
      }),
    ]);
  } catch (error) {
    if (limit.signal.aborted) throw new Error(`The emulators were not up within ${limitMs / 1000} s:`);
    throw error;
  } finally {
    clearTimeout(timer);
    limit.abort();
  }
}

async function stopSuite(child: ChildProcess, exited: Promise<unknown>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const pid = child.pid;
  const timer = setTimeout(() => {
    console.error('The emulators did not stop in time and are killed.');
    process.kill(-pid, 'SIGKILL');
  }, STOP_LIMIT_MS);
  await exited;
  clearTimeout(timer);
}

/** The environment of the suite. Nothing of it reaches the command. */
async function suiteEnv(found: Startable, work: string): Promise<NodeJS.ProcessEnv> {
  const { java, firestoreJar, pubsubBinary } = found;
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    JAVA_HOME: java.home,
    PATH: [join(java.home, 'bin'), process.env.PATH].join(delimiter),
    // Suites of one project find each other through a file in the temporary folder, and firebase-tools remembers
    // logins and its last errors in the configuration folder: a run has its own of both.
    TMPDIR: work,
    XDG_CONFIG_HOME: work,
    NO_UPDATE_NOTIFIER: '1',
    METADATA_SERVER_DETECTION: 'none',
  };
  delete env.FIRESTORE_EMULATOR_HOST;
  delete env.PUBSUB_EMULATOR_HOST;
  // firebase-tools makes what these variables name executable, which in a system's folder only root may do.
  if (firestoreJar !== null) {
    env.FIRESTORE_EMULATOR_BINARY_PATH = join(work, 'firestore.jar');
    const jar = manifestJar(FIRESTORE_MAIN, pathToFileURL(firestoreJar).href);
    await writeFile(env.FIRESTORE_EMULATOR_BINARY_PATH, jar);
  }
  if (pubsubBinary !== null) {
    env.PUBSUB_EMULATOR_BINARY_PATH = join(work, 'pubsub');
    await writeFile(env.PUBSUB_EMULATOR_BINARY_PATH, `#!/bin/sh\nexec '${pubsubBinary}' "$@"\n`);
  }
  return env;
}

interface Config {
  firestore: { rules: string; indexes: string };
  emulators: Record<string, unknown> & { firestore: { port: number }; pubsub: { port: number } };
}

/** firebase.json with the files it names found from anywhere, and with ports of this run if they are to be free ones. */
async function configure(ports: Ports): Promise<Config> {
  const config = JSON.parse(await readFile(join(here, 'firebase.json'), 'utf8')) as Config;
  const { rules, indexes } = config.firestore;
  config.firestore = { rules: join(here, rules), indexes: join(here, indexes) };
  if (ports === 'fixed') return config;
  const [firestore = 0, websocketPort = 0, pubsub = 0, hub = 0, logging = 0] = await freePorts(5);
  config.emulators = {
    ...config.emulators,
    firestore: { ...config.emulators.firestore, port: firestore, websocketPort },
    pubsub: { ...config.emulators.pubsub, port: pubsub },
    hub: { host: HOST, port: hub },
    logging: { host: HOST, port: logging },
  } as Config['emulators'];
  return config;
}

/** Ports that were free a moment ago, all different. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, HOST));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map(portOf);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}
