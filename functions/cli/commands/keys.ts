import type { Command } from 'commander';
import { callRouter } from '../client/call-router.ts';
import { connect } from '../client/connection.ts';
import { readPages } from '../client/read-pages.ts';
import { type RotateOptions, rotateKey, showMinted } from '../client/rotate-key.ts';
import type { CommonOptions, Context } from '../terminal/context.ts';
import { addDefault, addExamples, toAmount, toCount, toList } from '../terminal/options.ts';
import { showResult } from '../terminal/show-result.ts';
import { type Column, showFacts, showTable } from '../terminal/show-table.ts';

interface Key {
  id: string;
  owner_id?: string;
  label?: string | null;
  masked?: string;
  status?: string;
  created_at?: string;
  damaged?: true;
}

interface NewKey extends CommonOptions {
  label?: string;
  models?: string[];
  rpm?: number;
  daily?: string;
  weekly?: string;
  monthly?: string;
  total?: string;
  expires?: string;
}

export function register(command: Command, context: Context): void {
  addDefault(command, 'list')
    .description('keys, of one owner or of everybody')
    .option('--owner <id>', 'of this owner alone')
    .action((_: unknown, self: Command) =>
      listKeys(self.optsWithGlobals<CommonOptions & { owner?: string }>(), context),
    );
  const one = (
    name: string,
    what: string,
    act: (id: string, options: CommonOptions, context: Context) => Promise<void>,
  ) =>
    command
      .command(name)
      .description(what)
      .argument('<id>', 'key_…')
      .action((id: string, _: unknown, self: Command) => act(id, self.optsWithGlobals(), context));
  one('show', 'one key, with its limits', showKey);
  one('suspend', 'stop a key', (id, ...rest) => setStatus(id, 'suspended', ...rest));
  one('activate', 'let a key work again', (id, ...rest) => setStatus(id, 'active', ...rest));
  command
    .command('rotate')
    .description('a new text for a key; it is printed now and never again')
    .argument('<id>', 'key_…')
    .option('--grace <seconds>', 'how long the old text works; else a day', toCount(0))
    .action((id: string, _: unknown, self: Command) =>
      rotateKey(self.optsWithGlobals<RotateOptions>(), context, pathOf(id)),
    );
  command
    .command('create')
    .description('a new key; it is printed now and never again')
    .argument('<owner>', 'own_…, who pays')
    .option('--label <text>', 'what it is for')
    .option('--models <names>', 'the only models it may ask, with commas', toList)
    .option('--rpm <count>', 'requests a minute', toCount(1))
    .option('--daily <amount>', 'the most it may spend a day, in the owner’s currency', toAmount)
    .option('--weekly <amount>', 'the most it may spend a week', toAmount)
    .option('--monthly <amount>', 'the most it may spend a month', toAmount)
    .option('--total <amount>', 'the most it may ever spend', toAmount)
    .option('--expires <time>', 'until when it works, as 2027-01-31T00:00:00Z')
    .action((owner: string, _: unknown, self: Command) => createKey(owner, self.optsWithGlobals<NewKey>(), context));
  addExamples(command, [
    ['mesh keys --owner own_…', 'the keys of one owner'],
    ['mesh keys create own_… --label laptop --daily 5 > key.txt', 'a new one'],
    ['mesh keys rotate key_… --grace 3600 > key.txt', 'another text; the old one works for an hour'],
    ['mesh keys suspend key_…', 'stop one'],
  ]);
}

async function listKeys(options: CommonOptions & { owner?: string }, context: Context): Promise<void> {
  const path = options.owner === undefined ? '/v1/keys' : `/v1/keys?owner_id=${encodeURIComponent(options.owner)}`;
  const keys = await readPages<Key>(context, connect(context, options), path);
  showResult(context, options, keys, () => showTable(context, columns, keys));
}

async function showKey(id: string, options: CommonOptions, context: Context): Promise<void> {
  const key = await callRouter(context, connect(context, options), { path: pathOf(id), as: 'admin' });
  showResult(context, options, key, () => showFacts(context, Object.entries(key)));
}

async function setStatus(id: string, status: string, options: CommonOptions, context: Context): Promise<void> {
  const call = { method: 'PATCH', path: pathOf(id), as: 'admin', body: { status } } as const;
  const key = await callRouter(context, connect(context, options), call);
  showResult(context, options, key, () => context.write(`${id} is ${key.status}\n`));
}

async function createKey(owner: string, options: NewKey, context: Context): Promise<void> {
  const { label, models, rpm, daily, weekly, monthly, total, expires } = options;
  const hasCaps = [daily, weekly, monthly, total].some((cap) => cap !== undefined);
  const body = {
    owner_id: owner,
    label,
    allowed_models: models,
    rpm_limit: rpm,
    expires_at: expires,
    spend_caps: hasCaps ? { daily, weekly, monthly, total } : undefined,
  };
  const call = { method: 'POST', path: '/v1/keys', as: 'admin', body } as const;
  const made = await callRouter(context, connect(context, options), call);
  showMinted(context, options, made);
}

function pathOf(id: string): string {
  return `/v1/keys/${encodeURIComponent(id)}`;
}

const columns: readonly Column<Key>[] = [
  { title: 'Key', of: ({ id }) => id, whole: true },
  { title: 'Label', of: ({ label, damaged }) => (damaged ? 'damaged' : label) },
  { title: 'Owner', of: ({ owner_id }) => owner_id },
  { title: 'Begins', of: ({ masked }) => masked },
  { title: 'Status', of: ({ status }) => status },
];
