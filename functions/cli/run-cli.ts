import { Command, CommanderError } from 'commander';
import manifest from '../../package.json' with { type: 'json' };
import { nearestName } from '../formats/shared/nearest-name.ts';
import { commandTable } from './command-table.ts';
import { CliError } from './terminal/cli-error.ts';
import type { Context } from './terminal/context.ts';
import { plainLines } from './terminal/plain-text.ts';

/** Exit codes: well, failed, wrong use. */
const WELL = 0;
const FAILED = 1;
const WRONG_USE = 2;
/** Columns of help where no terminal says how wide it is. */
const HELP_WIDTH = 80;

/** So many slips away a word may be and still be meant. */
const MOST_SLIPS = 2;

/** It tells of all the others. */
const ALL = 'completions';

/** Options of all commands that have a value: the word behind one is no command. */
const valued = ['--url', '--key-file', '--admin-key-file'];

/** Runs one command line, without the program's name; resolves with its exit code. */
export async function runCli(args: readonly string[], context: Context): Promise<number> {
  try {
    const wanted = wantedOf(args);
    const program = await buildProgram((name) => name === wanted || wanted === ALL, context);
    if (args.length === 0) program.help({ error: true });
    await program.parseAsync([...args], { from: 'user' });
    return WELL;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? WELL : WRONG_USE;
    if (error instanceof CliError) {
      if (error.message !== '') context.complain(plainLines(`mesh: ${error.message}`));
      return error.exitCode;
    }
    context.complain(plainLines(`mesh: ${error instanceof Error ? error.message : String(error)}`));
    return FAILED;
  }
}

/** What the parser says of a word that is none of its choices, with the one that is meant: it says so of commands and options. */
function withNearest(text: string): string {
  const [, word = '', choices = ''] = /'([^']*)' is invalid.* Allowed choices are (.*)\.\n$/.exec(text) ?? [];
  const meant = nearestName(word, choices.split(', '), MOST_SLIPS);
  return meant === null || choices === '' ? text : `${text}(Did you mean ${meant}?)\n`;
}

/** The program with all its commands; those that are wanted with their options, the others by name alone. */
async function buildProgram(isWanted: (name: string) => boolean, context: Context): Promise<Command> {
  const width = context.columns ?? HELP_WIDTH;
  const program = new Command('mesh')
    .description('Mesh Router: one endpoint in front of many model providers.')
    .option('--url <url>', 'the router; else MESH_URL, else what mesh login keeps')
    .option('--key-file <file>', 'the inference key, in a file (- is standard input); else MESH_KEY')
    .option('--admin-key-file <file>', 'the admin key, in a file; else MESH_ADMIN_KEY')
    .option('--json', 'JSON for programs in place of tables')
    .version(manifest.version, '--version', 'which version this is')
    .addHelpText('after', EXAMPLES);
  program.configureHelp({ showGlobalOptions: true });
  const output = {
    writeOut: (text: string) => context.write(text),
    writeErr: (text: string) => context.complain(text.replace(/\n$/, '')),
    outputError: (text: string, write: (text: string) => void) => write(withNearest(text)),
    getOutHelpWidth: () => width,
    getErrHelpWidth: () => width,
    getOutHasColors: () => false,
    getErrHasColors: () => false,
  };
  program.configureOutput(output).exitOverride();
  for (const { name, summary, group, load } of commandTable) {
    const command = program.command(name).description(summary).helpGroup(group);
    if (isWanted(name)) (await load()).register(command, context);
    // Whoever only reads the list of commands needs nothing of what is in them.
    else command.allowUnknownOption().allowExcessArguments();
  }
  return program;
}

const EXAMPLES = `
Examples:
  mesh serve                          a router on port 8080, with a demo key
  mesh launch claude                  Claude Code through it
  mesh chat "Hello" -m mesh/echo      one answer
  mesh usage --by model               what was used, by model

Exit codes: 0 well, 1 failed, 2 wrong use.`;

/** The first word that is neither an option nor its value. */
function wantedOf(args: readonly string[]): string | undefined {
  const words = args.filter((word, at) => !word.startsWith('-') && !valued.includes(args[at - 1] ?? ''));
  return words[0] === 'help' ? words[1] : words[0];
}
