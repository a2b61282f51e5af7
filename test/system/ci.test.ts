import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { findActionlint, lintWorkflow } from '../../infra/check/lint-workflow.ts';
import { readInfra } from '../../infra/check/read-infra.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);
const text = readFileSync(`${root}/infra/examples/github-deploy.yml`, 'utf8');

interface Step {
  uses?: string;
  run?: string;
  with?: Record<string, unknown>;
}
interface Job {
  needs?: string;
  environment?: string;
  permissions: Record<string, string>;
  steps: Step[];
}
const workflow: { on: Record<string, unknown>; permissions: object; jobs: Record<string, Job> } = parse(text, {
  strict: true,
  uniqueKeys: true,
});
const steps = Object.values(workflow.jobs).flatMap((job) => job.steps);

describe('the workflow that deploys', () => {
  const actionlint = findActionlint();
  /** By tag: so actionlint knows what an action takes. */
  const byTag = text.replaceAll(/@[0-9a-f]{40} # (v\d+)[.\d]*/g, '@$1');
  const LIMIT_MS = 240_000;

  test(
    'is one that GitHub takes',
    async () => {
      const command = await actionlint;
      if (command === null) return console.warn('SKIPPED: there is neither actionlint nor Go to build it.');
      for (const each of [text, byTag]) expect(await lintWorkflow(command, each)).toEqual([]);
    },
    LIMIT_MS,
  );

  test.each([
    ['an unknown key', 'timeout-minutes: 30', 'timeout-minute: 30'],
    ['a job that is not there', 'needs: check', 'needs: checks'],
    ['an expression that is none', 'inputs.image }}', 'inputs.image }'],
    ['an input that is not there', 'inputs.image', 'inputs.picture'],
    ['a permission that is none', 'id-token: write', 'id-token: always'],
    ['an event that is none', 'workflow_dispatch:', 'workflow_dispatched:'],
    ['what an action does not take', 'node-version: 24', 'node_version: 24'],
  ])(
    '%s would be found',
    async (_what, from, to) => {
      const command = await actionlint;
      if (command === null) return;
      expect(byTag).toContain(from);
      expect(await lintWorkflow(command, byTag.replace(from, to))).not.toEqual([]);
    },
    LIMIT_MS,
  );

  test('names every action by what it is, not by a tag that can be moved', () => {
    const used = steps.flatMap(({ uses }) => uses ?? []);
    expect(used.length).toBeGreaterThan(5);
    expect(used.filter((uses) => !/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/.test(uses))).toEqual([]);
  });

  test('has no key, and asks for no more than a run needs', () => {
    expect(text).not.toMatch(/secrets\.|credentials_json/);
    expect(workflow.permissions).toEqual({});
    expect(Object.values(workflow.jobs).map(({ permissions }) => permissions)).toEqual([
      { contents: 'read' },
      { contents: 'read', 'id-token': 'write' },
    ]);
  });

  test('is begun by nobody’s pull request, and deploys only what was checked', () => {
    expect(Object.keys(workflow.on)).toEqual(['push', 'workflow_dispatch']);
    expect(workflow.on.push).toEqual({ branches: ['main'] });
    expect(workflow.jobs.deploy).toMatchObject({ needs: 'check', environment: 'prod' });
  });

  test('puts nothing that somebody wrote into a shell', () => {
    expect(steps.filter(({ run: script }) => /\$\{\{/.test(script ?? ''))).toEqual([]);
  });

  test('calls commands that are there', async () => {
    const { scripts } = JSON.parse(readFileSync(`${root}/package.json`, 'utf8'));
    const called = steps.flatMap(({ run: script }) => /^npm run ([\w:-]+)/.exec(script ?? '')?.[1] ?? []);
    expect(called.filter((name) => !Object.hasOwn(scripts, name))).toEqual([]);
    const deploy = steps.find(({ run: script }) => script?.startsWith('npm run deploy'))?.run ?? '';
    const dry = `${deploy} --dry-run`;
    const { stdout } = await run('bash', ['-euo', 'pipefail', '-c', dry], {
      cwd: root,
      env: { ...process.env, IMAGE: '' },
    });
    expect(stdout).toMatch(/-auto-approve -var-file=envs\/prod\.tfvars/);
    const IMAGE = `sha256:${'a'.repeat(64)}`;
    const back = await run('bash', ['-euo', 'pipefail', '-c', dry], { cwd: root, env: { ...process.env, IMAGE } });
    expect(back.stdout).not.toContain('builds submit');
    expect(back.stdout).toContain(IMAGE);
  }, 60_000);

  test('what Google’s action leaves in the folder stands in no deployment’s way', async () => {
    const { stdout } = await run('git', ['check-ignore', 'gha-creds-0123456789abcdef.json'], { cwd: root });
    expect(stdout.trim()).toBe('gha-creds-0123456789abcdef.json');
  });
});

test('whoever deploys from there may read each type of what a plan compares', async () => {
  const sources = await readInfra();
  const reads = sources.find(({ file }) => file === 'ci.tf')?.locals.deployer_reads as Record<string, string[]>;
  const types = new Set(sources.flatMap(({ resources }) => resources.map(({ type }) => type)));
  expect(Object.keys(reads).sort()).toEqual([...types].sort());
  // The billing account and the bucket grant these themselves.
  const elsewhere = ['google_billing_budget', 'google_storage_bucket_object'];
  expect(Object.entries(reads).filter(([type, needed]) => needed.length === 0 && !elsewhere.includes(type))).toEqual(
    [],
  );
  const granted = sources.flatMap(({ resources }) => resources).filter(({ name }) => name === 'deployer_catalogue');
  expect(granted.map(({ body }) => body.role)).toEqual(['roles/storage.objectViewer']);
});
