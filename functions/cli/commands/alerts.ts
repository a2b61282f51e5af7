import type { Command } from 'commander';
import { callRouter } from '../client/call-router.ts';
import { connect } from '../client/connection.ts';
import type { CommonOptions, Context } from '../terminal/context.ts';
import { addExamples } from '../terminal/options.ts';
import { showResult } from '../terminal/show-result.ts';
import { type Column, showTable } from '../terminal/show-table.ts';

interface Alert {
  kind: string;
  subject: string;
  at: string;
}

export function register(command: Command, context: Context): void {
  command
    .option('--before <time>', 'those that were raised before that moment')
    .action((_: unknown, self: Command) =>
      showAlerts(self.optsWithGlobals<CommonOptions & { before?: string }>(), context),
    );
  addExamples(command, [['mesh alerts', 'what was told to operators and owners, the newest first']]);
}

async function showAlerts(options: CommonOptions & { before?: string }, context: Context): Promise<void> {
  const query = options.before === undefined ? '' : `?${new URLSearchParams({ before: options.before })}`;
  const call = { path: `/v1/alerts${query}`, as: 'admin' } as const;
  const alerts = await callRouter(context, connect(context, options), call);
  showResult(context, options, alerts, () => {
    if (alerts.data.length === 0) context.write('No alert was raised.\n');
    else showTable<Alert>(context, columns, alerts.data);
  });
}

const columns: readonly Column<Alert>[] = [
  { title: 'When', of: ({ at }) => at, whole: true },
  { title: 'Alert', of: ({ kind }) => kind, whole: true },
  { title: 'Of', of: ({ subject }) => subject },
];
