import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { checkLedger } from '../../functions/core/leases/check-ledger.ts';
import { createLedger } from '../../functions/core/ledger/ledger.ts';
import { newOwner, OWNERS } from '../../functions/core/ledger/owners.ts';
import { documentId } from '../../functions/core/store/document-id.ts';
import { openSqliteDocuments } from '../../functions/platform/documents/sqlite-documents.ts';
import { gcloudTree, unknownCalls } from '../../infra/check/gcloud-tree.ts';
import { type Failing, StrictCloud } from '../../infra/check/strict-cloud.ts';
import type { PlanStep, Site } from '../../infra/operate/plan.ts';
import { type Given, planOf } from '../../infra/operate/plans.ts';
import { readSite } from '../../infra/operate/read-site.ts';
import { COLLECTIONS } from '../../infra/operate/restore-plan.ts';
import { runPlan, showPlan } from '../../infra/operate/run-plan.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const NOW = new Date('2026-11-28T12:00:00Z');
const AT = '2026-11-26T10:15:00Z';
/** Every command of a plan fails once before it acts and once after: dozens of rehearsals. */
const REHEARSALS_MS = 60_000;
const IMAGE = `asia-south1-docker.pkg.dev/p/mesh/mesh@sha256:${'a'.repeat(64)}`;

const site = await readSite(readFileSync(`${root}/infra/envs/prod.tfvars`, 'utf8'), 'prod', NOW);
/** The ways in which callers are let in. */
const sites: Readonly<Record<string, Site>> = {
  'a load balancer': site,
  'everybody may call': { ...site, edge: false, regions: ['asia-south1'] },
  'no check': { ...site, edge: false, openBy: 'no_check', regions: ['asia-south1'] },
};

const given = (said: Given['said'], ...words: string[]): Given => ({ said, words, key: 'a new value' });
/** Every plan, as it can be said. */
const plans: Readonly<Record<string, [string, Given]>> = {
  'restore a minute': ['restore', given({ at: AT })],
  'restore a backup': ['restore', given({ backup: 'projects/p/locations/asia-south1/backups/b' })],
  'replay charges': ['replay', given({ since: AT }, 'charges')],
  'replay the warehouse, and empty parked': ['replay', given({ since: AT, 'empty-parked': true }, 'warehouse')],
  'rotate a provider’s key': ['rotate', given({}, 'openai-api-key')],
  'rotate the admin key': ['rotate', given({}, 'mesh-admin-key')],
  'rotate the sealing key': ['rotate', given({}, 'mesh-seal-key')],
  'end a version': ['rotate', given({ disable: '1' }, 'openai-api-key')],
  'drain a region': ['drain', given({ image: IMAGE }, 'asia-southeast1')],
  'take a region back': ['drain', given({ image: IMAGE })],
  'replace instances': ['replace', given({}, 'asia-south1')],
};
const stepsOf = (name: string, at: Site = site): PlanStep[] => {
  const [plan, said] = plans[name] ?? ['', given({})];
  return planOf(plan, at, said);
};

/** What recovery has of the minute; the same for every rehearsal. */
let moment: StrictCloud['moment'] | null = null;
/** A project with an owner of 5 dollars at the minute, and of 7 by now; and a first version of each secret. */
async function openCloud(): Promise<StrictCloud> {
  const now = () => NOW.getTime();
  const cloud = new StrictCloud(await openSqliteDocuments(':memory:', { now }));
  const data = newOwner('own_a', 'USD', NOW, {});
  await cloud.live.commit([{ kind: 'set', collection: OWNERS, id: documentId('own_a'), data, expect: 'absent' }]);
  const ledger = createLedger({ documents: cloud.live, now });
  await ledger.topup({ ownerId: 'own_a', amount: 5_000_000_000n, currency: 'USD', reference: 'then' });
  moment ??= await cloud.copyLive();
  cloud.moment = moment;
  await ledger.topup({ ownerId: 'own_a', amount: 2_000_000_000n, currency: 'USD', reference: 'later' });
  cloud.versions.push({ name: 'openai-api-key', value: 'old', enabled: false });
  return cloud;
}
const outcome = async (cloud: StrictCloud) => ({
  owner: (await cloud.live.get(OWNERS, documentId('own_a')))?.data.available,
  entries: (await cloud.live.query({ collection: 'entries' })).length,
  faults: (await checkLedger(cloud.live)).faults,
  doorOpen: cloud.doorOpen,
  paused: [...cloud.paused],
  versions: cloud.versions.map(({ name, enabled }) => ({ name, enabled })),
  seeks: [...cloud.seeks],
  applied: cloud.applied,
  replaced: [...new Set(cloud.replaced)],
});
async function rehearse(steps: readonly PlanStep[], failing: Failing = null): Promise<StrictCloud> {
  const cloud = await openCloud();
  cloud.failing = failing;
  await runPlan(steps, cloud).catch(() => {});
  return cloud;
}

