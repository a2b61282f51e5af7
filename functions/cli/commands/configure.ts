import { Argument, type Command } from 'commander';
import { connect } from '../client/connection.ts';
import { CliError } from '../terminal/cli-error.ts';
import type { CommonOptions, Context } from '../terminal/context.ts';
import { addExamples } from '../terminal/options.ts';
import { plainText } from '../terminal/plain-text.ts';
import { showResult } from '../terminal/show-result.ts';
import { type FileReceipt, planChange } from '../tools/change-file.ts';
import { findTarget } from '../tools/find-target.ts';
import { keepReceipt, readReceipt } from '../tools/receipts.ts';
import { isTracked, readFile, writeFile } from '../tools/settings-on-disk.ts';
import type { SettingsFile } from '../tools/tool.ts';
import { toolNamed, toolNames } from '../tools/tools.ts';

interface ConfigureOptions extends CommonOptions {
  model?: string;
  dryRun?: boolean;
}

export function register(command: Command, context: Context): void {
  command
    .addArgument(new Argument('<tool>', 'which tool').choices(toolNames))
    .option('-m, --model <model>', 'the model; else the tool’s own, where it is served')
    .option('--dry-run', 'only show the change')
    .action((name: string, _: unknown, self: Command) =>
      configure(name, self.optsWithGlobals<ConfigureOptions>(), context),
    );
  addExamples(command, [
    ['mesh configure claude --dry-run', 'what would be written'],
    ['mesh configure codex -m openai/gpt-5-mini', 'so that codex alone goes through the router'],
    ['mesh unconfigure codex', 'as it was'],
  ]);
}

async function configure(name: string, options: ConfigureOptions, context: Context): Promise<void> {
  if (readReceipt(context, name) !== null) {
    throw new CliError(`${name} is configured already: mesh unconfigure ${name} first.`);
  }
  const tool = toolNamed(name);
  const target = await findTarget(context, connect(context, options), tool, options.model);
  const files = tool.settings(target).map((file) => plan(file, context));
  const shown = files.map(({ path, keys }) => ({ path, changes: keys.map(describeKey) }));
  showResult(context, options, { tool: name, dryRun: options.dryRun === true, files: shown }, () => {
    for (const { path, changes } of shown) context.write(`${[path, ...changes].map(plainText).join('\n  ')}\n`);
  });
  if (options.dryRun) return;
  // Before the first file is touched: whatever happens then can be undone.
  keepReceipt(context, { tool: name, files });
  for (const { path, after, mode, keys } of files) writeFile(path, after, mode, hasSecret(keys));
}

function plan(file: SettingsFile, context: Context): FileReceipt {
  const { path, text, mode } = readFile(file.path(context));
  if (hasSecret(file.keys) && isTracked(path)) {
    throw new CliError(`${path} is tracked by git, and a key would be written into it: use mesh launch.`);
  }
  try {
    return planChange(path, text, mode, file);
  } catch (error) {
    throw new CliError(`${path}: ${(error as Error).message}; nothing was changed.`);
  }
}

function hasSecret(keys: readonly { isSecret?: boolean }[]): boolean {
  return keys.some(({ isSecret }) => isSecret);
}

function describeKey({ path, before, after, isSecret }: FileReceipt['keys'][number]): string {
  const name = path.join('.');
  const value = isSecret ? 'the key' : typeof after === 'string' ? after : JSON.stringify(after);
  return before === undefined ? `+ ${name}: ${value}` : `~ ${name}: ${value}`;
}
