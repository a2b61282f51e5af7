import { randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';
import { OWN_KEY_BYTES } from '../../core/seal/key-ring.ts';
import { parseOwnKey, SEAL_SECRET, USER_SECRET, USER_SECRET_VERSION } from '../../core/seal/own-secrets.ts';
import type { Secrets } from '../../platform/secrets/secrets.ts';
import type { Config } from './config.ts';
import { keepInPrivateFile } from './private-file.ts';

/** Versions of the sealing key that are read: the newest and those before it, but for the ones that are disabled. */
export const MAX_SEAL_KEYS = 4;
/** In the folder of the database, where there is no secret. */
const FILE = 'own-keys.json';

/** Keys that the router needs for itself. */
export interface OwnKeys {
  /** The newest first; as they are now. */
  seal(): Promise<Uint8Array[]>;
  user: Uint8Array;
}

interface KeyTexts {
  seal: string;
  user: string;
}

/**
 * From the secrets; with `MESH_SECRETS=env` also from a file beside the database, made at the first start. Throws an `Error` that
 * names the secret, never its text, where one is missing or is no key.
 */
export async function openOwnKeys(config: Pick<Config, 'secrets' | 'store'>, secrets: Secrets): Promise<OwnKeys> {
  const versioned = config.secrets === 'secret-manager';
  const user = await secrets.get(USER_SECRET, versioned ? USER_SECRET_VERSION : 'latest');
  const isWhole = user !== null && (await secrets.get(SEAL_SECRET)) !== null;
  const local = versioned || isWhole ? null : await loadLocalKeys(config.store);
  return {
    async seal() {
      const newest = await secrets.get(SEAL_SECRET);
      const text = newest?.value ?? local?.seal;
      const older = versioned && newest !== null ? await readOlder(secrets, Number(newest.version)) : [];
      return [parseOwnKey(SEAL_SECRET, text), ...older];
    },
    user: parseOwnKey(USER_SECRET, user?.value ?? local?.user),
  };
}

/** Secret Manager numbers versions from 1. */
async function readOlder(secrets: Secrets, newest: number): Promise<Uint8Array[]> {
  const versions = Array.from({ length: MAX_SEAL_KEYS - 1 }, (_, n) => newest - 1 - n).filter((version) => version > 0);
  const found = await Promise.all(versions.map((version) => secrets.get(SEAL_SECRET, String(version))));
  return found.flatMap((secret) => (secret === null ? [] : [parseOwnKey(SEAL_SECRET, secret.value)]));
}

async function loadLocalKeys(store: Config['store']): Promise<KeyTexts> {
  const make = () => ({ seal: mint(), user: mint() });
  // What they were used for ends with the process.
  if (store.kind === 'sqlite' && store.path === ':memory:') return make();
  const path = join(store.kind === 'sqlite' ? dirname(store.path) : '.mesh', FILE);
  // A file that cannot be read as keys is not replaced: what was made with them would be lost.
  const parse = (text: string) => {
    const { seal, user } = readJson(path, text);
    parseOwnKey(`seal of ${path}`, seal);
    parseOwnKey(`user of ${path}`, user);
    return { seal, user } as KeyTexts;
  };
  return keepInPrivateFile({ path, parse, make }, randomBytes);
}

function mint(): string {
  return randomBytes(OWN_KEY_BYTES).toString('base64');
}

function readJson(path: string, text: string): Partial<KeyTexts> {
  try {
    return JSON.parse(text) as Partial<KeyTexts>;
  } catch {
    throw new Error(`${path} is damaged.`);
  }
}
