import { execFile } from 'node:child_process';
import { access, mkdir, readdir, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { findJava, MIN_JAVA_VERSION } from './find-java.ts';
import { manifestJar } from './manifest-jar.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** How the two emulators can be had here. */
export type Found =
  /** They run already. */
  | { kind: 'running' }
  /** They can be started with these variables added to the environment. */
  | { kind: 'startable'; env: Record<string, string> }
  | { kind: 'missing'; reasons: string[] };

const FIRESTORE_MAIN = 'com.google.cloud.datastore.emulator.firestore.CloudFirestore';

/**
 * Looks for emulators that run already, then for a Java and the jars: those of the Google Cloud SDK, those that
 * firebase-tools has downloaded, or, where the network is there, those that it would download. `cache` is a folder for the
 * one file that may have to be made.
 */
export async function findEmulators(env: Env, cache: string): Promise<Found> {
  if (await areRunning(env)) return { kind: 'running' };
  const java = await findJava(env);
  if (java === null) return { kind: 'missing', reasons: [`no Java ${MIN_JAVA_VERSION} or later`] };
  const javaEnv: Record<string, string> =
    java === '' ? {} : { JAVA_HOME: java, PATH: `${join(java, 'bin')}:${env.PATH ?? ''}` };
  const sdk = await findSdk(env);
  if (sdk !== null) return { kind: 'startable', env: { ...javaEnv, ...(await useSdk(sdk, cache)) } };
  if ((await hasDownloads()) || (await canDownload())) return { kind: 'startable', env: javaEnv };
  return {
    kind: 'missing',
    reasons: [
      'no emulators in a Google Cloud SDK (gcloud components install cloud-firestore-emulator pubsub-emulator)',
      'none in the cache of firebase-tools, and no network to download them',
    ],
  };
}

async function areRunning({ FIRESTORE_EMULATOR_HOST, PUBSUB_EMULATOR_HOST }: Env): Promise<boolean> {
  if (!FIRESTORE_EMULATOR_HOST || !PUBSUB_EMULATOR_HOST) return false;
  const found = await Promise.all([FIRESTORE_EMULATOR_HOST, PUBSUB_EMULATOR_HOST].map(canConnect));
  return found.every(Boolean);
}

/** The root of a Cloud SDK that has both emulators; null where none is found. */
async function findSdk(env: Env): Promise<string | null> {
  const asked = await promisify(execFile)('gcloud', ['info', '--format=value(installation.sdk_root)']).then(
    ({ stdout }) => stdout.trim(),
    () => '',
  );
  const roots = [env.CLOUDSDK_ROOT_DIR, asked, join(homedir(), 'google-cloud-sdk'), '/usr/lib/google-cloud-sdk'];
  for (const root of roots) {
    if (root && (await exists(firestoreJar(root))) && (await exists(pubsubBinary(root)))) return root;
  }
  return null;
}

async function useSdk(root: string, cache: string): Promise<Record<string, string>> {
  const jar = join(cache, 'firestore-emulator.jar');
  await mkdir(cache, { recursive: true });
  await writeFile(jar, manifestJar(FIRESTORE_MAIN, pathToFileURL(firestoreJar(root)).href));
  return { FIRESTORE_EMULATOR_BINARY_PATH: jar, PUBSUB_EMULATOR_BINARY_PATH: pubsubBinary(root) };
}

function firestoreJar(root: string): string {
  return join(root, 'platform', 'cloud-firestore-emulator', 'cloud-firestore-emulator.jar');
}

function pubsubBinary(root: string): string {
  return join(root, 'platform', 'pubsub-emulator', 'bin', 'cloud-pubsub-emulator');
}

async function hasDownloads(): Promise<boolean> {
  const names = await readdir(join(homedir(), '.cache', 'firebase', 'emulators')).catch(() => []);
  return ['cloud-firestore-emulator', 'pubsub-emulator'].every((part) => names.some((name) => name.startsWith(part)));
}

/** Where firebase-tools downloads from. */
function canDownload(): Promise<boolean> {
  return canConnect('storage.googleapis.com:443');
}

function canConnect(address: string): Promise<boolean> {
  const [, host = '', port = ''] = /^(.*):(\d+)$/.exec(address) ?? [];
  return new Promise((resolve) => {
    const socket = connect({ host, port: Number(port), timeout: 2_000 });
    const done = (found: boolean) => {
      socket.destroy();
      resolve(found);
    };
    socket.once('connect', () => done(true));
    socket.once('error', () => done(false));
    socket.once('timeout', () => done(false));
  });
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
