import { Argument, type Command } from 'commander';
import { describeCompletions, type Shell, shells } from '../terminal/completion-scripts.ts';
import type { Context } from '../terminal/context.ts';
import { addExamples } from '../terminal/options.ts';

export function register(command: Command, context: Context): void {
  command
    .addArgument(new Argument('<shell>', 'which shell').choices(shells))
    .action((shell: Shell) => context.write(describeCompletions(shell, command.parent as Command)));
  addExamples(command, [
    ['source <(mesh completions bash)', 'in ~/.bashrc'],
    ['source <(mesh completions zsh)', 'in ~/.zshrc, after compinit'],
    ['mesh completions fish > ~/.config/fish/completions/mesh.fish', 'once'],
  ]);
}
