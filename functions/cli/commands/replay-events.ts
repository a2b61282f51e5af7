import { Argument, type Command } from 'commander';
import { ask } from '../../../infra/operate/ask.ts';
import { type Replay, replayed, replayPlan, SECOND } from '../../../infra/operate/replay-plan.ts';
import { runCommand } from '../../../infra/operate/run-command.ts';
import { runPlan, showPlan } from '../../../infra/operate/run-plan.ts';
import { CliError, UsageError } from '../terminal/cli-error.ts';
import type { Context } from '../terminal/context.ts';
import { addExamples } from '../terminal/options.ts';

interface ReplayOptions {
  since: string;
  project?: string;
  emptyParked?: boolean;
  dryRun?: boolean;
}

export function register(command: Command, context: Context): void {
  command
    .addArgument(new Argument('<what>', 'charges to usage, or rows to the warehouse').choices(replayed))
    .requiredOption('--since <time>', 'just before the trouble, as 2026-11-26T10:15:00Z; within seven days')
    .option('--project <id>', 'the project of the cloud; else GOOGLE_CLOUD_PROJECT')
    .option('--empty-parked', 'then empty what was parked, after a question')
    .option('--dry-run', 'print the commands and run none of them')
    .action((what: Replay['what'], options: ReplayOptions) => replayEvents(what, options, context));
  addExamples(command, [
    ['mesh replay-events charges --since 2026-11-26T10:15:00Z', 'what was counted is not counted twice'],
    ['mesh replay-events warehouse --since 2026-11-26T10:15:00Z --dry-run', 'the commands for BigQuery'],
  ]);
}

/** As `npm run operate -- replay` does, without its file of the environment: all that it needs to know is the project. */
async function replayEvents(what: Replay['what'], options: ReplayOptions, context: Context): Promise<void> {
  const { since, emptyParked = false, dryRun } = options;
  if (!SECOND.test(since)) throw new UsageError(`${since} is no moment as 2026-11-26T10:15:00Z.`);
  context.loadEnvFile();
  const projectId = options.project ?? context.env.GOOGLE_CLOUD_PROJECT;
  if (!projectId) {
    throw new CliError(
      'Events are kept in the cloud alone: name its project with --project. A router on SQLite counts by itself what was not counted.',
    );
  }
  const steps = replayPlan({ projectId, now: new Date(context.now()) }, { what, since, emptyParked });
  const print = (line: string) => context.write(`${line}\n`);
  if (dryRun) showPlan(steps, print);
  else await runPlan(steps, { run: runCommand(context.folder, context.write), print, ask });
}
