import { text } from 'node:stream/consumers';
import type { Command } from 'commander';
import { keyKind } from '../../core/keys.ts';
import { callRouter } from '../client/call-router.ts';
import { DEFAULT_URL, readKeyFile, toUrl } from '../client/connection.ts';
import { readSettingsToReplace, type SavedSettings, saveSettings } from '../client/settings-file.ts';
import { askSilently } from '../terminal/ask-silently.ts';
import { CliError, UsageError } from '../terminal/cli-error.ts';
import type { CommonOptions, Context } from '../terminal/context.ts';
import { addExamples } from '../terminal/options.ts';

export function register(command: Command, context: Context): void {
  command.action((_: unknown, self: Command) => login(self.optsWithGlobals<CommonOptions>(), context));
  addExamples(command, [
    ['mesh login', 'asks for the key, and shows nothing of it'],
    ['mesh login --url https://mesh.example < key.txt', 'of another router; the admin key may stand in a second line'],
  ]);
}

/** Tries the keys at the router before they are kept: a slip is told now, not later. */
async function login(options: CommonOptions, context: Context): Promise<void> {
  const before = readSettingsToReplace(context);
  const url = toUrl(options.url ?? (context.env.MESH_URL || before.url) ?? DEFAULT_URL);
  const given = await readKeys(options, context);
  // Keys of another router are of no use at this one.
  const settings: SavedSettings = { ...(before.url === url ? before : {}), url };
  for (const key of given) {
    const kind = keyKind(key);
    if (kind === null) throw new UsageError('That is no well-formed rsk_ or mak_ key.');
    if (kind === 'rsk') settings.key = key;
    else settings.adminKey = key;
  }
  const { key = null, adminKey = null } = settings;
  const connection = { url, key, adminKey };
  if (given.some((each) => each === key)) await callRouter(context, connection, { path: '/v1/key', as: 'key' });
  if (given.some((each) => each === adminKey)) {
    await callRouter(context, connection, { path: '/v1/owners?limit=1', as: 'admin' });
  }
  const path = saveSettings(context, settings);
  context.write(`${url} knows ${given.length === 1 ? 'the key' : 'the keys'}; kept in ${path}\n`);
}

/** Of files, of standard input, or of somebody who types. */
async function readKeys({ keyFile, adminKeyFile }: CommonOptions, context: Context): Promise<string[]> {
  const files = [keyFile, adminKeyFile].filter((file) => file !== undefined);
  if (files.length > 0) return files.map((file) => readKeyFile(file).trim());
  const words = context.stdin.isTTY
    ? await askSilently(context, 'Key (rsk_… or mak_…; it is not shown):')
    : await text(context.stdin);
  const keys = words.split(/\s+/).filter(Boolean);
  if (keys.length === 0) throw new CliError('There was no key.');
  return keys;
}
