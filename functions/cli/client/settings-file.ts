import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CliError } from '../terminal/cli-error.ts';
import type { Context } from '../terminal/context.ts';

/** What `mesh login` keeps. The keys are of that router alone. */
export interface SavedSettings {
  url?: string;
  key?: string;
  adminKey?: string;
}

const OWNER_ONLY_FILE = 0o600;
const OWNER_ONLY_FOLDER = 0o700;

/** The user's own folder for what Mesh keeps: `~/.config/mesh`. */
export function configFolder({ env, home }: Pick<Context, 'env' | 'home'>): string {
  return join(env.XDG_CONFIG_HOME || join(home, '.config'), 'mesh');
}

export function settingsPath(context: Pick<Context, 'env' | 'home'>): string {
  return join(configFolder(context), 'settings.json');
}

/** Nothing where there is no file. Throws `CliError` where it cannot be read. */
export function readSettings(context: Pick<Context, 'env' | 'home'>): SavedSettings {
  const path = settingsPath(context);
  const text = readIfThere(path);
  if (text === null) return {};
  try {
    const { url, key, adminKey } = JSON.parse(text) as Record<string, unknown>;
    const texts = Object.entries({ url, key, adminKey }).filter(([, value]) => typeof value === 'string');
    return Object.fromEntries(texts);
  } catch {
    throw new CliError(`${path} is damaged; mesh login writes it anew.`);
  }
}

/** The same for who writes the file anew: what is damaged keeps nothing. */
export function readSettingsToReplace(context: Pick<Context, 'env' | 'home'>): SavedSettings {
  try {
    return readSettings(context);
  } catch (error) {
    if (error instanceof CliError) return {};
    throw error;
  }
}

export function saveSettings(context: Pick<Context, 'env' | 'home'>, settings: SavedSettings): string {
  const path = settingsPath(context);
  writePrivate(path, `${JSON.stringify(settings, null, 2)}\n`);
  return path;
}

/** Null where there is no file. */
export function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** Writes a file as a whole, for its user alone. */
export function writePrivate(path: string, text: string): void {
  writeWhole(path, text, OWNER_ONLY_FILE);
}

/** Writes a file as a whole: who reads it meanwhile finds the old one. */
export function writeWhole(path: string, text: string, mode: number): void {
  mkdirSync(dirname(path), { recursive: true, mode: OWNER_ONLY_FOLDER });
  const draft = `${path}.${process.pid}.draft`;
  writeFileSync(draft, text, { mode });
  chmodSync(draft, mode);
  renameSync(draft, path);
}
