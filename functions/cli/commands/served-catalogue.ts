import { type Command, Option } from 'commander';
import { callRouter } from '../client/call-router.ts';
import { connect } from '../client/connection.ts';
import { readJsonFile } from '../client/read-json-file.ts';
import { CliError } from '../terminal/cli-error.ts';
import type { CommonOptions, Context } from '../terminal/context.ts';
import { toCount } from '../terminal/options.ts';
import { plainText } from '../terminal/plain-text.ts';
import { showResult } from '../terminal/show-result.ts';
import { type Column, showTable } from '../terminal/show-table.ts';

interface Entry {
  id: string;
  layers: string[];
  served: boolean;
}

interface Version {
  version: number;
  act: string;
  kind: string | null;
  id: string | null;
  restored: number | null;
  at: string;
}

/** What a change makes of the router's catalogue. */
interface Change {
  version: number;
  difference: {
    models: { added: string[]; removed: string[]; changed: string[] };
    prices: { model: string; endpoint: string; part: string; before: string | null; after: string | null }[];
  };
  warnings: { message: string }[];
}

interface Draft extends Change {
  valid: boolean;
  mistakes: { path: string; message: string }[];
}

interface ChangeOptions extends CommonOptions {
  ifVersion?: number;
}

interface DraftOptions extends CommonOptions {
  layer: string;
}

/** The subcommands that speak of the catalogue of a router that runs. */
export function addServedCatalogue(command: Command, context: Context): void {
  const kind = () => command.createArgument('<kind>', 'what it is').choices(['models', 'providers']);
  const seen = () =>
    new Option(
      '--if-version <number>',
      'the version that you have seen: nothing is changed over another one',
    ).argParser(toCount(0));
  command
    .command('get')
    .description('what the router’s catalogue says, layer by layer')
    .addArgument(kind())
    .argument('[id]', 'one of them; else a list')
    .action((of: string, id: string | undefined, _: unknown, self: Command) =>
      getEntry(of, id, self.optsWithGlobals<CommonOptions>(), context),
    );
  command
    .command('put')
    .description('say something of a model or provider, over all files')
    .addArgument(kind())
    .argument('<id>')
    .argument('<file>', 'the entry as JSON, null to take it away; - is standard input')
    .addOption(seen())
    .action(async (of: string, id: string, file: string, _: unknown, self: Command) => {
      const call = { method: 'PUT', path: pathOf(of, id), body: await readJsonFile(context, file) } as const;
      await change(call, self.optsWithGlobals<ChangeOptions>(), context);
    });
  command
    .command('rm')
    .description('take back what was put')
    .addArgument(kind())
    .argument('<id>')
    .addOption(seen())
    .action((of: string, id: string, _: unknown, self: Command) =>
      change({ method: 'DELETE', path: pathOf(of, id) }, self.optsWithGlobals<ChangeOptions>(), context),
    );
  command
    .command('versions')
    .description('who changed what and when: the last hundred, newest first')
    .action((_: unknown, self: Command) => listVersions(self.optsWithGlobals<CommonOptions>(), context));
  command
    .command('restore')
    .description('make it what it was at a version')
    .argument('<version>', '0 for nothing', toCount(0))
    .addOption(seen())
    .action((version: number, _: unknown, self: Command) => {
      const call = { method: 'POST', path: `/v1/catalogue/versions/${version}/restore` } as const;
      return change(call, self.optsWithGlobals<ChangeOptions>(), context);
    });
  command
    .command('draft')
    .description('what a file would change in the router, or all that is wrong with it; nothing is changed')
    .argument('<file>', 'models and providers as JSON; - is standard input')
    .addOption(new Option('--layer <name>', 'in place of what').choices(['api', 'file']).default('api'))
    .action((file: string, _: unknown, self: Command) =>
      checkDraft(file, self.optsWithGlobals<DraftOptions>(), context),
    );
}

async function getEntry(kind: string, id: string | undefined, options: CommonOptions, context: Context): Promise<void> {
  const path = id === undefined ? `/v1/catalogue/${kind}` : pathOf(kind, id);
  const found = await callRouter(context, connect(context, options), { path, as: 'admin' });
  showResult(context, options, found, () => {
    // An entry is what a file says: there is no shorter way to show it.
    if (id !== undefined) context.write(`${JSON.stringify(found, null, 2)}\n`);
    else showTable<Entry>(context, entryColumns, found.data);
  });
}

async function change(
  call: { method: 'PUT' | 'DELETE' | 'POST'; path: string; body?: unknown },
  { ifVersion, ...options }: ChangeOptions,
  context: Context,
): Promise<void> {
  const over = ifVersion === undefined ? {} : { ifMatch: `"${ifVersion}"` };
  const connection = connect(context, options);
  const changed: Change = await callRouter(context, connection, { ...call, ...over, as: 'admin' });
  showResult(context, options, changed, () => {
    context.write(`The catalogue is at version ${changed.version}\n`);
    showChange(changed, context);
  });
}

async function listVersions(options: CommonOptions, context: Context): Promise<void> {
  const call = { path: '/v1/catalogue/versions', as: 'admin' } as const;
  const versions = await callRouter(context, connect(context, options), call);
  showResult(context, options, versions, () => showTable<Version>(context, versionColumns, versions.data));
}

async function checkDraft(file: string, { layer, ...options }: DraftOptions, context: Context): Promise<void> {
  const body = await readJsonFile(context, file);
  const call = { method: 'POST', path: `/v1/catalogue/drafts/check?layer=${layer}`, as: 'admin', body } as const;
  const draft: Draft = await callRouter(context, connect(context, options), call);
  showResult(context, options, draft, () => {
    for (const { path, message } of draft.mistakes) context.complain(plainText(`${file}: ${path}: ${message}`));
    if (draft.valid) {
      context.write(`${file} is right\n`);
      showChange(draft, context);
    }
  });
  if (!draft.valid) throw new CliError(`${file} is wrong.`);
}

function showChange({ difference, warnings }: Change, context: Context): void {
  for (const [how, models] of Object.entries(difference.models)) {
    if (models.length > 0) context.write(`${how}: ${models.join(', ')}\n`);
  }
  if (difference.prices.length > 0) showTable(context, priceColumns, difference.prices);
  for (const { message } of warnings) context.complain(plainText(message));
}

function pathOf(kind: string, id: string): string {
  return `/v1/catalogue/${kind}/${id.split('/').map(encodeURIComponent).join('/')}`;
}

const entryColumns: readonly Column<Entry>[] = [
  { title: 'Name', of: ({ id }) => id, whole: true },
  { title: 'Layers', of: ({ layers }) => layers.join(' ') },
  { title: 'Served', of: ({ served }) => (served ? 'yes' : 'no') },
];

const versionColumns: readonly Column<Version>[] = [
  { title: 'Version', of: ({ version }) => version, align: 'right' },
  { title: 'When', of: ({ at }) => at, whole: true },
  { title: 'Act', of: ({ act }) => act, whole: true },
  { title: 'Of', of: ({ kind, id, restored }) => (restored === null ? `${kind} ${id}` : `version ${restored}`) },
];

const priceColumns: readonly Column<Change['difference']['prices'][number]>[] = [
  { title: 'Model', of: ({ model }) => model, whole: true },
  { title: 'Endpoint', of: ({ endpoint }) => endpoint },
  { title: 'Price', of: ({ part }) => part },
  { title: 'Before', of: ({ before }) => before, align: 'right' },
  { title: 'After', of: ({ after }) => after, align: 'right' },
];
