import type { Command } from 'commander';
import { CliError } from '../terminal/cli-error.ts';
import type { CommonOptions, Context } from '../terminal/context.ts';
import { addExamples } from '../terminal/options.ts';
import { showResult } from '../terminal/show-result.ts';
import { addServedCatalogue } from './served-catalogue.ts';

export function register(command: Command, context: Context): void {
  command
    .command('check')
    .description('whether a file can be laid over the built-in catalogue')
    .argument('<file>', 'the file, as MESH_CATALOGUE would name it')
    .action((file: string, _: unknown, self: Command) =>
      checkCatalogue(file, self.optsWithGlobals<CommonOptions>(), context),
    );
  addServedCatalogue(command, context);
  addExamples(command, [
    ['mesh catalogue check my.json', 'all its mistakes, or what it adds'],
    ['mesh catalogue get models openai/gpt-5-mini', 'what each layer of the router’s says of a model'],
    ['mesh catalogue draft my.json', 'what it would change in a router that runs'],
    ['mesh catalogue put providers acme acme.json', 'change that router'],
    ['mesh catalogue put providers acme acme.json --if-version 7', 'only if nobody has changed anything since'],
    ['mesh catalogue restore 3', 'as it was at that version'],
  ]);
}

async function checkCatalogue(file: string, options: CommonOptions, context: Context): Promise<void> {
  const { checkCatalogueFile } = await import('../../router/start/check-catalogue-file.ts');
  const project = context.env.GOOGLE_CLOUD_PROJECT;
  const checked = checkCatalogueFile(file, project ? { project } : {});
  const { catalogue, ownProviders } = await checked.catch((error: Error) => {
    throw new CliError(error.message);
  });
  const found = { file, models: catalogue.models.size, providers: ownProviders };
  const of = ownProviders.length === 0 ? '' : `; of this file: ${ownProviders.join(', ')}`;
  showResult(context, options, found, () => context.write(`${file} is right: ${found.models} models in all${of}\n`));
}
