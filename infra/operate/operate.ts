import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { PlanStep } from './plan.ts';
import { planOf, USAGE } from './plans.ts';
import { readSite } from './read-site.ts';
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
  else await runPlan(steps, { run, print: console.log, ask: values.yes ? async () => true : ask });
}

/** Runs a command; what it says is shown and kept. */
function run(command: readonly string[], { input, env }: Pick<PlanStep, 'input' | 'env'>) {
  const [file = '', ...args] = command;
  const child = spawn(file, args, {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: [input === undefined ? 'inherit' : 'pipe', 'pipe', 'inherit'],
  });
  // One that ends without reading its input says so by its exit code.
  child.stdin?.on('error', () => {});
  child.stdin?.end(input);
  return new Promise<{ code: number; output: string }>((resolve, reject) => {
    let output = '';
    child.stdout?.setEncoding('utf8').on('data', (said: string) => {
      output += said;
      process.stdout.write(said);
    });
    child.once('error', reject);
    child.once('close', (code) => resolve({ code: code ?? 1, output }));
  });
}

async function ask(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await terminal.question(`${question} [yes] `);
  terminal.close();
  return answer.trim() === 'yes';
}

main().catch((error) => {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});
