import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { KEY_BYTES, makeKey } from '../../../functions/core/keys.ts';
import type { LoadUpstream } from './load-upstream.ts';
import { freePort, type Gateway, spawnGateway } from './spawn-gateway.ts';

/** A gateway under test, or the upstream itself. */
export interface Variant {
  name: VariantName;
  port: number;
  /** Whether it is asked by cleartext HTTP/2. */
  http2?: boolean;
  /** Null for the upstream itself, which has no process of its own. */
  gateway: Gateway | null;
  /** Headers of the n-th client's requests. */
  headers(client: number): Record<string, string>;
  stop(): Promise<void>;
}

/** The others, then Mesh: as a laptop runs it, by cleartext HTTP/2, and on Firestore, as it is and 15 ms away. */
export const variantNames = [
  ...(['bare', 'portkey', 'litellm'] as const),
  ...(['mesh', 'mesh-h2c', 'mesh-firestore', 'mesh-firestore-15ms'] as const),
] as const;
export type VariantName = (typeof variantNames)[number] | 'before' | 'before-firestore' | 'direct';
/** By a variant of today: what it is beside, of another checkout, for `--against`. */
export const beforeNames: Readonly<Partial<Record<VariantName, VariantName>>> = {
  mesh: 'before',
  'mesh-firestore': 'before-firestore',
};

/** Public names in the overlay: one model that is relayed, and one that is translated. */
export const CHAT_MODEL = 'bench/chat';
export const MESSAGES_MODEL = 'bench/messages';

const OWNERS = 4;
const KEYS_PER_OWNER = 4;
/** High enough to be counted and never reached. */
const RATE_LIMIT = 1_000_000_000;
/** As much as a first topup may be without being asked about. */
const FUNDS = '100000';

/**
 * Portkey's newest release of its last line, on the newest host of its range that still streams on this Node: with later
 * ones every streamed reply is a 500 (`TypeError: immutable`).
 */
const portkeyPackage = {
  name: 'bench-portkey',
  private: true,
  dependencies: { '@portkey-ai/gateway': '1.15' },
  overrides: { '@hono/node-server': '1.13.8' },
};
const INSTALL_LIMIT_MS = 300_000;
const loadFolder = fileURLToPath(new URL('..', import.meta.url));
const portkeyFolder = join(loadFolder, '.portkey');
export const profileFolder = join(loadFolder, '.profiles');

/** No gateway at all, to know what the generator and the upstream take themselves. */
export function directVariant(upstream: LoadUpstream): Variant {
  const [port = 0] = upstream.ports;
  return { name: 'direct', port, gateway: null, headers: () => ({}), stop: async () => {} };
}

export async function startBare(upstream: LoadUpstream): Promise<Variant> {
  const port = await freePort();
  const script = fileURLToPath(new URL('bare-proxy.ts', import.meta.url));
  const args = [script, String(port), `http://127.0.0.1:${upstream.ports[0]}`];
  const gateway = await spawnGateway({ args, port, probe: '/' });
  return {
    name: 'bare',
    port,
    gateway,
    headers: () => ({ authorization: 'Bearer bench' }),
    stop: async () => void (await gateway.stop()),
  };
}

/** Portkey's gateway as its package comes, installed into a folder of its own. Throws where that cannot be done. */
export async function startPortkey(upstream: LoadUpstream): Promise<Variant> {
  const script = installPortkey();
  const port = await freePort();
  const gateway = await spawnGateway({
    args: [script, `--port=${port}`, '--headless'],
    env: { TRUSTED_CUSTOM_HOSTS: '127.0.0.1,localhost', NODE_ENV: 'production' },
    port,
    probe: '/',
  });
  const headers = {
    authorization: 'Bearer bench',
    'x-portkey-provider': 'openai',
    'x-portkey-custom-host': `http://127.0.0.1:${upstream.ports[0]}/v1`,
  };
  return {
    name: 'portkey',
    port,
    gateway,
    headers: () => headers,
    stop: async () => void (await gateway.stop()),
  };
}

function installPortkey(): string {
  const script = join(portkeyFolder, 'node_modules/@portkey-ai/gateway/build/start-server.js');
  // A package file of its own, or npm would install into the project.
  const packagePath = join(portkeyFolder, 'package.json');
  const packageText = `${JSON.stringify(portkeyPackage, null, 2)}\n`;
  if (existsSync(script) && readFileSync(packagePath, 'utf8') === packageText) return script;
  rmSync(portkeyFolder, { recursive: true, force: true });
  mkdirSync(portkeyFolder);
  writeFileSync(packagePath, packageText);
  const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const where = { cwd: portkeyFolder, stdio: 'inherit', timeout: INSTALL_LIMIT_MS } as const;
  execFileSync('npm', ['install', '--prefix', portkeyFolder, ...options], where);
  return script;
}

/** Where a router of the benchmark keeps its data, and who may call it. */
export interface MeshSite {
  folder: string;
  adminKey: string;
  storePath: string;
  env: Record<string, string>;
}

