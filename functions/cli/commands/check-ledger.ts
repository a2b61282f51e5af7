import type { Command } from 'commander';
import { CliError } from '../terminal/cli-error.ts';
import type { Context } from '../terminal/context.ts';
import { addExamples } from '../terminal/options.ts';
import { toEnvironment } from './serve.ts';

export function register(command: Command, context: Context): void {
  command
    .option('--data <folder>', 'where the database is; else .mesh, or what MESH_STORE says')
    .action((options: { data?: string }) => checkLedger(options, context));
  addExamples(command, [
    ['mesh check-ledger', 'the database in .mesh'],
    ['MESH_STORE=firestore mesh check-ledger', 'that of production'],
  ]);
}

async function checkLedger(options: { data?: string }, context: Context): Promise<void> {
  context.loadEnvFile();
  const { readConfig } = await import('../../router/start/config.ts');
  const { openDocuments } = await import('../../router/start/open-platform.ts');
  const { reportLedger } = await import('../../router/start/report-ledger.ts');
  const config = readConfig(toEnvironment(context.env, options));
  const documents = await openDocuments(config, { mustExist: true });
  const isRight = await reportLedger(documents, (line) => context.write(`${line}\n`));
  await documents.close();
  if (!isRight) throw new CliError('The books do not add up.');
}
