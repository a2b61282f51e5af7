import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { blocksBelow } from './runbook-commands.ts';

// Playbooks are read at night, by somebody who copies: each command runs as it stands, once what is in capitals is filled in.

const operate = fileURLToPath(new URL('../operate', import.meta.url));
const runbook = readFileSync(join(operate, 'runbook.md'), 'utf8');
const run = promisify(execFile);

/** Stand in place of what commands call, and write down what they are told. */
const PROGRAMS = ['gcloud', 'terraform', 'npm', 'curl', 'gh'];
/** What is in capitals, and what an operator would put there. */
const OWN: Readonly<Record<string, string>> = {
  PROJECT: 'mesh-dev-000000',
  HOME_REGION: 'asia-south1',
  REGION: 'asia-southeast1',
  ENV: 'dev',
  DOMAIN: 'api.example.com',
  DIGEST: `sha256:${'a'.repeat(64)}`,
  JOB: 'sweep',
  SECRET: 'openai-api-key',
  NAME: 'mesh-01234567',
  OWNER: 'acme',
  BILLING_ACCOUNT: '012345-6789AB-CDEF01',
};
/** In capitals within a command, and meant so: a word of ours in it, or of Google's. */
const MEANT = ['OR', 'NOT', 'ERROR', 'WARNING', 'CRITICAL', 'URL', 'KEY'];

const spansOf = (page: string) =>
  [...page.matchAll(/`([^`]+)`/g)]
    .map(([, span = '']) => span.replaceAll(/\s+/g, ' '))
    .filter((span) => new RegExp(`^(${PROGRAMS.join('|')}) `).test(span));
const section = (heading: string) => (runbook.split(`\n## ${heading}\n`)[1] ?? '').split(/^## /m)[0] ?? '';

const commands: [string, string][] = [
  ...readdirSync(join(operate, 'playbooks')).flatMap((file) =>
    spansOf(readFileSync(join(operate, 'playbooks', file), 'utf8')).map((one): [string, string] => [file, one]),
  ),
  ...spansOf(section('Deploy from GitHub')).map((one): [string, string] => ['Deploy from GitHub', one]),
  ...spansOf(section('When an alert comes')).map((one): [string, string] => ['When an alert comes', one]),
  ...blocksBelow(runbook, 'When an alert comes').map((one): [string, string] => ['When an alert comes', one]),
];

describe('the commands of playbooks', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mesh-playbooks-'));
    for (const name of PROGRAMS) {
      const path = join(folder, name);
      await writeFile(path, `#!/bin/sh\nprintf '%s\\n' "${name}" "$@" '' >> "$CALLS"\n`);
      await chmod(path, 0o755);
    }
  });
  afterAll(() => rm(folder, { recursive: true }));

  test('are there', () => expect(commands.length).toBeGreaterThan(30));

  test.each(commands)('%s: %s', async (_page, command) => {
    const capitals = [...command.replaceAll(/'[^']*'/g, '').matchAll(/\b[A-Z][A-Z_]{2,}\b/g)].map(([word]) => word);
    expect(capitals.filter((word) => !Object.hasOwn(OWN, word) && !MEANT.includes(word))).toEqual([]);
    const filled = command.replaceAll(/\b[A-Z][A-Z_]{2,}\b/g, (word) => OWN[word] ?? word);
    const CALLS = join(folder, 'calls.txt');
    await writeFile(CALLS, '');
    await run('bash', ['-euo', 'pipefail', '-c', filled], { env: { PATH: `${folder}:${process.env.PATH}`, CALLS } });
    const calls = (await readFile(CALLS, 'utf8')).split('\n\n').filter((call) => call !== '');
    expect(calls.length).toBeGreaterThan(0);
    for (const call of calls.map((one) => one.split('\n'))) {
      // Nobody's own settings are relied on, at night.
      const isOfProject = call[0] === 'gcloud' && !['auth', 'billing'].includes(call[1] ?? '');
      expect([call.join(' '), !isOfProject || call.includes(`--project=${OWN.PROJECT}`)]).toEqual([
        call.join(' '),
        true,
      ]);
      const isReading = call[0] === 'gcloud' && call[1] === 'logging';
      // A filter is one word for the shell, and how much is read is bounded.
      if (isReading) expect(call.filter((word) => !word.startsWith('--'))).toHaveLength(4);
      if (isReading) expect(call.some((word) => word.startsWith('--limit='))).toBe(true);
    }
  });

  test('that npm runs are there', () => {
    const root = fileURLToPath(new URL('../..', import.meta.url));
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    const called = commands.flatMap(([, command]) => /^npm run ([\w:-]+)/.exec(command)?.[1] ?? []);
    expect(called.length).toBeGreaterThan(0);
    expect(called.filter((name) => !Object.hasOwn(scripts, name))).toEqual([]);
  });
});
