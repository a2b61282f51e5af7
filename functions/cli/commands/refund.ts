import type { Command } from 'commander';
import { addMoneyOptions, type MoneyOptions, moveMoney } from '../client/move-money.ts';
import { UsageError } from '../terminal/cli-error.ts';
import type { Context } from '../terminal/context.ts';
import { addExamples, toAmount } from '../terminal/options.ts';

export function register(command: Command, context: Context): void {
  command
    .argument('<owner>', 'own_…')
    .argument('<request>', 'req_…, whose charge is given back')
    .option('--amount <amount>', 'a part of it; else all that is left', toAmount);
  addMoneyOptions(command).action(async (owner: string, request: string, _: unknown, self: Command) => {
    const { amount, ...options } = self.optsWithGlobals<MoneyOptions & { amount?: string }>();
    if (options.reason === undefined) throw new UsageError('A refund takes a --reason.');
    await moveMoney(context, options, owner, { kind: 'refunds', request_id: request, amount });
  });
  addExamples(command, [['mesh refund own_… req_… --reason "A wrong answer"', 'all of the charge']]);
}
