import type { Command } from 'commander';
import { callRouter } from '../client/call-router.ts';
import { connect } from '../client/connection.ts';
import { readPages } from '../client/read-pages.ts';
import { type RotateOptions, rotateKey, showMinted } from '../client/rotate-key.ts';
import type { CommonOptions, Context } from '../terminal/context.ts';
import { addDefault, addExamples, toCount, toList } from '../terminal/options.ts';
import { showResult } from '../terminal/show-result.ts';
import { type Column, showTable } from '../terminal/show-table.ts';

interface AdminKey {
  id: string;
  label: string | null;
  masked: string;
  scopes: string[];
  status: string;
  expires_at: string | null;
}

interface NewAdminKey extends CommonOptions {
  scopes: string[];
  label?: string;
  expires?: string;
}

export function register(command: Command, context: Context): void {
  addDefault(command, 'list')
    .description('admin keys, but for the one that the configuration names')
    .action((_: unknown, self: Command) => listAdminKeys(self.optsWithGlobals<CommonOptions>(), context));
  command
    .command('create')
    .description('a new one that may do no more than yours; it is printed now and never again')
    .requiredOption('--scopes <names>', 'what it may do, with commas', toList)
    .option('--label <text>', 'what it is for')
    .option('--expires <time>', 'until when it works, as 2027-01-31T00:00:00Z')
    .action((_: unknown, self: Command) => createAdminKey(self.optsWithGlobals<NewAdminKey>(), context));
  command
    .command('rotate')
    .description('a new text for one; it is printed now and never again')
    .argument('<id>', 'adm_…')
    .option('--grace <seconds>', 'how long the old text works; else a day', toCount(0))
    .action((id: string, _: unknown, self: Command) =>
      rotateKey(self.optsWithGlobals<RotateOptions>(), context, pathOf(id)),
    );
  command
    .command('rm')
    .description('end one at once')
    .argument('<id>', 'adm_…')
    .action((id: string, _: unknown, self: Command) => endAdminKey(id, self.optsWithGlobals<CommonOptions>(), context));
  addExamples(command, [
    ['mesh admin-keys create --scopes usage:read,audit:read > audit.key', 'one that only reads'],
    ['mesh admin-keys rotate adm_… --grace 3600 > admin.key', 'another text; the old one works for an hour'],
  ]);
}

async function listAdminKeys(options: CommonOptions, context: Context): Promise<void> {
  const keys = await readPages<AdminKey>(context, connect(context, options), '/v1/admin-keys');
  showResult(context, options, keys, () => showTable(context, columns, keys));
}

async function createAdminKey({ scopes, label, expires, ...options }: NewAdminKey, context: Context): Promise<void> {
  const body = { scopes, label, expires_at: expires };
  const call = { method: 'POST', path: '/v1/admin-keys', as: 'admin', body } as const;
  showMinted(context, options, await callRouter(context, connect(context, options), call));
}

async function endAdminKey(id: string, options: CommonOptions, context: Context): Promise<void> {
  const call = { method: 'DELETE', path: pathOf(id), as: 'admin' } as const;
  await callRouter(context, connect(context, options), call);
  showResult(context, options, { id, status: 'suspended' }, () => context.write(`${id} is suspended\n`));
}

function pathOf(id: string): string {
  return `/v1/admin-keys/${encodeURIComponent(id)}`;
}

const columns: readonly Column<AdminKey>[] = [
  { title: 'Key', of: ({ id }) => id, whole: true },
  { title: 'Label', of: ({ label }) => label },
  { title: 'Begins', of: ({ masked }) => masked },
  { title: 'Status', of: ({ status }) => status },
  { title: 'Scopes', of: ({ scopes }) => scopes.join(' ') },
];
