import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import {
  applyStep,
  buildSteps,
  type Deployment,
  digestStep,
  initStep,
  prepareStep,
  repositoryOf,
} from './deploy-steps.ts';
import { readSettings } from './read-settings.ts';
import { smokeTest } from './smoke-test.ts';
import { uncommitted } from './uncommitted.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);

const deployment: Deployment = {
  projectId: 'mesh-test-000000',
  home: 'asia-south1',
  environment: 'dev',
  commit: '0123456789ab',
  ask: true,
};
const DIGEST = `sha256:${'a'.repeat(64)}`;

describe('the commands of a deployment', () => {
  test('what is built is tagged by its commit, and asked for by the same name', () => {
    const tagged = 'asia-south1-docker.pkg.dev/mesh-test-000000/mesh/mesh:0123456789ab';
    expect(buildSteps(deployment).at(-1)?.command).toContain(`--substitutions=_IMAGE=${tagged}`);
    expect(digestStep(deployment).command).toContain(tagged);
  });

  test('what is applied is named by its digest', () => {
    const { command } = applyStep(deployment, `${repositoryOf(deployment)}@${DIGEST}`);
    expect(command).toContain(`-var=image=asia-south1-docker.pkg.dev/mesh-test-000000/mesh/mesh@${DIGEST}`);
    expect(command).toContain('-var-file=envs/dev.tfvars');
  });

  test('Terraform asks before it changes anything, unless it is told not to', () => {
    expect(applyStep(deployment, 'image').command).not.toContain('-auto-approve');
    expect(applyStep({ ...deployment, ask: false }, 'image').command).toEqual(
      expect.arrayContaining(['-auto-approve', '-input=false']),
    );
  });

  test('each project has a state of its own', () => {
    expect(initStep(deployment).command).toContain('-backend-config=bucket=mesh-test-000000-mesh-state');
  });

  test('what a first build needs is in infra/', () => {
    const sources = ['apis.tf', 'registry.tf'].map((name) => readFileSync(`${root}/infra/${name}`, 'utf8')).join('\n');
    const targets = prepareStep(deployment).command.filter((part) => part.startsWith('-target='));
    expect(targets.length).toBeGreaterThan(0);
    for (const target of targets) {
      const [type, name] = target.slice('-target='.length).split('.');
      expect(sources).toContain(`resource "${type}" "${name}"`);
    }
  });

  test('a dry run prints them all and runs none', async () => {
    const { stdout } = await run(process.execPath, ['infra/deploy/deploy.ts', 'prod', '--first', '--dry-run'], {
      cwd: root,
    });
    const commands = stdout.split('\n').filter((line) => line !== '' && !line.startsWith('# '));
    expect(commands.map((line) => line.split(' ').slice(0, 3).join(' '))).toEqual([
      'terraform -chdir=infra init',
      'terraform -chdir=infra apply',
      'npm run build',
      'gcloud builds submit',
      'gcloud artifacts docker',
      'terraform -chdir=infra apply',
      'gcloud scheduler jobs',
      'terraform -chdir=infra output',
    ]);
  });

  test('the way back builds nothing', async () => {
    const args = ['infra/deploy/deploy.ts', 'prod', `--image=${DIGEST}`, '--dry-run'];
    const { stdout } = await run(process.execPath, args, { cwd: root });
    expect(stdout).not.toMatch(/gcloud|npm/);
    expect(stdout).toContain(`mesh@${DIGEST}`);
  });

  test('an image by tag is refused', async () => {
    const args = ['infra/deploy/deploy.ts', 'prod', '--image=latest', '--dry-run'];
    await expect(run(process.execPath, args, { cwd: root })).rejects.toMatchObject({ code: 1 });
  });
});

test('only what is of the environment itself may be uncommitted', () => {
  const status = ['?? infra/.terraform.lock.hcl', ' M infra/envs/prod.tfvars', ' M infra/edge.tf', '?? a b.txt', ''];
  expect(uncommitted(status.join('\0'))).toEqual(['infra/edge.tf', 'a b.txt']);
});

describe('the settings of an environment', () => {
  test('are read from what Terraform is given', async () => {
    const text = 'project_id = "mesh-test-000000"\nregions = ["asia-south1", "europe-west1"] # home first\n';
    expect(await readSettings(text)).toEqual({ projectId: 'mesh-test-000000', home: 'asia-south1' });
  });

  test('a file without a project is refused', async () => {
    await expect(readSettings('regions = ["asia-south1"]')).rejects.toThrow('project_id');
  });
});

describe('the smoke test', () => {
  const answer = (statusOf: (path: string) => number) =>
    smokeTest('https://api.example.com', async (input) => {
      return new Response('{}', { status: statusOf(new URL(String(input)).pathname) });
    });
  const well = (path: string) => (['/v1/models', '/v1/owners'].includes(path) ? 401 : 200);

  test('finds nothing wrong with a router that is well', async () => {
    expect(await answer(well)).toEqual([]);
  });

  test('a router that lets anybody administer is not well', async () => {
    expect(await answer((path) => (path === '/v1/owners' ? 200 : well(path)))).toEqual([
      'administration is for those with the admin key: /v1/owners answered 200, not 401',
    ]);
  });

  test('a router that does not answer is not well', async () => {
    const wrong = await smokeTest('https://api.example.com', async () => {
      throw new TypeError('fetch failed');
    });
    expect(wrong).toHaveLength(4);
  });
});
