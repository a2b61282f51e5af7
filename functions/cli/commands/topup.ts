import type { Command } from 'commander';
import { addMoneyOptions, currencyOf, type MoneyOptions, moveMoney } from '../client/move-money.ts';
import type { Context } from '../terminal/context.ts';
import { addExamples, toAmount } from '../terminal/options.ts';

export function register(command: Command, context: Context): void {
  addMoneyOptions(command.argument('<owner>', 'own_…').argument('<amount>', 'in the owner’s currency', toAmount));
  command.action(async (owner: string, amount: string, _: unknown, self: Command) => {
    const options = self.optsWithGlobals<MoneyOptions>();
    const currency = await currencyOf(context, options, owner);
    await moveMoney(context, options, owner, { kind: 'topups', amount, currency, confirm: options.confirm });
  });
  addExamples(command, [['mesh topup own_… 20 --reference invoice-7', 'once, however often it is typed']]);
}