export async function makeMeshSite(
  upstream: LoadUpstream,
  catalogue: object = benchCatalogue(upstream),
): Promise<MeshSite> {
  const folder = await mkdtemp(join(tmpdir(), 'mesh-bench-'));
  const adminKey = makeKey('mak', randomBytes(KEY_BYTES));
  const cataloguePath = join(folder, 'catalogue.json');
  writeFileSync(cataloguePath, JSON.stringify(catalogue));
  const storePath = join(folder, 'mesh.db');
  const env = {
    MESH_STORE: `sqlite:${storePath}`,
    MESH_CATALOGUE: cataloguePath,
    MESH_ADMIN_KEY: adminKey,
    MESH_DEMO: 'off',
    MESH_LOG: 'info',
    NODE_ENV: 'production',
  };
  return { folder, adminKey, storePath, env };
}

export function removeMeshSite({ folder }: MeshSite): Promise<void> {
  return rm(folder, { recursive: true });
}

const formats = ['chat', 'messages'] as const;
type Format = (typeof formats)[number];

/** Models on three providers each, one for each of two formats and `more` that speak chat, `bench/chat-0` and so on. */
export function benchCatalogue({ ports }: LoadUpstream, more = 0) {
  const provider = (format: Format, port: number) => ({
    format,
    base_url: `http://127.0.0.1:${port}/v1`,
    auth: { type: 'none' },
    visible_output: true,
  });
  const model = (format: Format, name = 'bench-model') => ({
    context_length: 1_000_000,
    max_output_tokens: 128_000,
    endpoints: ports.map((_, index) => ({
      provider: `${format}-${index}`,
      model: name,
      price: { input: '0.1', output: '0.4' },
    })),
  });
  const others = Array.from({ length: more }, (_, n) => [`${CHAT_MODEL}-${n}`, model('chat', `bench-model-${n}`)]);
  return {
    providers: Object.fromEntries(
      formats.flatMap((format) => ports.map((port, index) => [`${format}-${index}`, provider(format, port)])),
    ),
    models: { [CHAT_MODEL]: model('chat'), [MESSAGES_MODEL]: model('messages'), ...Object.fromEntries(others) },
  };
}

export interface MeshStart {
  /** What Node runs; default: the sources, as `npm start` does. */
  script?: string;
  nodeArgs?: readonly string[];
}

export interface MeshVariantStart extends MeshStart {
  /** Default: `mesh`. */
  name?: VariantName;
  http2?: boolean;
  /** Where Firestore is; default: a file of SQLite. */
  firestoreHost?: string;
}

export async function startMeshGateway(site: MeshSite, { script, nodeArgs = [] }: MeshStart = {}): Promise<Gateway> {
  const port = await freePort();
  const args = [...nodeArgs, script ?? 'functions/router/index.ts'];
  return spawnGateway({ args, env: { ...site.env, PORT: String(port) }, port, probe: '/healthz' });
}

/** Callers of a router, each with the key of its turn. */
export function meshVariant(
  gateway: Gateway,
  keys: readonly string[],
  stop: () => Promise<void>,
  { name = 'mesh', http2 = false }: Pick<MeshVariantStart, 'name' | 'http2'> = {},
): Variant {
  const headers = (client: number) => ({ authorization: `Bearer ${keys[client % keys.length]}` });
  return { name, port: gateway.port, http2, gateway, headers, stop };
}

/** Mesh with everything on, and keys for everybody. */
export async function startMeshVariant(upstream: LoadUpstream, start: MeshVariantStart = {}): Promise<Variant> {
  const site = await makeMeshSite(upstream);
  if (start.firestoreHost !== undefined) Object.assign(site.env, onFirestore(start.firestoreHost));
  const gateway = await startMeshGateway(site, start);
  const keys = await makeKeys(site, gateway.port, { owners: OWNERS, keysPerOwner: KEYS_PER_OWNER });
  const stop = async () => {
    await gateway.stop();
    await removeMeshSite(site);
  };
  return meshVariant(gateway, keys, stop, start);
}

/** Documents of its own in an emulator; the consumers run in the router, as on a laptop. */
function onFirestore(host: string): Record<string, string> {
  return {
    MESH_STORE: 'firestore',
    FIRESTORE_EMULATOR_HOST: host,
    GOOGLE_CLOUD_PROJECT: `demo-bench-${randomBytes(4).toString('hex')}`,
    METADATA_SERVER_DETECTION: 'none',
  };
}

/** Owners with money and keys with limits, made as an operator makes them: through the API. */
export async function makeKeys(
  { adminKey }: MeshSite,
  port: number,
  { owners, keysPerOwner }: { owners: number; keysPerOwner: number },
): Promise<string[]> {
  const admin = async (path: string, body: unknown) => {
    const reply = await fetch(`http://127.0.0.1:${port}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${adminKey}` },
      body: JSON.stringify(body),
    });
    if (!reply.ok) throw new Error(`${path}: ${reply.status} ${await reply.text()}`);
    return (await reply.json()) as { id: string; key: string };
  };
  const limits = { rpm_limit: RATE_LIMIT, rpd_limit: RATE_LIMIT, tpm_limit: RATE_LIMIT, concurrency_limit: RATE_LIMIT };
  const keys: string[] = [];
  for (let owner = 0; owner < owners; owner++) {
    const { id } = await admin('/v1/owners', { name: `Bench ${owner}`, currency: 'USD' });
    await admin(`/v1/owners/${id}/topups`, { amount: FUNDS, currency: 'USD', reference: 'bench' });
    for (let n = 0; n < keysPerOwner; n++) keys.push((await admin('/v1/keys', { owner_id: id, ...limits })).key);
  }
  return keys;
}
