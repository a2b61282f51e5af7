import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { Argument, type Command } from 'commander';
import { connect } from '../client/connection.ts';
import { CliError, ToolEnded } from '../terminal/cli-error.ts';
import type { CommonOptions, Context } from '../terminal/context.ts';
import { addExamples } from '../terminal/options.ts';
import { planChange } from '../tools/change-file.ts';
import { findTarget } from '../tools/find-target.ts';
import { readFile } from '../tools/settings-on-disk.ts';
import type { Launch, Tool } from '../tools/tool.ts';
import { toolNamed, toolNames } from '../tools/tools.ts';

interface LaunchOptions extends CommonOptions {
  model?: string;
}

export function register(command: Command, context: Context): void {
  command
    .addArgument(new Argument('<tool>', 'which tool').choices(toolNames))
    .argument('[args...]', 'for the tool, after --')
    .option('-m, --model <model>', 'the model; else the tool’s own, where it is served')
    .action((name: string, args: string[], _: unknown, self: Command) =>
      launch(toolNamed(name), args, self.optsWithGlobals<LaunchOptions>(), context),
    );
  addExamples(command, [
    ['mesh launch claude', 'Claude Code on the Claude models that are served'],
    ['mesh launch claude -m openai/gpt-5-mini', 'on any other model'],
    ['mesh launch codex -m anthropic/claude-sonnet-4.5 -- exec "Say hello"', 'with arguments of its own'],
  ]);
}

/** Nothing is written: all that the tool has to know is in its environment and, where that is no secret, its arguments. */
async function launch(tool: Tool, args: readonly string[], options: LaunchOptions, context: Context): Promise<void> {
  const program = findProgram(tool.program, context);
  if (program === null) throw new CliError(`${tool.title} is not installed: ${tool.install}`);
  const target = await findTarget(context, connect(context, options), tool, options.model);
  refuseUnready(tool, context);
  const { env, args: own } = tool.launch(target);
  const child = spawn(program, [...own, ...args], { stdio: 'inherit', env: merge(context.env, env) });
  await untilEnd(child, tool);
}

/** Nothing is written here: who has to change something is told what, and where. */
function refuseUnready({ name, title, wants = [] }: Tool, context: Context): void {
  for (const file of wants) {
    const { path, text } = readFile(file.path(context));
    const missing = planChange(path, text, null, file).keys.find(({ before, after }) => before !== after);
    if (missing === undefined) continue;
    const setting = `${missing.path.join('.')} to be ${JSON.stringify(missing.after)}`;
    throw new CliError(`${title} wants ${setting} in ${path}; mesh configure ${name} writes that.`);
  }
}

function merge(env: Context['env'], changes: Launch['env']): NodeJS.ProcessEnv {
  const merged = { ...env };
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) delete merged[name];
    else merged[name] = value;
  }
  return merged;
}

/** Signals of the terminal reach the tool by themselves; this waits for it, and ends as it has ended. */
async function untilEnd(child: ChildProcess, tool: Tool): Promise<void> {
  const stay = () => {};
  const passOn = (signal: NodeJS.Signals) => child.kill(signal);
  process.on('SIGINT', stay).on('SIGTERM', passOn).on('SIGHUP', passOn);
  try {
    const code = await new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve));
    if (code !== 0) throw new ToolEnded(tool.title, code);
  } finally {
    process.off('SIGINT', stay).off('SIGTERM', passOn).off('SIGHUP', passOn);
  }
}

/** The first file of that name in `PATH` that may be run. */
function findProgram(name: string, { env }: Context): string | null {
  const names = process.platform === 'win32' ? [`${name}.cmd`, `${name}.exe`] : [name];
  const paths = (env.PATH ?? '').split(delimiter).flatMap((folder) => names.map((each) => join(folder, each)));
  return paths.find(isProgram) ?? null;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
