import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type KeyKind, keyKind } from '../../core/keys.ts';
import { refuseMisspelt } from '../../router/start/known-variables.ts';
import { CliError, UsageError } from '../terminal/cli-error.ts';
import type { CommonOptions, Context } from '../terminal/context.ts';
import { readIfThere, readSettings } from './settings-file.ts';

export const DEFAULT_URL = 'http://localhost:8080';

/** The router that is spoken to, and as whom. */
export interface Connection {
  /** Without a slash at its end, and without `/v1`. */
  url: string;
  key: string | null;
  adminKey: string | null;
}

/**
 * A flag wins over the environment, that over the user's settings, and those over the demo of a router that was started in this
 * folder. What was kept for one router is sent to no other. Throws `UsageError` for what is no URL or no key,
 * and for a variable that is misspelt.
 */
export function connect(context: Context, options: CommonOptions): Connection {
  const { env } = context;
  try {
    refuseMisspelt(env);
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
  const saved = readSettings(context);
  const url = toUrl(options.url ?? (env.MESH_URL || saved.url) ?? DEFAULT_URL);
  const kept = saved.url === url ? saved : {};
  const demo = isLoopback(url) ? readDemoKeys(context) : {};
  const read = (file: string | undefined) => (file === undefined ? undefined : readKeyFile(file));
  return {
    url,
    key: toKey('rsk', 'MESH_KEY', read(options.keyFile) ?? (env.MESH_KEY || kept.key) ?? demo.inference),
    adminKey: toKey(
      'mak',
      'MESH_ADMIN_KEY',
      read(options.adminKeyFile) ?? (env.MESH_ADMIN_KEY || kept.adminKey) ?? demo.admin,
    ),
  };
}

/** Throws `UsageError` for what is no address of a router. */
export function toUrl(text: string): string {
  if (!/^https?:\/\//.test(text) || !URL.canParse(text)) throw new UsageError(`${text} is no http or https URL.`);
  return text.replace(/\/+$/, '').replace(/\/v1$/, '');
}

export function isLoopback(url: string): boolean {
  const { hostname } = new URL(url);
  return hostname === 'localhost' || hostname === '[::1]' || /^127\./.test(hostname);
}

/** The key that requests go by. Throws `CliError` where there is none. */
export function needKey({ key }: Connection): string {
  if (key === null) throw new CliError('There is no key: say MESH_KEY, --key-file, or keep one with mesh login.');
  return key;
}

/** Throws `CliError` where there is none. */
export function needAdminKey({ adminKey }: Connection): string {
  if (adminKey === null) {
    throw new CliError('This takes the admin key: say MESH_ADMIN_KEY, --admin-key-file, or keep it with mesh login.');
  }
  return adminKey;
}

function toKey(kind: KeyKind, name: string, text: string | undefined): string | null {
  if (text === undefined) return null;
  const key = text.trim();
  if (keyKind(key) !== kind) throw new UsageError(`What ${name} or its file says is no well-formed ${kind}_ key.`);
  return key;
}

/** Throws `UsageError` where there is no such file. */
export function readKeyFile(path: string): string {
  try {
    return readFileSync(path === '-' ? 0 : path, 'utf8');
  } catch (error) {
    throw new UsageError(`${path}: ${(error as Error).message}`);
  }
}

/** What `npm start` or `mesh serve` has minted in this folder. */
function readDemoKeys({ folder }: Context): { inference?: string; admin?: string } {
  try {
    return JSON.parse(readIfThere(join(folder, '.mesh', 'demo-keys.json')) ?? '{}') as object;
  } catch {
    return {};
  }
}