describe.each(Object.keys(plans))('%s', (name) => {
  test('is shown as it is run, command by command', async () => {
    const cloud = await openCloud();
    await runPlan(stepsOf(name), cloud);
    const shown: string[] = [];
    showPlan(stepsOf(name), (line) => shown.push(line));
    expect(shown.filter((line) => !line.startsWith('# asks: '))).toEqual(cloud.lines);
    const commands = shown
      .filter((line) => !line.startsWith('#'))
      .map((line) => line.replace(/ # reads the secret$/, ''));
    expect(commands.map((line) => line.replaceAll("'", '').replace(/^(\w+=\S+ )+/, ''))).toEqual(cloud.calls);
    await cloud.live.close();
  });

  test.each(Object.keys(sites))(
    'where %s: whichever command fails, running again goes on and comes to the same',
    async (where) => {
      // A region that is not there cannot be drained.
      const at = /drain|region/.test(name) ? site : sites[where];
      const steps = stepsOf(name, at);
      const calm = await rehearse(steps);
      const wanted = await outcome(calm);
      expect(wanted).toMatchObject({ doorOpen: true, paused: [], faults: [] });
      for (let nth = 1; nth <= calm.calls.length; nth++) {
        for (const when of ['before', 'after'] as const) {
          const cloud = await rehearse(steps, { nth, when });
          cloud.failing = null;
          await runPlan(steps, cloud);
          expect({ nth, when, ...(await outcome(cloud)) }).toEqual({ nth, when, ...wanted });
          await cloud.live.close();
        }
      }
      await calm.live.close();
    },
    REHEARSALS_MS,
  );
});

describe('a restored store', () => {
  test('is what it was at the minute, its books add up, and callers are let in again', async () => {
    const cloud = await rehearse(stepsOf('restore a minute'));
    expect(await outcome(cloud)).toMatchObject({ owner: 5_000_000_000n, entries: 1, faults: [], doorOpen: true });
    await cloud.live.close();
  });

  test('whose books are wrong stays closed', async () => {
    const cloud = await openCloud();
    cloud.moment = new Map([...cloud.moment].filter(([collection]) => collection !== 'entries'));
    await expect(runPlan(stepsOf('restore a minute'), cloud)).rejects.toThrow(
      'Recount the books: ended with 1. Run the same again',
    );
    expect(await outcome(cloud)).toMatchObject({ doorOpen: false, paused: ['sweep', 'fx-refresh'] });
    await cloud.live.close();
  });

  test('is not written before somebody has looked', async () => {
    const cloud = await openCloud();
    cloud.answers = false;
    await expect(runPlan(stepsOf('restore a minute'), cloud)).rejects.toThrow('nobody said yes');
    expect(await outcome(cloud)).toMatchObject({ owner: 7_000_000_000n, entries: 2, doorOpen: false });
    await cloud.live.close();
  });

  test('has every collection of the code', () => {
    const files = readdirSync(`${root}/functions`, { recursive: true, encoding: 'utf8' });
    const code = files
      .filter((file) => file.endsWith('.ts') && !/\.test\.ts$|-contract\.ts$/.test(file))
      .map((file) => readFileSync(`${root}/functions/${file}`, 'utf8'))
      .join('\n');
    const used = [...code.matchAll(/^(?:export )?const ([A-Z_]+) = '([a-z_]+)';/gm)]
      .filter(([, constant]) =>
        new RegExp(`(collection: |collection = |\\.get\\(|everyDocument\\(\\w+, )${constant}\\b`).test(code),
      )
      .map(([, , name]) => name);
    expect(used.length).toBeGreaterThan(15);
    expect(used.filter((name) => !COLLECTIONS.some((one) => one === name))).toEqual([]);
  });
});

describe('a secret', () => {
  test('is shown nowhere, and is what the command reads', async () => {
    const cloud = await rehearse(stepsOf('rotate a provider’s key'));
    expect([...cloud.calls, ...cloud.lines].join('\n')).not.toContain('a new value');
    expect(cloud.versions.at(-1)?.value).toBe('a new value');
    await cloud.live.close();
  });

  test('that seals is made here: 32 random bytes', async () => {
    const [first, second] = [stepsOf('rotate the sealing key'), stepsOf('rotate the sealing key')].map(
      (steps) => steps[0]?.input,
    );
    expect(Buffer.from(first ?? '', 'base64')).toHaveLength(32);
    expect(first).not.toBe(second);
  });

  test('that hashes users is never rotated', () => {
    expect(() => planOf('rotate', site, given({}, 'mesh-user-key'))).toThrow('kept for ever');
    expect(() => planOf('rotate', site, given({ disable: '1' }, 'mesh-user-key'))).toThrow('kept for ever');
  });
});

test.each<[string, Given]>([
  ['restore', given({})],
  ['restore', given({ at: '2026-11-26T10:15:30Z' })],
  ['restore', given({ at: AT, backup: 'b' })],
  ['replay', given({ since: AT })],
  ['replay', given({ since: 'yesterday' }, 'charges')],
  ['rotate', given({})],
  ['drain', given({ image: 'latest' }, 'asia-south1')],
  ['replace', given({})],
  ['constructor', given({})],
])('%s with %j says how it is used', (name, said) => {
  expect(() => planOf(name, site, said)).toThrow('npm run operate');
});

test('a region that there is not, and all regions, are not drained', () => {
  expect(() => planOf('drain', site, given({ image: IMAGE }, 'moon-1'))).toThrow('moon-1 is none of');
  expect(() => planOf('drain', site, given({ image: IMAGE }, ...site.regions))).toThrow('One region has to be left');
  expect(() => planOf('replace', site, given({}, 'moon-1'))).toThrow('moon-1 is none of');
});

test('every plan that the runbook names is one, and the runbook names each', () => {
  const runbook = readFileSync(`${root}/infra/operate/runbook.md`, 'utf8');
  const lines = [...runbook.matchAll(/npm run operate -- ((?!<)[^`\n]+)/g)].map(([, line = '']) => line.split(' '));
  const named = lines.map(([name = '', _environment, ...rest]) => {
    const said = Object.fromEntries(
      rest.filter((word) => word.startsWith('--')).map((word) => word.slice(2).split('=')),
    );
    const image = said.image === undefined ? {} : { image: IMAGE };
    const words = rest
      .filter((word) => !word.startsWith('--'))
      .map((word) => (word === 'REGION' ? site.regions[0] : word.toLowerCase()));
    expect(planOf(name, site, { said: { ...said, ...image }, words, key: 'k' }).length).toBeGreaterThan(0);
    return name;
  });
  expect([...new Set(named)].sort()).toEqual(['drain', 'replace', 'replay', 'restore', 'rotate']);
});

const tree = await gcloudTree();
(tree === null ? test.skip : test)('every gcloud command of the plans exists, with its flags', () => {
  const steps = Object.keys(plans).flatMap((name) =>
    Object.values(sites).flatMap((at) => (/drain|region/.test(name) ? stepsOf(name) : stepsOf(name, at))),
  );
  const calls = steps.flatMap(({ command, done }) => [command, ...(done === undefined ? [] : [done.command])]);
  const gcloud = calls.filter(([program]) => program === 'gcloud').map(([, ...words]) => words);
  expect(gcloud.length).toBeGreaterThan(50);
  expect(tree === null ? [] : unknownCalls(tree, gcloud)).toEqual([]);
});

describe('on the command line', () => {
  let folder: string;
  let env: NodeJS.ProcessEnv;
  /** Programs that write down what they are told. What is asked about is not there yet. */
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mesh-operate-'));
    for (const name of ['gcloud', 'terraform', 'npm']) {
      const script = `#!/bin/sh\necho "${name} $*" >> "${folder}/calls.txt"\ncase "$*" in *describe*|*"storage ls"*) exit 1;; *data-file=-*) cat > "${folder}/value.txt";; esac\n`;
      await writeFile(join(folder, name), script);
      await chmod(join(folder, name), 0o755);
    }
    env = { PATH: `${folder}:${process.env.PATH}`, KEY: 'a new value' };
  });
  beforeEach(() => writeFile(join(folder, 'calls.txt'), ''));
  afterAll(() => rm(folder, { recursive: true }));

  const operate = (...args: string[]) =>
    promisify(execFile)(process.execPath, [`${root}/infra/operate/operate.ts`, ...args], { env, cwd: root });

  test.each([
    [['restore', 'prod', `--at=${AT}`]],
    [['replay', 'prod', 'warehouse', `--since=${AT}`, '--empty-parked']],
    [['rotate', 'prod', 'mesh-admin-key']],
    [['drain', 'prod', 'asia-southeast1', `--image=${IMAGE}`]],
    [['replace', 'dev', 'asia-south1']],
  ])(
    '%j: a dry run prints what a real one sends, and sends nothing',
    async (args) => {
      const fixed = [...args, `--now=${NOW.toISOString()}`];
      const { stdout } = await operate(...fixed, '--dry-run');
      expect(await readFile(join(folder, 'calls.txt'), 'utf8')).toBe('');
      await operate(...fixed, '--yes');
      const sent = (await readFile(join(folder, 'calls.txt'), 'utf8')).trim().split('\n');
      const printed = stdout.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
      const words = printed.map((line) =>
        line
          .replace(/ # reads the secret$/, '')
          .replaceAll("'", '')
          .replace(/^(\w+=\S+ )+/, ''),
      );
      expect(sent).toEqual(words);
    },
    60_000,
  );

  test('a secret goes to the program by its input', async () => {
    await operate('rotate', 'prod', 'openai-api-key', '--yes');
    expect(await readFile(join(folder, 'value.txt'), 'utf8')).toBe('a new value');
  }, 60_000);

  test('what fails ends with 1, and says what to do', async () => {
    await writeFile(join(folder, 'terraform'), '#!/bin/sh\nexit 3\n');
    const failed = operate('drain', 'prod', `--image=${IMAGE}`, '--yes');
    await expect(failed).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('ended with 3. Run the same again'),
    });
  }, 60_000);
});
