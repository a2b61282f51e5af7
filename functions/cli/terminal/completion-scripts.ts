import type { Command } from 'commander';

export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

/** What may follow a command: its subcommands and options, with the values that an option or argument can have. */
interface Place {
  /** Names of commands, `keys create`; empty for the program itself. */
  path: string;
  words: { name: string; what: string }[];
  values: { option: string; choices: readonly string[] }[];
}

/** A script for a shell that completes the commands and options of a program whose commands are all loaded. */
export function describeCompletions(shell: Shell, program: Command): string {
  const places = placesOf(program, '');
  const name = program.name();
  if (shell === 'fish') return describeFish(name, places);
  const bash = describeBash(name, places);
  return shell === 'bash' ? bash : `autoload -U +X bashcompinit && bashcompinit\n${bash}`;
}

function placesOf(command: Command, path: string): Place[] {
  const subcommands = command.commands;
  const all = command.parent === null ? command.options : [...command.options, ...rootOf(command).options];
  const options = all.flatMap(({ long, description }) => (long ? [{ name: long, what: description }] : []));
  const choices = command.registeredArguments.flatMap(({ argChoices }) => argChoices ?? []);
  const words = [
    ...subcommands.map((each) => ({ name: each.name(), what: each.description() })),
    ...choices.map((choice) => ({ name: choice, what: '' })),
    ...options,
    { name: '--help', what: 'how it is used' },
  ];
  const values = all.flatMap(({ long, argChoices }) =>
    long && argChoices ? [{ option: long, choices: argChoices }] : [],
  );
  const below = subcommands.flatMap((each) => placesOf(each, `${path} ${each.name()}`.trim()));
  return [{ path, words, values }, ...below];
}

function rootOf(command: Command): Command {
  return command.parent === null ? command : rootOf(command.parent);
}

function describeBash(name: string, places: readonly Place[]): string {
  const known = places.filter(({ path }) => path !== '').map(({ path }) => `"${path}"`);
  const values = places.flatMap(({ path, values }) =>
    values.map(({ option, choices }) => `    "${path} ${option}") words="${choices.join(' ')}" ;;`),
  );
  const words = places.map(
    ({ path, words }) => `    "${path}") words="${words.map((word) => word.name).join(' ')}" ;;`,
  );
  return `_${name}() {
  local current="\${COMP_WORDS[COMP_CWORD]}" path="" words="" at
  for ((at = 1; at < COMP_CWORD; at++)); do
    case "\${path:+$path }\${COMP_WORDS[at]}" in
      ${known.join(' | ')}) path="\${path:+$path }\${COMP_WORDS[at]}" ;;
    esac
  done
  case "$path" in
${words.join('\n')}
  esac
  case "$path \${COMP_WORDS[COMP_CWORD-1]}" in
${values.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _${name} ${name}
`;
}

function describeFish(name: string, places: readonly Place[]): string {
  const lines = places.flatMap(({ path, words, values }) => words.map((word) => toFish(name, path, word, values)));
  return `${lines.join('\n')}\n`;
}

function toFish(name: string, path: string, word: Place['words'][number], values: Place['values']): string {
  const steps = path.split(' ').filter(Boolean);
  const where =
    steps.length === 0
      ? '__fish_use_subcommand'
      : steps.map((step) => `__fish_seen_subcommand_from ${step}`).join('; and ');
  const what = word.what === '' ? '' : ` -d ${quote(word.what)}`;
  if (!word.name.startsWith('--')) return `complete -c ${name} -f -n ${quote(where)} -a ${word.name}${what}`;
  const choices = values.find(({ option }) => option === word.name)?.choices;
  const takes = choices === undefined ? '' : ` -x -a ${quote(choices.join(' '))}`;
  return `complete -c ${name} -n ${quote(where)} -l ${word.name.slice(2)}${takes}${what}`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "\\'")}'`;
}
