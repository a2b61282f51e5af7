import type { Command } from 'commander';
import { callRouter } from '../client/call-router.ts';
import { connect } from '../client/connection.ts';
import type { CommonOptions, Context } from '../terminal/context.ts';
import { addDefault, addExamples, toAmount } from '../terminal/options.ts';
import { showResult } from '../terminal/show-result.ts';
import { type Column, showTable } from '../terminal/show-table.ts';

interface Rate {
  rate: string;
  as_of: string;
  source: string;
  manual: boolean;
}
interface Rates extends Rate {
  age_days: number;
  stale: boolean;
  history: Rate[];
}
interface NewRate extends CommonOptions {
  asOf?: string;
  reason: string;
  confirm?: boolean;
}

export function register(command: Command, context: Context): void {
  addDefault(command, 'show')
    .description('the rate that is used, and its history')
    .action(async (_: unknown, self: Command) => {
      const options = self.optsWithGlobals<CommonOptions>();
      show(await callRouter(context, connect(context, options), { path: '/v1/rates', as: 'admin' }), options, context);
    });
  command
    .command('set')
    .description('set the rate by hand, until a source has a new one')
    .argument('<rate>', 'rupees per dollar', toAmount)
    .requiredOption('--reason <text>', 'why')
    .option('--as-of <day>', 'the day it is of; else today')
    .option('--confirm', 'that it is meant, though it is far from the last one')
    .action(async (rate: string, _: unknown, self: Command) => {
      const { asOf = today(context), reason, confirm, ...options } = self.optsWithGlobals<NewRate>();
      const body = { rate, as_of: asOf, reason, confirm };
      const call = { method: 'PUT', path: '/v1/rates/USD_INR', as: 'admin', body } as const;
      show(await callRouter(context, connect(context, options), call), options, context);
    });
  addExamples(command, [
    ['mesh rates', 'rupees per dollar'],
    ['mesh rates set 88.5 --reason "The source was down"', 'by hand'],
  ]);
}

function today({ now }: Context): string {
  return new Date(now()).toISOString().slice(0, 'YYYY-MM-DD'.length);
}

function show(rates: Rates, options: CommonOptions, context: Context): void {
  showResult(context, options, rates, () => {
    const age = rates.stale ? `, ${rates.age_days} days old: too old` : '';
    context.write(`A dollar is ${rates.rate} rupees, as of ${rates.as_of}, by ${rates.source}${age}\n`);
    if (rates.history.length === 0) return;
    context.write('\n');
    showTable(context, columns, rates.history);
  });
}

const columns: readonly Column<Rate>[] = [
  { title: 'Day', of: ({ as_of }) => as_of },
  { title: 'Rate', of: ({ rate }) => rate, align: 'right' },
  { title: 'Source', of: ({ source }) => source },
  { title: 'By hand', of: ({ manual }) => (manual ? 'yes' : 'no') },
];
