import { type Command, InvalidArgumentError } from 'commander';

/** Examples below a command's help, as a command and what it does. */
export function addExamples(command: Command, examples: readonly (readonly [line: string, what: string])[]): Command {
  const width = Math.max(...examples.map(([line]) => line.length));
  const lines = examples.map(([line, what]) => `  ${line.padEnd(width)}  ${what}`);
  return command.addHelpText('after', `\nExamples:\n${lines.join('\n')}`);
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
