import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { cases } from '../clients/cases.ts';
import { PROGRAMS, readClients } from '../clients/client.ts';
import { clientEnvironment } from '../clients/environment.ts';
import { jobsOf } from '../clients/job.ts';
import { Program } from '../clients/program.ts';
import { runJob } from '../clients/run-job.ts';
import { openWorld, type World } from '../clients/world.ts';

/**
 * The quick ones of `npm run test:clients`: clients that are development dependencies of ours, by the same programs and the same
 * judge, at the versions of our own lock file.
 */
const quick = ['openai-node', 'ai-openai-compatible', 'openrouter-node'];
/** What a format makes a difference to; the rest is tried in front of one. */
const formatted = ['text', 'tools', 'parallel tools', 'schema', 'reasoning', 'cut'];
const TIMEOUT_MS = 120_000;

const clients = readClients().filter(({ id, surface }) => quick.includes(id) && surface === 'chat');
const jobs = jobsOf(clients, cases).filter((job) => formatted.includes(job.case.name) || job.target.format === 'chat');
let world: World;
beforeAll(async () => {
  world = await openWorld(jobs);
}, TIMEOUT_MS);
afterAll(() => world?.close(), TIMEOUT_MS);

test('they are all there', () => expect(clients.map(({ id }) => id).sort()).toEqual([...quick].sort()));

describe.each(clients)('$name', (client) => {
  test(
    'does what it does with OpenAI, in front of every format',
    async () => {
      const env = clientEnvironment(await world.makeHome(client.id), world.nowhere);
      const program = new Program([process.execPath, 'client.mjs'], { cwd: join(PROGRAMS, client.id), env });
      const failed: string[] = [];
      try {
        for (const job of jobs.filter((each) => each.client === client)) {
          const { verdict, reason } = await runJob(job, world, (task) => program.run(task));
          if (verdict === 'fail') failed.push(`${job.case.name}, ${job.target.format} ${job.mode}: ${reason}`);
        }
      } finally {
        program.stop();
      }
      expect([failed, [...world.wantedOutside]]).toEqual([[], []]);
    },
    TIMEOUT_MS,
  );
});

test('no case passes a client that shows nothing, or an error that it was not to get', () => {
  const [client] = clients;
  if (client === undefined) throw new Error('There is no client.');
  const about = { asked: [], requests: [], aborted: false, client, format: 'messages', mode: 'whole' } as const;
  const error = { class: 'Error', status: 418, message: 'I am a teapot.' };
  expect(cases.filter((each) => each.fault({ ...about, facts: {} }) === null).map(({ name }) => name)).toEqual([]);
  // A stream that breaks may end with any error.
  expect(cases.filter((each) => each.fault({ ...about, facts: { error } }) === null).map(({ name }) => name)).toEqual([
    'cut',
  ]);
});
