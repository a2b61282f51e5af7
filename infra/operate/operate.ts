import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ask } from './ask.ts';
import { planOf, USAGE } from './plans.ts';
import { readSite } from './read-site.ts';
import { runCommand } from './run-command.ts';
import { runPlan, showPlan } from './run-plan.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

async function main(): Promise<void> {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean', default: false } as const;
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      ...{ at: text, backup: text, database: text, since: text, disable: text, image: text, now: text },
      ...{ 'empty-parked': flag, 'dry-run': flag, yes: flag },
    },
  });
  const [name, environment = '', ...words] = positionals;
  const now = values.now === undefined ? new Date() : new Date(values.now);
  if (!/^[a-z]+$/.test(environment) || Number.isNaN(now.getTime())) throw new Error(USAGE);
  const site = await readSite(await readFile(`${root}/infra/envs/${environment}.tfvars`, 'utf8'), environment, now);
  const steps = planOf(name, site, { said: values, words, key: process.env.KEY });
  if (values['dry-run']) showPlan(steps, console.log);
  else {
    const run = runCommand(root, (said) => process.stdout.write(said));
    await runPlan(steps, { run, print: console.log, ask: values.yes ? async () => true : ask });
  }
}

main().catch((error) => {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});
