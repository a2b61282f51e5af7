import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { runCommand } from '../../emulators/run-command.ts';
import {
  applyStep,
  buildSteps,
  type Deployment,
  digestStep,
  firstRateStep,
  initStep,
  prepareStep,
  repositoryOf,
  type Step,
  urlStep,
} from './deploy-steps.ts';
import { readSettings } from './read-settings.ts';
import { smokeTest } from './smoke-test.ts';
import { uncommitted } from './uncommitted.ts';

const USAGE = `npm run deploy -- <environment> [options]

  Builds, uploads, applies, and asks whether it answers. <environment> names infra/envs/<environment>.tfvars.

  --first           make the registry and the account that builds before anything else, and fetch the exchange rate: once
  --image=<digest>  deploy what was built before, sha256:…; the way back
  --yes             do not ask before changing anything
  --dry-run         print the commands and run none of them`;

const root = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);
const DIGEST = /^sha256:[0-9a-f]{64}$/;

interface Options {
  first: boolean;
  image: string | undefined;
  dryRun: boolean;
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      first: { type: 'boolean', default: false },
      image: { type: 'string' },
      yes: { type: 'boolean', default: false },
      'dry-run': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const environment = positionals[0];
  if (values.help || environment === undefined || !/^[a-z]+$/.test(environment)) throw new Error(USAGE);
  if (values.image !== undefined && !DIGEST.test(values.image)) throw new Error('--image takes a digest, sha256:…');
  const settings = await readSettings(await readFile(`${root}/infra/envs/${environment}.tfvars`, 'utf8'));
  const deployment = { ...settings, environment, commit: await readCommit(values['dry-run']), ask: !values.yes };
  await deploy(deployment, { first: values.first, image: values.image, dryRun: values['dry-run'] });
}

async function deploy(deployment: Deployment, { first, image, dryRun }: Options): Promise<void> {
  const follow = dryRun ? show : perform;
  await follow(initStep(deployment));
  if (first) await follow(prepareStep(deployment));
  const digest = image ?? (await (dryRun ? showBuild(deployment) : build(deployment)));
  await follow(applyStep(deployment, `${repositoryOf(deployment)}@${digest}`));
  if (first) await follow(firstRateStep(deployment));
  const url = dryRun ? await show(urlStep, 'URL') : await ask(urlStep);
  if (dryRun) return;
  const wrong = await smokeTest(url);
  for (const message of wrong) console.error(`✗ ${message}`);
  if (wrong.length > 0)
    throw new Error(`Deployed, but not well. The way back: npm run deploy -- … --image=<the one before>`);
  console.log(`${url} answers, and runs ${digest}`);
}

/** The digest of this commit's image. It is built once: its tag can be written once, and what was built is what it was. */
async function build(deployment: Deployment): Promise<string> {
  const built = await ask(digestStep(deployment)).catch(() => '');
  if (DIGEST.test(built)) return built;
  for (const step of buildSteps(deployment)) await perform(step);
  return ask(digestStep(deployment));
}

async function showBuild(deployment: Deployment): Promise<string> {
  for (const step of buildSteps(deployment)) await show(step);
  return show(digestStep(deployment), 'sha256:…');
}

/** The commit of this folder. What is not committed cannot be found again, so it is not deployed. */
async function readCommit(dryRun: boolean): Promise<string> {
  const git = async (...args: string[]) => (await run('git', args, { cwd: root })).stdout;
  const status = await git('status', '--porcelain', '--untracked-files=all', '--no-renames', '-z');
  const changed = uncommitted(status);
  if (!dryRun && changed.length > 0) {
    throw new Error(
      `These are not committed, so nobody could find again what was deployed:\n  ${changed.join('\n  ')}`,
    );
  }
  return (await git('rev-parse', '--short=12', 'HEAD')).trim();
}

/** Prints the command; `answer` is what stands for its output in what follows. */
async function show({ title, command }: Step, answer = ''): Promise<string> {
  console.log(`# ${title}\n${command.join(' ')}`);
  return answer;
}

async function perform(step: Step): Promise<void> {
  await show(step);
  const code = await runCommand(step.command, process.env);
  if (code !== 0) throw new Error(`${step.title}: ended with ${code}.`);
}

/** Runs a command for its output. */
async function ask(step: Step): Promise<string> {
  await show(step);
  const [file = '', ...args] = step.command;
  return (await run(file, args, { cwd: root })).stdout.trim();
}

main().catch((error) => {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});
