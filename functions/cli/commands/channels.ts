import { type Command, Option } from 'commander';
import { callRouter } from '../client/call-router.ts';
import { connect } from '../client/connection.ts';
import { readPages } from '../client/read-pages.ts';
import type { CommonOptions, Context } from '../terminal/context.ts';
import { addDefault, addExamples, toList } from '../terminal/options.ts';
import { showResult } from '../terminal/show-result.ts';
import { type Column, showTable } from '../terminal/show-table.ts';

interface Channel {
  id: string;
  owner_id: string | null;
  type: string;
  target: string;
  kinds: string[] | null;
  status: string;
}

interface Delivery {
  id: string;
  channel_id: string;
  message: { type: string };
  status: string;
  attempts: number;
  last_status: number | null;
  last_error: string | null;
}

interface OwnerOptions extends CommonOptions {
  owner?: string;
}

interface NewChannel extends OwnerOptions {
  kinds?: string[];
}

const PATH = '/v1/alerts/channels';

export function register(command: Command, context: Context): void {
  addDefault(command, 'list')
    .description('where alerts are told')
    .option('--owner <id>', 'channels of this owner alone')
    .action((_: unknown, self: Command) => listChannels(self.optsWithGlobals<OwnerOptions>(), context));
  command
    .command('add')
    .description('a new one; the secret of a webhook is printed now and never again')
    .addArgument(command.createArgument('<type>', 'what it is').choices(['webhook', 'slack', 'email']))
    .argument('<target>', 'a URL or an address of mail; - reads it from standard input, as Slack’s is a secret')
    .option('--owner <id>', 'of this owner’s alerts alone')
    .option('--kinds <names>', 'the only alerts it is told of, with commas', toList)
    .action((type: string, target: string, _: unknown, self: Command) =>
      addChannel({ type, target }, self.optsWithGlobals<NewChannel>(), context),
    );
  command
    .command('test')
    .description('tell it that this is a test')
    .argument('<id>', 'chn_…')
    .action((id: string, _: unknown, self: Command) => testChannel(id, self.optsWithGlobals<CommonOptions>(), context));
  command
    .command('rm')
    .description('delete it')
    .argument('<id>', 'chn_…')
    .action((id: string, _: unknown, self: Command) =>
      removeChannel(id, self.optsWithGlobals<CommonOptions>(), context),
    );
  command
    .command('deliveries')
    .description('what channels were told, and what came back')
    .addOption(new Option('--channel <id>', 'this one alone'))
    .action((_: unknown, self: Command) =>
      listDeliveries(self.optsWithGlobals<CommonOptions & { channel?: string }>(), context),
    );
  addExamples(command, [
    ['mesh channels add webhook https://example.com/mesh --kinds low_balance', 'a webhook for one kind'],
    ['mesh channels add slack - < url.txt', 'Slack, with its URL in no argument'],
    ['mesh channels test chn_…', 'whether it is heard'],
  ]);
}

async function listChannels({ owner, ...options }: OwnerOptions, context: Context): Promise<void> {
  const path = owner === undefined ? PATH : `${PATH}?owner_id=${encodeURIComponent(owner)}`;
  const channels = await readPages<Channel>(context, connect(context, options), path);
  showResult(context, options, channels, () => showTable(context, columns, channels));
}

async function addChannel(
  { type, target }: { type: string; target: string },
  { owner, kinds, ...options }: NewChannel,
  context: Context,
): Promise<void> {
  const place = target === '-' ? await readWord(context) : target;
  const body = { type, target: place, owner_id: owner, kinds };
  const call = { method: 'POST', path: PATH, as: 'admin', body } as const;
  const made = await callRouter(context, connect(context, options), call);
  showResult(context, options, made, () => {
    context.write(`${made.id}\n`);
    if (made.secret !== undefined) context.complain(`Its webhooks are signed with ${made.secret}: keep that.`);
  });
}

async function readWord({ stdin }: Context): Promise<string> {
  const { text } = await import('node:stream/consumers');
  return (await text(stdin)).trim();
}

async function testChannel(id: string, options: CommonOptions, context: Context): Promise<void> {
  const call = { method: 'POST', path: `${pathOf(id)}/test`, as: 'admin' } as const;
  const told = await callRouter(context, connect(context, options), call);
  showResult(context, options, told, () => context.write(`${told.delivery_id}: see mesh channels deliveries\n`));
}

async function removeChannel(id: string, options: CommonOptions, context: Context): Promise<void> {
  const call = { method: 'DELETE', path: pathOf(id), as: 'admin' } as const;
  await callRouter(context, connect(context, options), call);
  showResult(context, options, { id, deleted: true }, () => context.write(`${id} is deleted\n`));
}

async function listDeliveries(
  { channel, ...options }: CommonOptions & { channel?: string },
  context: Context,
): Promise<void> {
  const query = channel === undefined ? '' : `?channel_id=${encodeURIComponent(channel)}`;
  const path = `/v1/alerts/deliveries${query}`;
  const deliveries = await readPages<Delivery>(context, connect(context, options), path);
  showResult(context, options, deliveries, () => showTable(context, deliveryColumns, deliveries));
}

function pathOf(id: string): string {
  return `${PATH}/${encodeURIComponent(id)}`;
}

const columns: readonly Column<Channel>[] = [
  { title: 'Channel', of: ({ id }) => id, whole: true },
  { title: 'Type', of: ({ type }) => type, whole: true },
  { title: 'Target', of: ({ target }) => target },
  { title: 'Owner', of: ({ owner_id }) => owner_id },
  { title: 'Alerts', of: ({ kinds }) => kinds?.join(' ') ?? 'all' },
  { title: 'Status', of: ({ status }) => status },
];

const deliveryColumns: readonly Column<Delivery>[] = [
  { title: 'Delivery', of: ({ id }) => id, whole: true },
  { title: 'Channel', of: ({ channel_id }) => channel_id },
  { title: 'Alert', of: ({ message }) => message.type },
  { title: 'Status', of: ({ status }) => status },
  { title: 'Tries', of: ({ attempts }) => attempts, align: 'right' },
  { title: 'Came back', of: ({ last_status, last_error }) => last_error ?? last_status },
];
