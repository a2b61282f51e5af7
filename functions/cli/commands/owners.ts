import { type Command, Option } from 'commander';
import { callRouter } from '../client/call-router.ts';
import { connect } from '../client/connection.ts';
import { readPages } from '../client/read-pages.ts';
import type { CommonOptions, Context } from '../terminal/context.ts';
import { addDefault, addExamples, toAmount } from '../terminal/options.ts';
import { showResult } from '../terminal/show-result.ts';
import { type Column, showFacts, showTable } from '../terminal/show-table.ts';

interface Owner {
  id: string;
  name?: string;
  currency?: string;
  balance?: string;
  available?: string;
  reserved?: string;
  damaged?: true;
}

interface NewOwner extends CommonOptions {
  currency: string;
  lowBalance?: string;
}

export function register(command: Command, context: Context): void {
  addDefault(command, 'list')
    .description('all owners')
    .action((_: unknown, self: Command) => listOwners(self.optsWithGlobals<CommonOptions>(), context));
  command
    .command('show')
    .description('one owner, with limits')
    .argument('<id>')
    .action((id: string, _: unknown, self: Command) => showOwner(id, self.optsWithGlobals<CommonOptions>(), context));
  command
    .command('create')
    .description('a new owner')
    .argument('<name>')
    .addOption(new Option('--currency <currency>', 'what the balance is in').choices(['USD', 'INR']).default('USD'))
    .option('--low-balance <amount>', 'a balance below this is told of', toAmount)
    .action((name: string, _: unknown, self: Command) => createOwner(name, self.optsWithGlobals<NewOwner>(), context));
  addExamples(command, [
    ['mesh owners', 'all of them, with balances'],
    ['mesh owners create "Acme" --currency INR', 'a new one; mesh topup gives it money'],
  ]);
}

async function listOwners(options: CommonOptions, context: Context): Promise<void> {
  const owners = await readPages<Owner>(context, connect(context, options), '/v1/owners');
  showResult(context, options, owners, () => showTable(context, columns, owners));
}

async function showOwner(id: string, options: CommonOptions, context: Context): Promise<void> {
  const path = `/v1/owners/${encodeURIComponent(id)}`;
  const owner = await callRouter(context, connect(context, options), { path, as: 'admin' });
  showResult(context, options, owner, () => showFacts(context, Object.entries(owner)));
}

async function createOwner(name: string, options: NewOwner, context: Context): Promise<void> {
  const body = { name, currency: options.currency, low_balance: options.lowBalance };
  const call = { method: 'POST', path: '/v1/owners', as: 'admin', body } as const;
  const owner = await callRouter(context, connect(context, options), call);
  showResult(context, options, owner, () => context.write(`${owner.id}\n`));
}

const columns: readonly Column<Owner>[] = [
  { title: 'Owner', of: ({ id }) => id, whole: true },
  { title: 'Name', of: ({ name, damaged }) => (damaged ? 'damaged' : name) },
  { title: 'Balance', of: ({ balance }) => balance, align: 'right' },
  { title: 'Available', of: ({ available }) => available, align: 'right' },
  { title: 'Currency', of: ({ currency }) => currency },
];
