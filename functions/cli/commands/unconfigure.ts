import { Argument, type Command } from 'commander';
import { CliError } from '../terminal/cli-error.ts';
import type { CommonOptions, Context } from '../terminal/context.ts';
import { addExamples } from '../terminal/options.ts';
import { showResult } from '../terminal/show-result.ts';
import { type FileReceipt, undoChange } from '../tools/change-file.ts';
import { forgetReceipt, readReceipt } from '../tools/receipts.ts';
import { readFile, writeFile } from '../tools/settings-on-disk.ts';
import { toolNames } from '../tools/tools.ts';

interface UnconfigureOptions extends CommonOptions {
  dryRun?: boolean;
}

export function register(command: Command, context: Context): void {
  command
    .addArgument(new Argument('<tool>', 'which tool').choices(toolNames))
    .option('--dry-run', 'only show what would be done')
    .action((name: string, _: unknown, self: Command) =>
      unconfigure(name, self.optsWithGlobals<UnconfigureOptions>(), context),
    );
  addExamples(command, [['mesh unconfigure claude', 'takes back our keys, and leaves what you have changed since']]);
}

function unconfigure(name: string, options: UnconfigureOptions, context: Context): void {
  const receipt = readReceipt(context, name);
  if (receipt === null) throw new CliError(`${name} is not configured.`);
  const files = receipt.files.map(undo);
  const shown = files.map(({ receipt: { path }, text, kept }) => ({ path, removed: text === null, kept }));
  showResult(context, options, { tool: name, dryRun: options.dryRun === true, files: shown }, () => {
    for (const { path, removed, kept } of shown) {
      const but =
        kept.length === 0 ? '' : `, but for what you have changed: ${kept.map((key) => key.join('.')).join(', ')}`;
      context.write(`${path} is ${removed ? 'taken away' : 'as it was'}${but}\n`);
    }
  });
  if (options.dryRun) return;
  for (const {
    receipt: { path, mode },
    text,
    isWritten,
  } of files)
    if (!isWritten) writeFile(path, text, mode, false);
  forgetReceipt(context, name);
}

function undo(receipt: FileReceipt) {
  const { text } = readFile(receipt.path);
  try {
    const undone = undoChange(text, receipt);
    // A folder that nothing can be written in has kept configure from writing, and is not to keep this from ending.
    return { receipt, ...undone, isWritten: undone.text === text };
  } catch (error) {
    throw new CliError(`${receipt.path}: ${(error as Error).message}; nothing was changed.`);
  }
}
