import { type Command, Option } from 'commander';
import { callRouter, readText } from '../client/call-router.ts';
import { connect } from '../client/connection.ts';
import { UsageError } from '../terminal/cli-error.ts';
import type { CommonOptions, Context } from '../terminal/context.ts';
import { addExamples } from '../terminal/options.ts';
import { plainText } from '../terminal/plain-text.ts';
import { showResult } from '../terminal/show-result.ts';
import { type Column, showFacts, showTable } from '../terminal/show-table.ts';

interface StatementOptions extends CommonOptions {
  owner?: string;
  format?: 'csv' | 'html';
}

interface Line {
  kind: string;
  amount: string;
  reference: string | null;
  reason: string | null;
  created_at: string;
}

interface ModelRow {
  model: string;
  provider: string;
  requests: number;
  amount: string;
  currency: string;
}

interface Statement {
  name: string;
  currency: string;
  final: boolean;
  opening_balance: string;
  topups: string;
  adjustments: string;
  refunds: string;
  charges: string;
  closing_balance: string;
  lines: Line[];
  models: ModelRow[];
  truncated: boolean;
}

export function register(command: Command, context: Context): void {
  command
    .argument('[month]', 'as 2026-11 (UTC); else this one')
    .option('--owner <id>', 'of another owner; takes the admin key')
    .addOption(new Option('--format <format>', 'a file in place of tables').choices(['csv', 'html']))
    .action((month: string | undefined, _: unknown, self: Command) =>
      showStatement(month ?? thisMonth(context), self.optsWithGlobals<StatementOptions>(), context),
    );
  addExamples(command, [
    ['mesh statement', 'this month until now'],
    ['mesh statement 2026-10 --format html > october.html', 'a page to be printed'],
    ['mesh statement 2026-10 --owner own_… --format csv', 'another owner’s, for a spreadsheet'],
  ]);
}

function thisMonth({ now }: Context): string {
  return new Date(now()).toISOString().slice(0, 'YYYY-MM'.length);
}

async function showStatement(month: string, options: StatementOptions, context: Context): Promise<void> {
  const { owner, format, json } = options;
  if (format !== undefined && json) throw new UsageError('Either --format or --json.');
  const query = new URLSearchParams({
    ...(owner === undefined ? {} : { owner_id: owner }),
    ...(format === undefined ? {} : { format }),
  });
  const path = `/v1/statements/${encodeURIComponent(month)}${query.size === 0 ? '' : `?${query}`}`;
  const call = { path, as: owner === undefined ? 'key' : 'admin' } as const;
  const connection = connect(context, options);
  if (format !== undefined) {
    context.write(await readText(context, connection, call));
    return;
  }
  const statement: Statement = await callRouter(context, connection, call);
  showResult(context, options, statement, () => showParts(statement, month, context));
}

function showParts(statement: Statement, month: string, context: Context): void {
  const { name, currency, final, lines, models } = statement;
  context.write(`${month} of ${plainText(name)}, in ${currency}${final ? '' : ', not over yet'}\n\n`);
  showFacts(context, [
    ['Opening balance', statement.opening_balance],
    ['Topups', statement.topups],
    ['Adjustments', statement.adjustments],
    ['Refunds', statement.refunds],
    ['Charges', statement.charges],
    ['Closing balance', statement.closing_balance],
  ]);
  if (lines.length > 0) {
    context.write('\n');
    showTable(context, lineColumns, lines);
  }
  if (models.length > 0) {
    context.write('\n');
    showTable(context, modelColumns, models);
  }
  if (statement.truncated) context.complain('There are more lines than are shown; all are in the sums.');
}

const lineColumns: readonly Column<Line>[] = [
  { title: 'When', of: ({ created_at }) => created_at, whole: true },
  { title: 'Kind', of: ({ kind }) => kind, whole: true },
  { title: 'Amount', of: ({ amount }) => amount, align: 'right' },
  { title: 'Reference', of: ({ reference }) => reference },
  { title: 'Reason', of: ({ reason }) => reason },
];

const modelColumns: readonly Column<ModelRow>[] = [
  { title: 'Model', of: ({ model }) => model, whole: true },
  { title: 'Provider', of: ({ provider }) => provider },
  { title: 'Requests', of: ({ requests }) => requests, align: 'right' },
  { title: 'Cost', of: ({ amount, currency }) => `${amount} ${currency}`, align: 'right' },
];
