import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { PubSub } from '@google-cloud/pubsub';
import { canConnect } from './find-emulators.ts';
import { PROJECT } from './start-suite.ts';

/** The topic of charges, and the functions that hear of it. */
const TOPIC = 'usage';
/** Where a message goes that a consumer failed to handle so many times. */
const DEAD_TOPIC = 'usage-dead';
const MAX_DELIVERY_ATTEMPTS = 10;
const ALERTS_TOPIC = 'alerts';
const consumers = ['usage', 'fx'] as const;

const root = fileURLToPath(new URL('..', import.meta.url));
const framework = fileURLToPath(
  new URL('../node_modules/@google-cloud/functions-framework/build/src/main.js', import.meta.url),
);

/** Where the functions are started from. */
export type Programs = 'sources' | 'bundles';

/** The program of a function, below the project's folder. `npm run build` makes the bundles. */
export function programOf(name: string, programs: Programs): string {
  return programs === 'sources' ? `functions/${name}/index.ts` : `dist/${name}.cjs`;
}

/** The command line of a function on functions-framework. */
export function onFramework(program: string, target: string, signature: 'http' | 'cloudevent', port: number): string[] {
  return [framework, `--source=${program}`, `--target=${target}`, `--signature-type=${signature}`, `--port=${port}`];
}

export interface FunctionPorts {
  router: number;
  usage: number;
  fx: number;
}

export interface RunningFunctions {
  children: ChildProcess[];
  /** Stops every process that was started, by SIGTERM. */
  stop(): Promise<void>;
}

/**
 * Creates the topics and the push subscriptions in the emulator and starts the functions as they run in production: the
 * router on its own host, the others on functions-framework. Expects the emulators' addresses in the environment.
 * Resolves when all of them listen.
 */
export async function startFunctions(
  ports: FunctionPorts,
  env: Record<string, string> = {},
  { quiet = false, programs = 'sources' }: { quiet?: boolean; programs?: Programs } = {},
): Promise<RunningFunctions> {
  await createSubscriptions(ports);
  const common = { ...process.env, GOOGLE_CLOUD_PROJECT: PROJECT };
  const start = (args: string[], own: Record<string, string> = {}) =>
    spawn(process.execPath, args, {
      cwd: root,
      env: { ...common, ...own, ...env },
      stdio: ['ignore', quiet ? 'ignore' : 'inherit', 'inherit'],
    });
  const children = consumers.map((name) =>
    start(onFramework(programOf(name, programs), name, 'cloudevent', ports[name])),
  );
  const cloud = { MESH_STORE: 'firestore', MESH_EVENTS: 'pubsub', MESH_DEMO: 'on', PORT: String(ports.router) };
  children.push(start([programOf('router', programs)], cloud));
  const stop = async () => {
    const running = children.filter((child) => child.exitCode === null && child.signalCode === null);
    const gone = running.map((child) => once(child, 'exit'));
    for (const child of running) child.kill('SIGTERM');
    await Promise.all(gone);
  };
  try {
    await Promise.all(Object.values(ports).map((port) => untilListening(port, children)));
  } catch (error) {
    await stop();
    throw error;
  }
  return { children, stop };
}

/** Each consumer has a subscription of its own; the path names the topic, as functions-framework wants it. */
async function createSubscriptions(ports: FunctionPorts): Promise<void> {
  const client = new PubSub({ projectId: PROJECT });
  const topic = client.topic(TOPIC);
  for (const name of [TOPIC, DEAD_TOPIC, ALERTS_TOPIC]) await client.topic(name).create().catch(unlessThere);
  const deadLetterTopic = `projects/${PROJECT}/topics/${DEAD_TOPIC}`;
  const deadLetterPolicy = { deadLetterTopic, maxDeliveryAttempts: MAX_DELIVERY_ATTEMPTS };
  for (const consumer of consumers) {
    // Suites that share the emulators each hear of everything, and take nothing from each other.
    const subscription = topic.subscription(`${TOPIC}-${consumer}-${ports[consumer]}`);
    const pushEndpoint = `http://127.0.0.1:${ports[consumer]}/projects/${PROJECT}/topics/${TOPIC}`;
    await subscription.delete().catch(() => {});
    const options = { pushConfig: { pushEndpoint }, ackDeadlineSeconds: 10, deadLetterPolicy };
    await subscription.create(options).catch(unlessThere);
  }
  await client.close();
}

const ALREADY_EXISTS = 6;

function unlessThere(error: { code?: number }): void {
  if (error.code !== ALREADY_EXISTS) throw error;
}

const START_LIMIT_MS = 60_000;
const LOOK_EVERY_MS = 100;

async function untilListening(port: number, children: readonly ChildProcess[]): Promise<void> {
  const deadline = performance.now() + START_LIMIT_MS;
  for (;;) {
    if (await canConnect(`127.0.0.1:${port}`)) return;
    const dead = children.find((child) => child.exitCode !== null);
    if (dead) throw new Error(`A function ended with code ${dead.exitCode} before it listened.`);
    if (performance.now() > deadline) throw new Error(`Nothing listens on port ${port}.`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}
