import { text } from 'node:stream/consumers';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { callRouter } from '../client/call-router.ts';
import { connect, readKeyFile } from '../client/connection.ts';
import { readPages } from '../client/read-pages.ts';
import { askSilently } from '../terminal/ask-silently.ts';
import { CliError, UsageError } from '../terminal/cli-error.ts';
import type { CommonOptions, Context } from '../terminal/context.ts';
import { addDefault, addExamples, toList } from '../terminal/options.ts';
import { plainText } from '../terminal/plain-text.ts';
import { showResult } from '../terminal/show-result.ts';
import { type Column, showTable } from '../terminal/show-table.ts';

interface ProviderKey {
  id: string;
  owner_id: string;
  provider: string;
  label: string | null;
  masked: string;
  status: string;
}

interface OwnerOptions extends CommonOptions {
  owner?: string;
}

interface NewProviderKey extends OwnerOptions {
  file?: string;
  env?: string;
  label?: string;
  baseUrl?: string;
  models?: Record<string, string>;
  fallback?: string;
}

const PATH = '/v1/provider-keys';
const OWNER = ['--owner <id>', 'of another owner; takes the admin key'] as const;

export function register(command: Command, context: Context): void {
  addDefault(command, 'list')
    .description('those of the key’s owner')
    .option(...OWNER)
    .option('--all', 'of everybody; takes the admin key')
    .action((_: unknown, self: Command) =>
      listProviderKeys(self.optsWithGlobals<OwnerOptions & { all?: boolean }>(), context),
    );
  command
    .command('add')
    .description('one more; its text is read from a file, a variable or standard input, and never an argument')
    .argument('<provider>', 'as the catalogue names it, or compatible')
    .option('--file <file>', 'where its text is; - is standard input')
    .option('--env <name>', 'the variable that has it')
    .option('--base-url <url>', 'where the provider is asked')
    .option('--models <pairs>', 'what it calls models, as public=its, with commas', toPairs)
    .addOption(new Option('--fallback <how>', 'who stands in where it fails').choices(['none', 'platform']))
    .option('--label <text>', 'what it is for')
    .option(...OWNER)
    .action((provider: string, _: unknown, self: Command) =>
      addProviderKey(provider, self.optsWithGlobals<NewProviderKey>(), context),
    );
  command
    .command('test')
    .description('whether it works: its cheapest model is asked for one token, on its own account')
    .argument('<id>', 'pk_…')
    .option(...OWNER)
    .action((id: string, _: unknown, self: Command) =>
      testProviderKey(id, self.optsWithGlobals<OwnerOptions>(), context),
    );
  command
    .command('rm')
    .description('delete it, with its secret')
    .argument('<id>', 'pk_…')
    .option(...OWNER)
    .action((id: string, _: unknown, self: Command) =>
      removeProviderKey(id, self.optsWithGlobals<OwnerOptions>(), context),
    );
  addExamples(command, [
    ['mesh provider-keys add anthropic --env ANTHROPIC_API_KEY', 'requests for its models go out with that key'],
    ['mesh provider-keys add openai --file key.txt --fallback platform', 'of a file; where it fails, ours stands in'],
    ['mesh provider-keys test pk_…', 'whether it works; the exit code says it too'],
    ['mesh provider-keys --all', 'of everybody'],
  ]);
}

async function listProviderKeys(
  { all, ...options }: OwnerOptions & { all?: boolean },
  context: Context,
): Promise<void> {
  const path = options.owner === undefined ? PATH : `${PATH}?owner_id=${encodeURIComponent(options.owner)}`;
  const keys = await readPages<ProviderKey>(context, connect(context, options), path, all ? 'admin' : asWhom(options));
  showResult(context, options, keys, () => showTable(context, columns, keys));
}

async function addProviderKey(provider: string, options: NewProviderKey, context: Context): Promise<void> {
  const { owner, label, baseUrl, models, fallback } = options;
  const connection = connect(context, options);
  const key = await readProviderKey(options, context);
  const body = { provider, key, owner_id: owner, label, base_url: baseUrl, models, fallback };
  const made = await callRouter(context, connection, { method: 'POST', path: PATH, as: asWhom(options), body });
  showResult(context, options, made, () => context.write(`${made.id}\n`));
}

/** Arguments can be read by everybody on a machine, so that it is none of them. */
async function readProviderKey({ file, env }: NewProviderKey, context: Context): Promise<string> {
  if (file !== undefined && env !== undefined) throw new UsageError('Either --file or --env.');
  const key = (await said()).trim();
  if (key === '') throw new CliError('There was no key.');
  return key;

  async function said(): Promise<string> {
    if (env !== undefined) return context.env[env] ?? '';
    if (file !== undefined && file !== '-') return readKeyFile(file);
    return context.stdin.isTTY ? askSilently(context, 'Key (it is not shown):') : text(context.stdin);
  }
}

/** Says what came of it, and fails where that is anything but an answer. */
async function testProviderKey(id: string, options: OwnerOptions, context: Context): Promise<void> {
  const call = { method: 'POST', path: `${pathOf(id)}/test`, as: asWhom(options) } as const;
  const { outcome, provider_code, model } = await callRouter(context, connect(context, options), call);
  const why = provider_code === null ? '' : ` (${provider_code})`;
  showResult(context, options, { outcome, provider_code, model }, () =>
    context.write(`${plainText(`${outcome}${why}${model === null ? '' : `, asked ${model}`}`)}\n`),
  );
  if (outcome !== 'works') throw new CliError(`${id} does not work.`);
}

async function removeProviderKey(id: string, options: OwnerOptions, context: Context): Promise<void> {
  const call = { method: 'DELETE', path: pathOf(id), as: asWhom(options) } as const;
  await callRouter(context, connect(context, options), call);
  showResult(context, options, { id, deleted: true }, () => context.write(`${id} is deleted\n`));
}

/** Everybody manages what is their own, by a key with `manage`. */
function asWhom({ owner }: OwnerOptions): 'key' | 'admin' {
  return owner === undefined ? 'key' : 'admin';
}

function pathOf(id: string): string {
  return `${PATH}/${encodeURIComponent(id)}`;
}

/** Reads `public=its,other=its`. */
function toPairs(words: string): Record<string, string> {
  const pairs = toList(words).map((pair) => pair.split('='));
  if (pairs.some((pair) => pair.length !== 2 || pair.includes(''))) {
    throw new InvalidArgumentError('It must be public=its, with commas, such as openai/gpt-5=my-deployment.');
  }
  return Object.fromEntries(pairs);
}

const columns: readonly Column<ProviderKey>[] = [
  { title: 'Key', of: ({ id }) => id, whole: true },
  { title: 'Provider', of: ({ provider }) => provider },
  { title: 'Ends', of: ({ masked }) => masked },
  { title: 'Status', of: ({ status }) => status },
  { title: 'Label', of: ({ label }) => label },
  { title: 'Owner', of: ({ owner_id }) => owner_id },
];
