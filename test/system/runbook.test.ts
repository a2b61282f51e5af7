import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { appendFile, chmod, cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { gcloudTree, unknownCalls } from '../../infra/check/gcloud-tree.ts';
import { blocksBelow, gcloudCalls } from '../../infra/check/runbook-commands.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const operate = join(root, 'infra/operate');
const runbook = readFileSync(join(operate, 'runbook.md'), 'utf8');
const run = promisify(execFile);
const PROJECT = 'mesh-dev-000000';

describe('the first deployment, word by word', () => {
  let folder: string;
  let clone: string;
  let router: Server;
  let env: NodeJS.ProcessEnv;

  /** A clean clone of what is here, and `gcloud` and `terraform` that only write down what they are told. */
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mesh-runbook-'));
    clone = join(folder, 'clone');
    const bin = join(folder, 'bin');
    await mkdir(clone);
    await mkdir(bin);
    const { stdout } = await run('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
      cwd: root,
    });
    for (const file of stdout.split('\0').filter((name) => name !== '' && existsSync(join(root, name)))) {
      await mkdir(dirname(join(clone, file)), { recursive: true });
      await cp(join(root, file), join(clone, file));
    }
    await symlink(join(root, 'node_modules'), join(clone, 'node_modules'));
    for (const name of ['gcloud', 'terraform']) {
      const path = join(bin, name);
      await writeFile(path, `#!/bin/sh\nexec "${process.execPath}" "${root}/infra/check/fake-cloud.ts" ${name} "$@"\n`);
      await chmod(path, 0o755);
    }
    router = createServer((req, res) => {
      res.writeHead(['/v1/models', '/v1/owners'].includes(req.url ?? '') ? 401 : 200).end('{}');
    }).listen(0, '127.0.0.1');
    await once(router, 'listening');
    env = {
      PATH: `${bin}:${process.env.PATH}`,
      HOME: folder,
      // Each call is a process of Node: what they make of their sources is made once.
      NODE_COMPILE_CACHE: join(folder, 'compiled'),
      FAKE_CLOUD: folder,
      FAKE_URL: `http://127.0.0.1:${(router.address() as AddressInfo).port}`,
      KEY: 'mak_of_a_test',
      GIT_AUTHOR_NAME: 'A',
      GIT_AUTHOR_EMAIL: 'a@example.com',
      GIT_COMMITTER_NAME: 'A',
      GIT_COMMITTER_EMAIL: 'a@example.com',
    };
    await sh('git init -q && git add . && git commit -qm all');
  }, 120_000);

  afterAll(async () => {
    router.close();
    await rm(folder, { recursive: true });
  });

  const sh = (script: string) => run('bash', ['-euo', 'pipefail', '-c', script], { cwd: clone, env });
  const literal = (block: string) =>
    block
      .replaceAll('PROJECT', PROJECT)
      .replaceAll('HOME_REGION', 'asia-south1')
      .replace(/\bENV\b/g, 'dev');
  const calls = async () => (await readFile(join(folder, 'calls.txt'), 'utf8')).trim().split('\n');

  test('leads through: no step undoes another', async () => {
    // What its second step asks for.
    await appendFile(join(clone, 'infra/envs/dev.tfvars'), '# ours\n');
    const blocks = blocksBelow(runbook, 'First deployment').map(literal);
    expect(blocks.length).toBeGreaterThan(6);
    for (const block of blocks) await sh(block.replace('npm run deploy -- dev --first', '$& --yes'));
    const made = (await calls()).filter((call) => /^terraform .*apply|builds submit|fx-refresh/.test(call));
    expect(
      made.map((call) =>
        call
          .replace(/ .*(-target=\S+).*$/, ' $1')
          .split(' ')
          .slice(0, 2)
          .join(' '),
      ),
    ).toEqual([
      'terraform -target=google_secret_manager_secret.held',
      'terraform -target=google_project_iam_member.build_logs',
      'gcloud builds',
      'terraform -chdir=infra',
      'gcloud scheduler',
    ]);
  }, 120_000);

  test('can be run again on the same commit, and builds nothing again', async () => {
    const before = await calls();
    const { stdout } = await sh('npm run deploy -- dev --yes');
    expect(stdout).toContain('answers, and runs sha256:');
    const after = (await calls()).slice(before.length);
    expect(after.filter((call) => call.includes('builds submit'))).toEqual([]);
    expect(after.filter((call) => call.includes(' apply '))).toHaveLength(1);
  }, 60_000);

  test('names what is not committed, and takes the values of an environment that are not', async () => {
    await appendFile(join(clone, 'infra/envs/dev.tfvars'), '# more\n');
    await writeFile(join(clone, 'functions/new file.ts'), '');
    await expect(sh('npm run deploy -- dev --yes')).rejects.toMatchObject({
      stderr: expect.stringMatching(/not committed.*\n {2}functions\/new file\.ts\n/),
    });
    await rm(join(clone, 'functions/new file.ts'));
    await sh('npm run deploy -- dev --yes');
  }, 60_000);
});

const tree = await gcloudTree();
if (tree === null) console.warn('SKIPPED: there is no gcloud here to ask whether the runbook’s commands exist.');

(tree === null ? test.skip : test)(
  'every gcloud command of the runbook and the playbooks exists, with its flags',
  () => {
    const pages = ['runbook.md', ...readdirSync(join(operate, 'playbooks')).map((name) => `playbooks/${name}`)];
    const found = pages.flatMap((name) => gcloudCalls(readFileSync(join(operate, name), 'utf8')));
    expect(found.length).toBeGreaterThan(25);
    expect(tree === null ? [] : unknownCalls(tree, found)).toEqual([]);
  },
);
