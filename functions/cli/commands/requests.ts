import type { Command } from 'commander';
import { callRouter } from '../client/call-router.ts';
import { connect } from '../client/connection.ts';
import { CliError } from '../terminal/cli-error.ts';
import type { CommonOptions, Context } from '../terminal/context.ts';
import { addExamples } from '../terminal/options.ts';
import { showResult } from '../terminal/show-result.ts';
import { type Column, showFacts, showTable } from '../terminal/show-table.ts';

interface Attempt {
  attempt: number;
  endpoint: string;
  outcome: string;
  provider_code: string | null;
  started_ms: number;
  latency_ms: number;
}

export function register(command: Command, context: Context): void {
  command
    .command('show')
    .description('one request: what it cost, how long it took, where it was tried')
    .argument('<id>', 'req_…, or your own label')
    .option('--owner <id>', 'of another owner; takes the admin key')
    .action((id: string, _: unknown, self: Command) =>
      showRequest(id, self.optsWithGlobals<CommonOptions & { owner?: string }>(), context),
    );
  addExamples(command, [['mesh requests show req_01M8HVSZYCJMRGE8XPZ82XDTXF', 'as the answer or the log names it']]);
}

async function showRequest(id: string, options: CommonOptions & { owner?: string }, context: Context): Promise<void> {
  const connection = connect(context, options);
  const as = options.owner === undefined ? 'key' : 'admin';
  const body = { request_id: id, owner_id: options.owner };
  const { data } = await callRouter(context, connection, { method: 'POST', path: '/v1/usage/events', as, body });
  const [event] = data as Record<string, unknown>[];
  if (event === undefined) throw new CliError(`There is no request ${id} of this owner, or it was not charged yet.`);
  const path = `/v1/usage/events/${encodeURIComponent(String(event.id))}/attempts`;
  const tried = (await callRouter(context, connection, { path, as })) as Attempt[];
  showResult(context, options, { ...event, tried }, () => {
    const { cost, decision: _, ...facts } = event as { cost: Record<string, string>; decision: unknown };
    showFacts(context, [
      ...Object.entries(facts),
      ['cost', `${cost.amount} ${cost.currency} (${cost.basis ?? 'none'})`],
    ]);
    if (tried.length === 0) return;
    context.write('\n');
    showTable(context, columns, tried);
  });
}

const columns: readonly Column<Attempt>[] = [
  { title: 'Try', of: ({ attempt }) => attempt, align: 'right' },
  { title: 'Endpoint', of: ({ endpoint }) => endpoint },
  { title: 'Outcome', of: ({ outcome }) => outcome },
  { title: 'Code', of: ({ provider_code }) => provider_code },
  { title: 'From ms', of: ({ started_ms }) => started_ms, align: 'right' },
  { title: 'Took ms', of: ({ latency_ms }) => latency_ms, align: 'right' },
];
