import type { Command } from 'commander';
import { addMoneyOptions, currencyOf, type MoneyOptions, moveMoney } from '../client/move-money.ts';
import { UsageError } from '../terminal/cli-error.ts';
import type { Context } from '../terminal/context.ts';
import { addExamples, toAmount } from '../terminal/options.ts';

export function register(command: Command, context: Context): void {
  addMoneyOptions(command.argument('<owner>', 'own_…').argument('<amount>', 'up, or down after --', toAmount));
  command.action(async (owner: string, amount: string, _: unknown, self: Command) => {
    const options = self.optsWithGlobals<MoneyOptions>();
    if (options.reason === undefined) throw new UsageError('An adjustment takes a --reason.');
    const currency = await currencyOf(context, options, owner);
    await moveMoney(context, options, owner, { kind: 'adjustments', amount, currency, confirm: options.confirm });
  });
  addExamples(command, [['mesh adjust --reason "Entered twice" -- own_… -2.5', 'two and a half less']]);
}
