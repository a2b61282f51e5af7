import { type Command, InvalidArgumentError } from 'commander';
import { nearestName } from '../../formats/shared/nearest-name.ts';

/** Examples below a command's help, as a command and what it does. */
export function addExamples(command: Command, examples: readonly (readonly [line: string, what: string])[]): Command {
  const width = Math.max(...examples.map(([line]) => line.length));
  const lines = examples.map(([line, what]) => `  ${line.padEnd(width)}  ${what}`);
  return command.addHelpText('after', `\nExamples:\n${lines.join('\n')}`);
}

/** So many slips away a word may be and still be meant. */
const MOST_SLIPS = 3;
const WRONG_USE = 2;

/** The subcommand that is meant where none is named. Any other word is answered with the nearest that there is. */
export function addDefault(command: Command, name: string): Command {
  const named = command.command(name, { isDefault: true }).allowExcessArguments();
  return named.hook('preAction', () => {
    const [stray] = named.args;
    if (stray === undefined) return;
    const names = command.commands.map((each) => each.name());
    const meant = nearestName(stray, names, MOST_SLIPS);
    const hint = meant === null ? `There are ${names.join(', ')}.` : `(Did you mean ${meant}?)`;
    command.error(`error: unknown command '${stray}'\n${hint}`, { exitCode: WRONG_USE });
  });
}

/** Reads an option that is a count, from `least` on. */
export function toCount(least: number, most = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const count = Number(text);
    if (!/^\d+$/.test(text) || count < least || count > most) {
      throw new InvalidArgumentError(
        `It must be a number from ${least}${most === Number.MAX_SAFE_INTEGER ? '' : ` to ${most}`}.`,
      );
    }
    return count;
  };
}

/** Reads an option that is money: a decimal string, never a floating number. */
export function toAmount(text: string): string {
  if (!/^-?\d+(\.\d{1,9})?$/.test(text))
    throw new InvalidArgumentError('It must be a decimal number, such as 20 or 0.5.');
  return text;
}

/** Reads an option that may be said several times or with commas. */
export function toList(text: string, before: readonly string[] = []): string[] {
  return [
    ...before,
    ...text
      .split(',')
      .map((word) => word.trim())
      .filter(Boolean),
  ];
}
