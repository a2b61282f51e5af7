import type { Command } from 'commander';
import { callRouter, readText } from '../client/call-router.ts';
import { connect } from '../client/connection.ts';
import { UsageError } from '../terminal/cli-error.ts';
import type { CommonOptions, Context } from '../terminal/context.ts';
import { addExamples, toCount } from '../terminal/options.ts';
import { showResult } from '../terminal/show-result.ts';
import { type Column, showTable } from '../terminal/show-table.ts';

interface AuditOptions extends CommonOptions {
  lines: number;
  owner?: string;
  before?: string;
  csv?: boolean;
}

interface Act {
  act: string;
  at: string;
  actor: string | null;
  about: Record<string, unknown>;
}

/** As many as the API gives at once. */
const MOST_LINES = 500;
const DEFAULT_LINES = 50;

export function register(command: Command, context: Context): void {
  command
    .option('-n, --lines <count>', 'how many', toCount(1, MOST_LINES), DEFAULT_LINES)
    .option('--owner <id>', 'what was done to this owner alone')
    .option('--before <time>', 'what was done before that moment')
    .option('--csv', 'a CSV file in place of a table')
    .action((_: unknown, self: Command) => showAudit(self.optsWithGlobals<AuditOptions>(), context));
  addExamples(command, [
    ['mesh audit', 'who did what to what, the newest first'],
    ['mesh audit --owner own_… --json', 'to one owner, for a program'],
    ['mesh audit -n 500 --csv > audit.csv', 'for a spreadsheet'],
  ]);
}

async function showAudit({ lines, owner, before, csv, ...options }: AuditOptions, context: Context): Promise<void> {
  const query = new URLSearchParams({
    limit: String(lines),
    ...(owner === undefined ? {} : { owner_id: owner }),
    ...(before === undefined ? {} : { before }),
  });
  const call = { path: `/v1/audit-logs?${query}`, as: 'admin' } as const;
  if (csv) {
    if (options.json) throw new UsageError('Either --csv or --json.');
    const path = `${call.path}&format=csv`;
    context.write(await readText(context, connect(context, options), { ...call, path }));
    return;
  }
  const acts = await callRouter(context, connect(context, options), call);
  showResult(context, options, acts, () => showTable<Act>(context, columns, acts.data));
}

const columns: readonly Column<Act>[] = [
  { title: 'When', of: ({ at }) => at, whole: true },
  { title: 'Act', of: ({ act }) => act, whole: true },
  { title: 'Who', of: ({ actor }) => actor },
  {
    title: 'About',
    of: ({ about }) =>
      Object.values(about)
        .filter((part) => typeof part !== 'object')
        .join(' '),
  },
];
