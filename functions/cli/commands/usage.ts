import { type Command, Option } from 'commander';
import { callRouter } from '../client/call-router.ts';
import { type Connection, connect } from '../client/connection.ts';
import type { CommonOptions, Context } from '../terminal/context.ts';
import { addExamples, toCount } from '../terminal/options.ts';
import { showResult } from '../terminal/show-result.ts';
import { type Column, showTable } from '../terminal/show-table.ts';

/** What the API adds up by. */
const groups = [
  'day',
  'hour',
  'model',
  'provider',
  'key',
  'session',
  'client',
  'surface',
  'status',
  'end_user',
] as const;
type Group = (typeof groups)[number];

interface UsageOptions extends CommonOptions {
  by: Group;
  days: number;
  model?: string;
  session?: string;
  owner?: string;
  all?: boolean;
}

interface UsageRow extends Partial<Record<Group, string>> {
  requests: number;
  errors: number;
  prompt_tokens: number;
  cached_tokens: number;
  completion_tokens: number;
  amount: string | null;
  currency: string | null;
}

const DEFAULT_DAYS = 7;
const MOST_DAYS = 366;
const DAY_MS = 86_400_000;

export function register(command: Command, context: Context): void {
  command
    .addOption(new Option('--by <what>', 'what a row is').choices(groups).default('day'))
    .option('--days <count>', 'of how many days, today among them', toCount(1, MOST_DAYS), DEFAULT_DAYS)
    .option('--model <model>', 'of one model alone')
    .option('--session <id>', 'of one conversation alone, as its client named it')
    .option('--owner <id>', 'of another owner; takes the admin key')
    .option('--all', 'of everybody; takes the admin key')
    .action((_: unknown, self: Command) => showUsage(self.optsWithGlobals<UsageOptions>(), context));
  addExamples(command, [
    ['mesh usage --by model', 'the last week, by model'],
    ['mesh usage --days 30 --by key --all', 'the last month of everybody, by key'],
    ['mesh usage --by hour --days 1 --json', 'today, for a program'],
  ]);
}

async function showUsage(options: UsageOptions, context: Context): Promise<void> {
  const connection = connect(context, options);
  const usage = await queryUsage(context, connection, options);
  const title = (options.by.charAt(0).toUpperCase() + options.by.slice(1)).replace('_', ' ');
  showResult(context, options, usage, () => {
    const total: UsageRow = { ...usage.total, [options.by]: 'Total' };
    const name: Column<UsageRow> = { title, of: (row) => row[options.by], whole: true };
    showTable(context, [name, ...figures], [...usage.data, total]);
    if (usage.truncated) context.complain('There is more than is shown.');
  });
}

function queryUsage(context: Context, connection: Connection, { by, days, model, session, owner, all }: UsageOptions) {
  const today = Math.floor(context.now() / DAY_MS) * DAY_MS;
  const start = new Date(today - (days - 1) * DAY_MS).toISOString();
  const body = { group_by: [by], start, model, session, owner_id: owner };
  const as = owner !== undefined || all ? 'admin' : 'key';
  return callRouter(context, connection, { method: 'POST', path: '/v1/usage', as, body });
}

const figures: readonly Column<UsageRow>[] = [
  { title: 'Requests', of: ({ requests }) => requests, align: 'right' },
  { title: 'Failed', of: ({ errors }) => errors, align: 'right' },
  { title: 'Input', of: ({ prompt_tokens }) => prompt_tokens, align: 'right' },
  { title: 'Cached', of: ({ cached_tokens }) => cached_tokens, align: 'right' },
  { title: 'Output', of: ({ completion_tokens }) => completion_tokens, align: 'right' },
  { title: 'Cost', of: ({ amount, currency }) => (amount === null ? null : `${amount} ${currency}`), align: 'right' },
];
