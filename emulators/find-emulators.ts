import { execFile } from 'node:child_process';
import { access, readFile, realpath } from 'node:fs/promises';
import { connect } from 'node:net';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { findJava, type Java, MIN_JAVA_VERSION } from './find-java.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** How the two emulators can be had here. */
export type Found = { kind: 'running' } | Startable | { kind: 'missing'; reasons: string[] };

export interface Startable {
  kind: 'startable';
  java: Java;
  /** Those of a Google Cloud SDK; null where firebase-tools takes its own. */
  firestoreJar: string | null;
  pubsubBinary: string | null;
  /** Whether firebase-tools has to download what is not there. */
  download: boolean;
}

/** The script of firebase-tools that its command runs. */
export const FIREBASE = fileURLToPath(new URL('../node_modules/firebase-tools/lib/bin/firebase.js', import.meta.url));

/** Where firebase-tools says which files of which versions it starts. */
const DOWNLOADS = join(dirname(FIREBASE), '..', 'emulator', 'downloadableEmulatorInfo.json');
const DOWNLOAD_ADDRESS = 'storage.googleapis.com:443';
const CONNECT_LIMIT_MS = 3_000;
const GCLOUD_LIMIT_MS = 15_000;

/**
 * Looks for emulators that run already, then for a Java and the emulators' files: those of a Google Cloud SDK, those that
 * firebase-tools has downloaded before, or, where there is a network, those that it would download.
 */
export async function findEmulators(env: Env): Promise<Found> {
  if (await areRunning(env)) return { kind: 'running' };
  const [{ java, tooOld }, sdks, downloaded] = await Promise.all([findJava(env), findSdks(env), findDownloads(env)]);
  const firestoreJar = await firstOf(sdks, 'platform/cloud-firestore-emulator/cloud-firestore-emulator.jar');
  const pubsubBinary = await firstOf(sdks, 'platform/pubsub-emulator/bin/cloud-pubsub-emulator');
  const lacking = [
    ...(firestoreJar === null && !downloaded.firestore ? ['cloud-firestore-emulator'] : []),
    ...(pubsubBinary === null && !downloaded.pubsub ? ['pubsub-emulator'] : []),
  ];
  const download = lacking.length > 0;
  const reasons = [
    ...(java === null ? [describeJava(tooOld)] : []),
    ...((await exists(FIREBASE)) ? [] : ['firebase-tools: install the development dependencies with npm ci']),
    ...(download && !(await canDownload(env)) ? [describeLacking(lacking)] : []),
  ];
  if (java === null || reasons.length > 0) return { kind: 'missing', reasons };
  return { kind: 'startable', java, firestoreJar, pubsubBinary, download };
}

function describeJava(tooOld: readonly Java[]): string {
  const found = tooOld.map(({ version, home }) => `Java ${version} in ${home}`).join(', ');
  return `Java ${MIN_JAVA_VERSION} or later${found === '' ? '' : ` (found: ${found})`}; JAVA_HOME may name one`;
}

function describeLacking(lacking: readonly string[]): string {
  return (
    `${lacking.join(' and ')}: neither in a Google Cloud SDK (gcloud components install ${lacking.join(' ')}) ` +
    'nor downloaded by firebase-tools, and there is no network to download it'
  );
}

async function areRunning({ FIRESTORE_EMULATOR_HOST, PUBSUB_EMULATOR_HOST }: Env): Promise<boolean> {
  if (!FIRESTORE_EMULATOR_HOST || !PUBSUB_EMULATOR_HOST) return false;
  const found = await Promise.all([FIRESTORE_EMULATOR_HOST, PUBSUB_EMULATOR_HOST].map(canConnect));
  return found.every(Boolean);
}

/** Folders that may hold a Google Cloud SDK, the likeliest first. */
async function findSdks(env: Env): Promise<string[]> {
  const folders = (env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  const gcloud = await firstOf(folders, 'gcloud');
  if (gcloud === null) return [...(env.CLOUDSDK_ROOT_DIR ? [env.CLOUDSDK_ROOT_DIR] : []), ...COMMON_SDKS];
  const linked = dirname(dirname(await realpath(gcloud)));
  const asked = (await exists(join(linked, 'platform'))) ? [] : await askSdkRoot(gcloud);
  return [...(env.CLOUDSDK_ROOT_DIR ? [env.CLOUDSDK_ROOT_DIR] : []), linked, ...asked, ...COMMON_SDKS];
}

const COMMON_SDKS = [
  join(homedir(), 'google-cloud-sdk'),
  '/usr/lib/google-cloud-sdk',
  '/usr/share/google-cloud-sdk',
  '/opt/google-cloud-sdk',
  '/opt/homebrew/share/google-cloud-sdk',
  '/usr/local/share/google-cloud-sdk',
];

function askSdkRoot(gcloud: string): Promise<string[]> {
  const asked = ['info', '--format=value(installation.sdk_root)'];
  return promisify(execFile)(gcloud, asked, { timeout: GCLOUD_LIMIT_MS }).then(
    ({ stdout }) => [stdout.trim()].filter((root) => root !== ''),
    () => [],
  );
}

/** Which emulators firebase-tools has in its cache, in just the version that it would start. */
async function findDownloads(env: Env): Promise<{ firestore: boolean; pubsub: boolean }> {
  const cache = env.FIREBASE_EMULATORS_PATH || join(homedir(), '.cache', 'firebase', 'emulators');
  const details: unknown = await readFile(DOWNLOADS, 'utf8').then(JSON.parse, () => ({}));
  const { firestore, pubsub } = details as Record<string, Record<string, string> | undefined>;
  const has = async (file: string | undefined) => file !== undefined && (await exists(join(cache, file)));
  return {
    firestore: await has(firestore?.downloadPathRelativeToCacheDir),
    pubsub: await has(pubsub?.binaryPathRelativeToCacheDir),
  };
}

/** Behind a proxy nothing can be said before it is tried. */
async function canDownload(env: Env): Promise<boolean> {
  return Boolean(env.HTTPS_PROXY || env.https_proxy) || canConnect(DOWNLOAD_ADDRESS);
}

/** Whether something listens at `host:port`. */
export function canConnect(address: string): Promise<boolean> {
  const [, host = '', port = ''] = /^(.*):(\d+)$/.exec(address) ?? [];
  return new Promise((resolve) => {
    const socket = connect({ host, port: Number(port) });
    const done = (found: boolean) => {
      clearTimeout(limit);
      socket.destroy();
      resolve(found);
    };
    // A timer, since a socket's own timeout does not run while a name is looked up.
    const limit = setTimeout(done, CONNECT_LIMIT_MS, false);
    socket.once('connect', () => done(true));
    socket.once('error', () => done(false));
  });
}

async function firstOf(folders: readonly string[], file: string): Promise<string | null> {
  for (const folder of folders) if (await exists(join(folder, file))) return join(folder, file);
  return null;
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
